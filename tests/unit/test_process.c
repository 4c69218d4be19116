/* SPDX-License-Identifier: MIT */
/* Running a program to its end. */
#include "base/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct process_result r;
static struct err e;

static int run(const char *script, int64_t ms)
{
	const char *argv[] = {"sh", "-c", script, NULL};

	return process_run(argv, deadline_in(ms), &r, &e);
}

static void status_and_output_come_back(void **state)
{
	(void)state;
	assert_int_equal(run("echo out; echo err >&2; exit 3", 10000), 0);
	assert_int_equal(r.status, 3);
	assert_string_equal(r.out, "out\nerr\n");
	assert_string_equal(process_first_line(&r), "out");
	assert_int_equal(run("kill -9 $$", 10000), 0);
	assert_int_equal(r.status, 128 + 9);
}

static void standard_input_is_empty(void **state)
{
	(void)state;
	assert_int_equal(run("cat; echo $LC_ALL", 10000), 0);
	assert_string_equal(r.out, "C\n");
}

static void output_is_bounded(void **state)
{
	(void)state;
	assert_int_equal(run("head -c 100000 /dev/zero | tr '\\0' x", 10000), 0);
	assert_int_equal(strlen(r.out), sizeof(r.out) - 1);
}

static void what_cannot_run_is_named(void **state)
{
	const char *missing[] = {"/nonexistent/program", NULL};
	const char *no_program[] = {"/etc/passwd", NULL};

	(void)state;
	assert_int_equal(process_run(missing, deadline_in(10000), &r, &e), -1);
	assert_int_equal(e.code, ERR_NOTFOUND);
	assert_int_equal(process_run(no_program, deadline_in(10000), &r, &e), -1);
	assert_int_equal(e.code, ERR_NOEXEC);
}

static void killed_at_the_deadline(void **state)
{
	(void)state;
	assert_int_equal(run("echo begun; exec sleep 600", 200), -1);
	assert_int_equal(e.code, ERR_TIMEOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_and_output_come_back),
		cmocka_unit_test(standard_input_is_empty),
		cmocka_unit_test(output_is_bounded),
		cmocka_unit_test(what_cannot_run_is_named),
		cmocka_unit_test(killed_at_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
