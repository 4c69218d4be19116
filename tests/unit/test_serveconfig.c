/* SPDX-License-Identifier: MIT */
/* The serve configuration as rows, and the answer about Funnel beside it. */
#include "localapi/feature.h"
#include "localapi/serveconfig.h"
#include "recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char text[RECORDED_MAX];
static struct serveconfig sc;

static void read_recorded(const char *name)
{
	struct err e;
	size_t len = recorded(name, text);

	assert_int_equal(serveconfig_parse(text, len, &sc, &e), 0);
}

static void nothing_is_served(void **state)
{
	struct err e;

	(void)state;
	read_recorded("serve-config-none.json");
	assert_int_equal(sc.count, 0);
	assert_null(serveconfig_on_port(&sc, 443));
	assert_int_equal(serveconfig_parse("{}", 2, &sc, &e), 0);
	assert_int_equal(sc.count, 0);
}

static void a_foreground_session(void **state)
{
	const struct serve_entry *x;

	(void)state;
	read_recorded("serve-config-foreground.json");
	assert_int_equal(sc.count, 1);
	x = serveconfig_on_port(&sc, 443);
	assert_non_null(x);
	assert_int_equal(x->port, 443);
	assert_true(x->funnel);
	assert_true(x->session[0] != '\0');
	assert_string_equal(x->host, "node.e2e.ts.net");
	assert_string_equal(x->mount, "/");
	assert_string_equal(x->target, "http://127.0.0.1:8888");
	assert_null(serveconfig_on_port(&sc, 8443));
}

static void foreground_and_background(void **state)
{
	const struct serve_entry *x;

	(void)state;
	read_recorded("serve-config-mixed.json");
	assert_int_equal(sc.count, 4);
	assert_true(serveconfig_on_port(&sc, 443)->session[0] != '\0');
	x = serveconfig_on_port(&sc, 8443);
	assert_string_equal(x->session, "");
	assert_string_equal(x->mount, "/api");
	assert_string_equal(x->target, "http://127.0.0.1:9000");
	assert_true(x->funnel);
	x = serveconfig_on_port(&sc, 10000);
	assert_string_equal(x->target, "localhost:5432");
	assert_string_equal(x->mount, "");
	assert_true(x->funnel);
	x = serveconfig_on_port(&sc, 7000);
	assert_string_equal(x->target, "text:hello");
	assert_false(x->funnel);
}

/* 1.80 has the same form, and names each version of it. */
static void an_older_tailscaled(void **state)
{
	static const char *const names[] = {"serve-config-none-1.80.3.http",
					    "serve-config-foreground-1.80.3.http",
					    "serve-config-mixed-1.80.3.http"};
	char etags[3][80];
	struct http_head h;
	struct err e;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size_t len = recorded(names[i], text);

		assert_int_equal(http_head_parse(text, http_head_end(text, len), &h, &e), 0);
		http_head_copy(&h, "ETag", etags[i], sizeof(etags[i]));
		assert_int_equal(strlen(etags[i]), 64);
		len = recorded_body(names[i], text);
		assert_int_equal(serveconfig_parse(text, len, &sc, &e), 0);
		assert_int_equal(sc.count, i);
		assert_int_equal(serveconfig_on_port(&sc, 443) != NULL, i > 0);
	}
	assert_string_not_equal(etags[0], etags[1]);
	assert_string_not_equal(etags[1], etags[2]);
	assert_true(serveconfig_on_port(&sc, 443)->session[0] != '\0');
	assert_true(serveconfig_on_port(&sc, 443)->funnel);
	assert_string_equal(serveconfig_on_port(&sc, 443)->target, "http://127.0.0.1:8888");
	assert_string_equal(serveconfig_on_port(&sc, 8443)->session, "");
	assert_false(serveconfig_on_port(&sc, 8443)->funnel);
	assert_string_equal(serveconfig_on_port(&sc, 8443)->target, "text:hello");
}

