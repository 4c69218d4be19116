/* SPDX-License-Identifier: MIT */
/* What systemd is given; that it reads the same back was tried on a running one. */
#include "init/systemd_quote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef int quote(const char *word, struct buf *out, struct err *e);

static const struct {
	quote *how;
	const char *in;
	const char *out; /* NULL: refused */
} rows[] = {
	{systemd_quote_argument, "8888", "8888"},
	{systemd_quote_argument, "--https=8443", "--https=8443"},
	{systemd_quote_argument, "", "\"\""},
	{systemd_quote_argument, "a b", "\"a b\""},
	{systemd_quote_argument, "100%", "100%%"},
	{systemd_quote_argument, "$HOME ${X}", "\"$$HOME $${X}\""},
	{systemd_quote_argument, "say \"hi\"", "\"say \\\"hi\\\"\""},
	{systemd_quote_argument, "it's", "\"it's\""},
	{systemd_quote_argument, "a\\n", "\"a\\\\n\""},
	{systemd_quote_argument, ";", "\";\""},
	{systemd_quote_argument, "#", "\"#\""},
	{systemd_quote_argument, "\xc3\xa9", "\"\xc3\xa9\""},
	{systemd_quote_argument, "a\nb", NULL},
	{systemd_quote_argument, "a\tb", NULL},
	{systemd_quote_argument, "\x1b", NULL},
	{systemd_quote_argument, "\xff", NULL},
	{systemd_quote_program, "/usr/local/bin/tsfunnel", "/usr/local/bin/tsfunnel"},
	{systemd_quote_program, "/opt/a$b/50% x", "\"/opt/a$b/50%% x\""},
	{systemd_quote_program, "/x\r", NULL},
	{systemd_quote_bind, "/srv/www", "\"-/srv/www\""},
	{systemd_quote_bind, "/a b:c%$\\", "\"-/a b:c%%$\\\\\""},
	{systemd_quote_bind, "/it's", NULL},
	{systemd_quote_bind, "/\"", NULL},
	{systemd_quote_bind, "/\n", NULL},
	{systemd_quote_tmpfs, "/a b%", "\"/a b%%\""},
	{systemd_quote_tmpfs, "/a:b", NULL},
	{systemd_quote_tmpfs, "/a\\b", NULL},
	{systemd_quote_tmpfs, "/a'b", NULL},
	{systemd_quote_tmpfs, "/a\"b", NULL},
	{systemd_quote_text, "50% of \"$x\" \\ y", "50%% of \"$x\" \\ y"},
	{systemd_quote_text, "joins the next line\\", NULL},
	{systemd_quote_text, "a\nb", NULL},
	{systemd_quote_text, "", ""},
};

static void words_are_quoted_or_refused(void **state)
{
	char text[256];
	struct buf out = BUF_OF(text);
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		if (rows[i].how(rows[i].in, &out, &e) == 0) {
			assert_string_equal(text, rows[i].out != NULL ? rows[i].out : "refused");
			continue;
		}
		assert_null(rows[i].out);
		assert_int_equal(e.code, ERR_USAGE);
	}
}

static void what_does_not_fit_is_told(void **state)
{
	char text[8];
	struct buf out = BUF_OF(text);
	struct err e;

	(void)state;
	assert_int_equal(systemd_quote_argument("123456789", &out, &e), 0);
	assert_true(buf_full(&out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_quoted_or_refused),
		cmocka_unit_test(what_does_not_fit_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
