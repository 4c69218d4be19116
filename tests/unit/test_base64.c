/* SPDX-License-Identifier: MIT */
/* The vectors of RFC 4648, 10, and every digit. */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void vectors_of_the_rfc(void **state)
{
	static const char *const rows[][2] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
	};
	char text[16];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_OF(text);

		base64_add(&out, rows[i][0], strlen(rows[i][0]));
		assert_string_equal(text, rows[i][1]);
	}
}

static void every_digit(void **state)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char bytes[48];
	char text[80];
	struct buf out = BUF_OF(text);

	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		unsigned four = (4 * i) << 18 | (4 * i + 1) << 12 | (4 * i + 2) << 6 | (4 * i + 3);

		bytes[3 * i] = (unsigned char)(four >> 16);
		bytes[3 * i + 1] = (unsigned char)(four >> 8);
		bytes[3 * i + 2] = (unsigned char)four;
	}
	base64_add(&out, bytes, sizeof(bytes));
	assert_string_equal(text, digits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_of_the_rfc),
		cmocka_unit_test(every_digit),
	};

	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
