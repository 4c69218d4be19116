/* SPDX-License-Identifier: MIT */
/* The chunked coding: the same body however the bytes come, and nothing that is odd. */
#include "net/chunked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Decodes in pieces of @piece bytes; -1 refused, 0 not complete, 1 complete. */
static int decode(const char *coded, size_t len, size_t piece, char *body, size_t *body_len)
{
	struct chunked c = {0};
	struct err e;

	*body_len = 0;
	for (size_t at = 0; at < len; at += piece) {
		char mem[8192];
		size_t n = len - at < piece ? len - at : piece, got = 0;

		memcpy(mem, coded + at, n);
		if (chunked_decode(&c, mem, n, &got, &e) != 0) {
			assert_int_equal(e.code, ERR_DATA);
			return -1;
		}
		assert_true(got <= n);
		memcpy(body + *body_len, mem, got);
		*body_len += got;
	}
	return c.state == CHUNKED_DONE;
}

static void bodies_come_in_any_pieces(void **state)
{
	const char *coded = "5\r\nhello\r\n1;a=b;c=\"d\"\r\n \r\n00c\r\nwide, wide w\r\n"
			    "4\r\norld\r\n0;x\r\nTrailer: x\r\nOther: y\r\n\r\ntrailing data";
	char body[256];
	size_t len;

	(void)state;
	for (size_t piece = 1; piece <= strlen(coded); piece++) {
		assert_int_equal(decode(coded, strlen(coded), piece, body, &len), 1);
		assert_int_equal(len, 22);
		assert_memory_equal(body, "hello wide, wide world", 22);
	}
}

static void cut_bodies_are_not_complete(void **state)
{
	const char *coded = "5\r\nhello\r\n0\r\nT: x\r\n\r\n";
	char body[256];
	size_t len;

	(void)state;
	for (size_t n = 0; n < strlen(coded); n++)
		assert_int_equal(decode(coded, n, 3, body, &len), 0);
	assert_int_equal(decode(coded, strlen(coded), 3, body, &len), 1);
}

static void odd_bodies_are_refused(void **state)
{
	static const char *const cases[] = {
		"\r\n",
		";\r\n",
		"x\r\n",
		" 5\r\nhello\r\n",
		"5 \r\nhello\r\n",
		"0x5\r\nhello\r\n",
		"+5\r\nhello\r\n",
		"-5\r\nhello\r\n",
		"5\nhello\r\n",
		"5\r\rhello\r\n",
		"5\r\nhello\n0\r\n\r\n",
		"5\r\nhello!\r\n",
		"5\r\nhell\r\n0\r\n\r\n",
		"5;a\nb\r\nhello\r\n",
		"0\r\n\n",
		"0\r\nT: x\n\r\n",
		"0\r\nT: \x01\r\n\r\n",
		"0\r\n\rx",
		"0000000000000005\r\nhello\r\n",
		"ffffffffffffffff\r\n",
		"1000000000000000\r\n",
	};
	char body[256];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t piece = 1; piece < 4; piece++)
			if (decode(cases[i], strlen(cases[i]), piece, body, &len) != -1)
				fail_msg("taken: %s", cases[i]);
}

static void extensions_and_trailers_are_bounded(void **state)
{
	char coded[8192], body[16];
	size_t len;

	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		/* "1;" ... CR LF is the line. */
		size_t fill = CHUNKED_LINE_MAX - 4 + extra;

		memset(coded, 'x', sizeof(coded));
		memcpy(coded, "1;", 2);
		memcpy(coded + 2 + fill, "\r\n-\r\n0\r\n\r\n", 10);
		assert_int_equal(decode(coded, fill + 12, 7, body, &len), extra ? -1 : 1);

		fill = CHUNKED_TRAILER_MAX - 4 + extra;
		memset(coded, 'x', sizeof(coded));
		memcpy(coded, "0\r\n", 3);
		memcpy(coded + 3 + fill, "\r\n\r\n", 4);
		assert_int_equal(decode(coded, fill + 7, 7, body, &len), extra ? -1 : 1);
	}
}

static void the_largest_size_is_read(void **state)
{
	struct chunked c = {0};
	char text[] = "fffffffffffffff\r\nx";
	struct err e;
	size_t got;

	(void)state;
	assert_int_equal(chunked_decode(&c, text, strlen(text), &got, &e), 0);
	assert_int_equal(got, 1);
	assert_true(c.left == 0xffffffffffffffe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_come_in_any_pieces),
		cmocka_unit_test(cut_bodies_are_not_complete),
		cmocka_unit_test(odd_bodies_are_refused),
		cmocka_unit_test(extensions_and_trailers_are_bounded),
		cmocka_unit_test(the_largest_size_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
