/* SPDX-License-Identifier: MIT */
/* What s6-svstat says, recorded from s6 2.13, and what else could be said. */
#include "init/s6_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1000

static void a_status_is_understood(void **state)
{
	static const struct {
		const char *said;
		bool known, active, starting;
		int pid, since;
		const char *text;
	} rows[] = {
		{"true true 15 0\n", true, true, false, 15, 1000, "up"},
		{"true false 43 1\n", true, true, false, 43, 999, "up, want down"},
		{"false true -1 3\n", true, true, true, 0, 997, "down, want up"},
		{"false false -1 1\n", true, false, false, 0, 999, "down"},
		{"s6-svstat: fatal: unable to read status for /run/service/x: s6-supervise not "
		 "running\n",
		 false, false, false, 0, 0, "s6-supervise not running"},
		{"s6-svstat: fatal: unable to check /run/service/x: Permission denied\n", false,
		 false, false, 0, 0, "Permission denied"},
		{"", false, false, false, 0, 0, ""},
		{"true", false, false, false, 0, 0, "true"},
		{"true true", false, false, false, 0, 0, "true true"},
		{"true true 15 0", false, false, false, 0, 0, "true true 15 0"},
		{"true true 15 0 1\n", false, false, false, 0, 0, "true true 15 0 1"},
		{"true true 15 0\ntrue\n", false, false, false, 0, 0, "true true 15 0"},
		{"true true -1 0\n", false, false, false, 0, 0, "true true -1 0"},
		{"false true 15 0\n", false, false, false, 0, 0, "false true 15 0"},
		{"true true -15 0\n", false, false, false, 0, 0, "true true -15 0"},
		{"true true 4294967311 0\n", false, false, false, 0, 0, "true true 4294967311 0"},
		{"true true 15 -1\n", false, false, false, 0, 0, "true true 15 -1"},
		{"true true  15 0\n", false, false, false, 0, 0, "true true  15 0"},
		{"yes true 15 0\n", false, false, false, 0, 0, "yes true 15 0"},
		{"x: a\x1b[1mb\n", false, false, false, 0, 0, "a?[1mb"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct service_state s = {0};

		assert_int_equal(s6_status_read(rows[i].said, NOW, &s), rows[i].known);
		assert_int_equal(s.active, rows[i].active);
		assert_int_equal(s.starting, rows[i].starting);
		assert_int_equal(s.pid, rows[i].pid);
		assert_int_equal(s.since, rows[i].since);
		assert_string_equal(s.text, rows[i].text);
	}
}

static void long_words_are_cut(void **state)
{
	struct service_state s = {0};
	char said[2000] = "";

	(void)state;
	memset(said, 'x', sizeof(said) - 1);
	assert_false(s6_status_read(said, NOW, &s));
	assert_int_equal(strlen(s.text), sizeof(s.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_is_understood),
		cmocka_unit_test(long_words_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
