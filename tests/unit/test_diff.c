/* SPDX-License-Identifier: MIT */
/* Unified diffs, byte for byte as `diff -u` prints them (without its time stamps). */
#include "base/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *from, *to, *want;
};

static const struct row rows[] = {
	{"a\nb\n", "a\nb\n", ""},
	{"", "a\nb\n", "--- old\n+++ new\n@@ -0,0 +1,2 @@\n+a\n+b\n"},
	{"a\n", "", "--- old\n+++ new\n@@ -1,1 +0,0 @@\n-a\n"},
	{"1\n2\n3\n4\n5\n", "1\n2\nx\n4\n5\n",
	 "--- old\n+++ new\n@@ -1,5 +1,5 @@\n 1\n 2\n-3\n+x\n 4\n 5\n"},
	/* More than six lines kept between two changes: two hunks. */
	{"a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
	 "--- old\n+++ new\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
	 "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
	/* Six: one. */
	{"a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
	 "--- old\n+++ new\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
};

static void as_diff_prints(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char mem[4096];
		struct buf out = BUF_OF(mem);
		struct err e;

		assert_int_equal(diff_unified("old", rows[i].from, "new", rows[i].to, &out, &e), 0);
		assert_string_equal(mem, rows[i].want);
	}
}

static void too_many_lines_are_refused(void **state)
{
	static char many[2 * (DIFF_LINES + 1) + 1];
	char mem[64];
	struct buf out = BUF_OF(mem);
	struct err e;

	(void)state;
	for (size_t i = 0; i <= DIFF_LINES; i++)
		memcpy(many + 2 * i, "x\n", 3);
	assert_int_equal(diff_unified("old", "", "new", many, &out, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	many[(size_t)2 * DIFF_LINES] = '\0';
	assert_int_equal(diff_unified("old", "", "new", many, &out, &e), 0);
	assert_true(buf_full(&out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_diff_prints),
		cmocka_unit_test(too_many_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
