/* SPDX-License-Identifier: MIT */
/* BusyBox init: its scripts, by their parts and as a golden file. */
#include "init/init.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct err e;
static char text[INIT_UNIT_MAX];

static void a_word_stays_one(void **state)
{
	static struct funnel f;
	static struct job_room room;
	const struct unit_spec spec = {
		.funnel = &f, .self = "/opt/a b/tsfunnel", .daemon = "tailscaled"};
	struct buf out = BUF_OF(text);
	struct job job;

	(void)state;
	assert_int_equal(
		funnel_make(&(struct funnel_args){.target = "text:\"$x\" %s \\ it's"}, &f, &e), 0);
	assert_int_equal(job_funnel(&spec, &room, &job, &e), 0);
	assert_int_equal(init_busybox.files[0].render(&job, &out, &e), 0);
	assert_memory_equal(text, "#!/bin/sh\n" INIT_MARKER, strlen("#!/bin/sh\n" INIT_MARKER));
	assert_non_null(strstr(text, "\necho $$ >/run/tailscale-funnel.pid\n"));
	assert_non_null(strstr(text, "\nexport TSFUNNEL_SUPERVISED=tailscale-funnel\n"));
	assert_non_null(
		strstr(text, "\nexec '/opt/a b/tsfunnel' run -- 'text:\"$x\" %s \\ it'\\''s'\n"));
}

static void tailscaled_is_the_golden_one(void **state)
{
	static char golden[INIT_UNIT_MAX];
	FILE *file = fopen("tests/golden/busybox/tailscaled", "r");
	struct buf out = BUF_OF(text);
	struct job_daemon_room room;
	struct job job;

	(void)state;
	job_tailscaled("tailscaled", "/usr/sbin/tailscaled", "/var/lib/tsfunnel/tailscaled.env",
		       &room, &job);
	assert_int_equal(init_busybox.files[0].render(&job, &out, &e), 0);
	assert_non_null(file);
	golden[fread(golden, 1, sizeof(golden) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(text, golden);
}

static void too_little_room_is_a_bug(void **state)
{
	struct job_daemon_room room;
	struct job job;
	char small[64];
	struct buf out = BUF_OF(small);

	(void)state;
	job_tailscaled("tailscaled", "/usr/sbin/tailscaled", "/x", &room, &job);
	assert_int_equal(init_busybox.files[0].render(&job, &out, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_stays_one),
		cmocka_unit_test(tailscaled_is_the_golden_one),
		cmocka_unit_test(too_little_room_is_a_bug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
