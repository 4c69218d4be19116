/* SPDX-License-Identifier: MIT */
/* What tailscaled's refusals of an entry mean, and which targets are folders. */
#include "launch/native.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct err e;
static struct funnel f;

static void refusals_have_states(void **state)
{
	/* Words of ipn/ipnlocal/serve.go, as localapi_check() passes them on. */
	static const struct {
		const char *words;
		enum err_code code;
		enum state s;
	} rows[] = {
		{"updating config: listener already exists for port 443", ERR_FAILED,
		 STATE_PORT_TAKEN},
		{"updating config: can't reconfigure tailscaled when using a config file; config "
		 "file is locked",
		 ERR_FAILED, STATE_CONFIG_LOCKED},
		{"updating config: Unable to turn on Funnel while shields-up is enabled",
		 ERR_FAILED, STATE_SHIELDS_UP},
		{"updating config: netMap is nil", ERR_FAILED, STATE_STARTING},
		{"updating config: netMap SelfNode is nil", ERR_FAILED, STATE_STARTING},
		{"serve config denied", ERR_PERMISSION, STATE_NOT_PERMITTED},
		{"updating config: writing ServeConfig to StateStore: no space left", ERR_FAILED,
		 STATE_REFUSED},
		{"others change it all the time", ERR_TIMEOUT, STATE_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_set(&e, rows[i].code, "cannot change what tailscaled serves: %s (HTTP 500)",
			rows[i].words);
		assert_int_equal(native_refusal(&e), rows[i].s);
		assert_true(state_waits(rows[i].s));
	}
}

static void folders_are_seen(void **state)
{
	char dir[] = "/tmp/tsfunnel-test-XXXXXX", file[64], more[64];
	const struct funnel_args args = {
		.native = true, .target = dir, .set_path = {"/a", more, "/c=1"}};
	struct mount m;
	FILE *out;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(more, sizeof(more), "/b=%s/file", dir);
	out = fopen(file, "w");
	assert_non_null(out);
	fclose(out);
	assert_int_equal(funnel_make(&args, &f, &e), 0);
	assert_int_equal(mounts_look(&f, true, &e), 0);
	funnel_mount(&f, 0, &m);
	assert_string_equal(m.path, "/a/");
	funnel_mount(&f, 1, &m);
	assert_string_equal(m.path, "/b");
	unlink(file);
	assert_int_equal(mounts_look(&f, false, &e), 0);
	assert_int_equal(mounts_look(&f, true, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_non_null(strstr(e.msg, file));
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_have_states),
		cmocka_unit_test(folders_are_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