static void a_foreground_entry_wins(void **state)
{
	static const char both[] = "{\"TCP\":{\"443\":{\"HTTPS\":true}},\"Foreground\":{\"s\":{"
				   "\"TCP\":{\"443\":{}}}}}";
	struct err e;

	(void)state;
	assert_int_equal(serveconfig_parse(both, strlen(both), &sc, &e), 0);
	assert_int_equal(sc.count, 2);
	assert_string_equal(serveconfig_on_port(&sc, 443)->session, "s");
}

static void cut_documents_are_refused(void **state)
{
	size_t len = recorded("serve-config-mixed.json", text);
	struct err e;

	(void)state;
	while (text[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++)
		assert_int_equal(serveconfig_parse(text, i, &sc, &e), -1);
	assert_int_equal(serveconfig_parse("[]", 2, &sc, &e), -1);
	assert_int_equal(serveconfig_parse("7", 1, &sc, &e), -1);
}

static void other_shapes_are_harmless(void **state)
{
	static const char odd[] =
		"{\"TCP\":{\"\":{},\"0\":{},\"x\":{},\"70000\":{},\"80\":null,\"81\":[1]},"
		"\"Web\":{\"h:80\":{\"Handlers\":[]},\"81\":5},\"AllowFunnel\":{\"h:80\":\"true\"},"
		"\"Foreground\":{\"a\":null,\"b\":{\"TCP\":[]}}}";
	struct err e;

	(void)state;
	assert_int_equal(serveconfig_parse(odd, strlen(odd), &sc, &e), 0);
	assert_int_equal(sc.count, 2);
	assert_false(serveconfig_on_port(&sc, 80)->funnel);
	assert_string_equal(serveconfig_on_port(&sc, 80)->host, "h");
}

static void too_many_entries_are_cut(void **state)
{
	size_t len = 0;
	struct err e;

	(void)state;
	len += (size_t)sprintf(text, "{\"TCP\":{");
	for (int i = 1; i <= SERVECONFIG_ENTRIES + 1; i++)
		len += (size_t)sprintf(text + len, "%s\"%d\":{}", i > 1 ? "," : "", i);
	len += (size_t)sprintf(text + len, "},\"Foreground\":{\"s\":{\"TCP\":{\"443\":{}}}}}");
	assert_int_equal(serveconfig_parse(text, len, &sc, &e), 0);
	assert_true(sc.cut);
	assert_int_equal(sc.count, SERVECONFIG_ENTRIES);
	/* The cut does not hide a session. */
	assert_non_null(serveconfig_on_port(&sc, 443));
}

static void how_to_enable_funnel(void **state)
{
	struct feature f;
	struct err e;

	(void)state;
	assert_int_equal(feature_parse(text, recorded("query-feature-ask.json", text), &f, &e), 0);
	assert_false(f.complete);
	assert_string_equal(f.text, "Funnel is not enabled on your tailnet.");
	assert_non_null(strstr(f.url, "/f/funnel"));
	assert_int_equal(feature_parse(text, recorded("query-feature-wait.json", text), &f, &e), 0);
	assert_false(f.complete);
	assert_int_equal(feature_parse(text, recorded("query-feature-complete.json", text), &f, &e),
			 0);
	assert_true(f.complete);
	assert_string_equal(f.url, "");
	assert_int_equal(feature_parse("{\"URL\":5}", 9, &f, &e), 0);
	assert_string_equal(f.url, "");
	assert_int_equal(feature_parse("null", 4, &f, &e), -1);
	assert_int_equal(feature_parse("{\"URL\":", 7, &f, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_served),
		cmocka_unit_test(a_foreground_session),
		cmocka_unit_test(foreground_and_background),
		cmocka_unit_test(an_older_tailscaled),
		cmocka_unit_test(a_foreground_entry_wins),
		cmocka_unit_test(cut_documents_are_refused),
		cmocka_unit_test(other_shapes_are_harmless),
		cmocka_unit_test(too_many_entries_are_cut),
		cmocka_unit_test(how_to_enable_funnel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
