/* SPDX-License-Identifier: MIT */
/* Words of others, made fit for a terminal and for JSON. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void plain_text_is_copied(void **state)
{
	char mem[64];

	(void)state;
	text_copy(mem, sizeof(mem), "");
	assert_string_equal(mem, "");
	text_copy(mem, sizeof(mem), "a \"b\" \\ \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	assert_string_equal(mem, "a \"b\" \\ \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void what_a_terminal_would_obey_is_not(void **state)
{
	char mem[64];

	(void)state;
	text_copy(mem, sizeof(mem),
		  "a\x1b]0;t\x07\r\nb\x7f\xc2\x9b"
		  "31m");
	assert_string_equal(mem, "a?]0;t???b??31m");
	assert_true(text_is_plain(mem));
}

static void broken_bytes_are_replaced_one_by_one(void **state)
{
	char mem[64];

	(void)state;
	text_copy(mem, sizeof(mem), "\xff\xc3x\xe2\x82y\xc0\xaf\xed\xa0\x80z\xc3");
	assert_true(text_is_plain(mem));
	assert_string_equal(mem, "??x??y?????z?");
}

static void long_text_is_cut_between_characters(void **state)
{
	char mem[6];

	(void)state;
	text_copy(mem, sizeof(mem), "abcdefgh");
	assert_string_equal(mem, "abcde");
	text_copy(mem, sizeof(mem), "abcd\xc3\xa9");
	assert_string_equal(mem, "abcd");
	text_copy(mem, 1, "a");
	assert_string_equal(mem, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_is_copied),
		cmocka_unit_test(what_a_terminal_would_obey_is_not),
		cmocka_unit_test(broken_bytes_are_replaced_one_by_one),
		cmocka_unit_test(long_text_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
