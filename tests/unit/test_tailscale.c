/* SPDX-License-Identifier: MIT */
/* The version at the start of what the CLI and tailscaled call themselves. */
#include "install/tailscale.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void reads(const char *text, const char *expected)
{
	char number[VERSION_TEXT];
	struct version v;
	struct err e;

	assert_int_equal(tailscale_parse_version(text, &v, &e), 0);
	version_print(&v, number);
	assert_string_equal(number, expected);
}

static void refuses(const char *text)
{
	struct version v;
	struct err e;

	assert_int_equal(tailscale_parse_version(text, &v, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
}

static void what_they_call_themselves(void **state)
{
	(void)state;
	reads("1.102.3", "1.102.3");
	reads("1.102.3-t53a0d6598", "1.102.3");
	reads("1.102.3-t53a0d6598-g0123456789", "1.102.3");
	reads("1.103.7-dev20260801", "1.103.7");
}

static void what_is_no_version(void **state)
{
	(void)state;
	refuses("");
	refuses("-1.102.3");
	refuses("1.102");
	refuses("1.102.3 ");
	refuses("v1.102.3");
	refuses("1.102.3000000000000000000000000000000000000000000000-t1");
	refuses("tailscale: not found");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_they_call_themselves),
		cmocka_unit_test(what_is_no_version),
	};

	return cmocka_run_group_tests_name("tailscale", tests, NULL, NULL);
}
