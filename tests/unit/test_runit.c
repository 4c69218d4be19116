/* SPDX-License-Identifier: MIT */
/* What `sv status` says, recorded from runit 2.2.0, and what else could be said. */
#include "init/runit_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1000

#define LOG "; run: log: (pid 13) 9s\n"

static void a_status_is_understood(void **state)
{
	static const struct {
		const char *said;
		bool known, active, starting;
		int pid, since;
		const char *text;
	} rows[] = {
		{"run: /etc/sv/x: (pid 14) 1s" LOG, true, true, false, 14, 999, "run"},
		{"run: /etc/sv/x: (pid 33) 1s, normally down" LOG, true, true, false, 33, 999,
		 "run, normally down"},
		{"run: /etc/sv/x: (pid 33) 1s, normally down, paused" LOG, true, true, false, 33,
		 999, "run, normally down, paused"},
		{"run: /etc/sv/x: (pid 44) 1s, want down, got TERM" LOG, true, true, false, 44, 999,
		 "run, want down, got TERM"},
		{"finish: /etc/sv/x: (pid 19) 2s" LOG, true, true, true, 0, 998, "finish"},
		{"finish: /etc/sv/x: (pid 25) 2s, want down" LOG, true, false, false, 0, 998,
		 "finish, want down"},
		{"down: /etc/sv/x: 1s, normally up" LOG, true, false, false, 0, 999,
		 "down, normally up"},
		{"down: /etc/sv/x: 1s" LOG, true, false, false, 0, 999, "down"},
		{"down: /etc/sv/x: 0s, normally up, want up" LOG, true, true, true, 0, 1000,
		 "down, normally up, want up"},
		{"run: /etc/sv/x: (pid 14) 1s\n", true, true, false, 14, 999, "run"},
		{"run: /etc/sv/x: (pid 14) 1s", true, true, false, 14, 999, "run"},
		{"warning: /etc/sv/x: unable to open supervise/ok: file does not exist\n", false,
		 false, false, 0, 0, "unable to open supervise/ok: file does not exist"},
		{"warning: /etc/sv/x: unable to open supervise/ok: access denied\n", false, false,
		 false, 0, 0, "unable to open supervise/ok: access denied"},
		{"fail: /etc/sv/x: runsv not running\n", false, false, false, 0, 0,
		 "runsv not running"},
		{"fail: /etc/sv/none: unable to change to service directory: file does not "
		 "exist\n",
		 false, false, false, 0, 0,
		 "unable to change to service directory: file does not exist"},
		{"", false, false, false, 0, 0, ""},
		{"run", false, false, false, 0, 0, ""},
		{"run:", false, false, false, 0, 0, ""},
		{"run: x: ", false, false, false, 0, 0, ""},
		{"running: /etc/sv/x: (pid 14) 1s\n", false, false, false, 0, 0, "(pid 14) 1s"},
		{"run: /etc/sv/x: (pid -14) 1s\n", false, false, false, 0, 0, "(pid -14) 1s"},
		{"run: /etc/sv/x: (pid 14 1s\n", false, false, false, 0, 0, "(pid 14 1s"},
		{"run: /etc/sv/x: (pid 4294967297) 1s\n", false, false, false, 0, 0,
		 "(pid 4294967297) 1s"},
		{"run: /etc/sv/x: (pid 14) 99999999999999999999s\n", false, false, false, 0, 0,
		 "(pid 14) 99999999999999999999s"},
		{"fail: /etc/sv/x: a\x1b[1mb\n", false, false, false, 0, 0, "a?[1mb"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct service_state s = {0};

		assert_int_equal(runit_status_read(rows[i].said, NOW, &s), rows[i].known);
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
	char said[4096] = "down: /etc/sv/x: 1s";

	(void)state;
	memset(said + strlen(said), 'x', 200);
	assert_true(runit_status_read(said, NOW, &s));
	assert_int_equal(strlen(s.text), sizeof(s.text) - 1);
	memset(said + strlen(said), 'x', 2000);
	assert_false(runit_status_read(said, NOW, &s));
	assert_string_equal(s.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_is_understood),
		cmocka_unit_test(long_words_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
