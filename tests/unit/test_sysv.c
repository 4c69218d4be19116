/* SPDX-License-Identifier: MIT */
/* SysV init: its scripts by their parts, and as a golden file; statuses; what
 * startpar has noted. */
#include "init/sysv_script.h"

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

static bool has_line(const char *line)
{
	const char *at = strstr(text, line);

	return at != NULL && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static int render_funnel(const struct funnel_args *args)
{
	static struct funnel f;
	static struct job_room room;
	const struct unit_spec spec = {
		.funnel = &f, .self = "/usr/local/bin/tsfunnel", .daemon = "tailscale"};
	struct buf out = BUF_OF(text);
	struct job job;

	assert_int_equal(funnel_make(args, &f, &e), 0);
	if (job_funnel(&spec, &room, &job, &e) != 0)
		return -1;
	return sysv_script_render(&job, &out, &e);
}

static void a_script_has_its_parts(void **state)
{
	static const char *const lines[] = {
		"# Provides:          tailscale-funnel-a",
		"# Should-Start:      $network tailscale",
		"# Should-Stop:       $network tailscale",
		"# Default-Start:     2 3 4 5",
		"# Default-Stop:      0 1 6",
		"# Short-Description: tailscale-funnel-a",
		"script=/etc/init.d/tailscale-funnel-a",
		"pidfile=/run/tailscale-funnel-a.pid",
		"log=/var/log/tailscale-funnel-a.log",
		"\texport TSFUNNEL_SUPERVISED=tailscale-funnel-a",
		"\t\t/usr/local/bin/tsfunnel run --name=a --https=8443 -- 8888 &",
		"\t\tsleep 1 &",
		"\t/usr/local/bin/tsfunnel run --name=a --end >>\"$log\" 2>&1 </dev/null || :",
	};

	(void)state;
	assert_int_equal(render_funnel(&(struct funnel_args){.name = "a", .https = "8443"}), 0);
	assert_memory_equal(text, "#!/bin/sh\n" INIT_MARKER, strlen("#!/bin/sh\n" INIT_MARKER));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!has_line(lines[i]))
			fail_msg("no line %s", lines[i]);
	assert_null(strstr(text, "Required-Start:    tailscale"));
}

/* insserv reads up to the end of the block, whatever comes after. */
static void words_of_a_person_stay_out_of_the_header(void **state)
{
	static const char end[] = "\n### END INIT INFO\n";
	const char *odd;

	(void)state;
	assert_int_equal(render_funnel(&(struct funnel_args){.target = "text:# Provides: x"}), 0);
	odd = strstr(text, "# Provides: x");
	assert_non_null(odd);
	assert_true(strstr(text, end) < odd);
	assert_null(strstr(strstr(text, end) + 1, end));
}

/* What would be more than one line is no script. */
static void control_characters_are_refused(void **state)
{
	static struct funnel f;
	static struct job_room room;
	const struct unit_spec spec = {.funnel = &f, .self = "/opt/a\nb", .daemon = "tailscaled"};
	struct job job;

	(void)state;
	assert_int_equal(funnel_make(&(struct funnel_args){0}, &f, &e), 0);
	assert_int_equal(job_funnel(&spec, &room, &job, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
}

static void tailscaled_is_the_golden_one(void **state)
{
	static char golden[INIT_UNIT_MAX];
	FILE *file = fopen("tests/golden/sysv/tailscaled", "r");
	struct buf out = BUF_OF(text);
	struct job_daemon_room room;
	struct job job;

	(void)state;
	job_tailscaled("tailscaled", "/usr/sbin/tailscaled", "/var/lib/tsfunnel/tailscaled.env",
		       &room, &job);
	assert_int_equal(sysv_script_render(&job, &out, &e), 0);
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
	assert_int_equal(sysv_script_render(&job, &out, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
}

static void a_status_is_understood(void **state)
{
	static const struct {
		int code;
		bool exists, active, orphaned;
		const char *text;
	} rows[] = {
		{0, true, true, false, "running"},
		{1, true, true, true, "dead, with a pid file"},
		{2, true, true, true, "dead, with a lock file"},
		{3, true, false, false, "stopped"},
		{4, false, false, false, ""},
		{126, false, false, false, ""},
		{-1, false, false, false, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct service_state s = {0};

		sysv_script_state(rows[i].code, &s);
		assert_int_equal(s.exists, rows[i].exists);
		assert_int_equal(s.active, rows[i].active);
		assert_int_equal(s.orphaned, rows[i].orphaned);
		assert_string_equal(s.text, rows[i].text);
	}
}

/* insserv 1.24 writes such a file. */
static void what_startpar_starts_is_noted(void **state)
{
	static const char depend[] = "TARGETS = killprocs tailscaled tailscale-funnel single\n"
				     "INTERACTIVE =\n"
				     "tailscale-funnel: other\n";

	(void)state;
	assert_true(sysv_script_is_noted(depend, "tailscaled"));
	assert_true(sysv_script_is_noted(depend, "tailscale-funnel"));
	assert_true(sysv_script_is_noted(depend, "single"));
	assert_false(sysv_script_is_noted(depend, "tailscale"));
	assert_false(sysv_script_is_noted(depend, "funnel"));
	assert_false(sysv_script_is_noted(depend, "other"));
	assert_false(sysv_script_is_noted("TARGETS =", "x"));
	assert_false(sysv_script_is_noted("TARGETS = ", "x"));
	assert_false(sysv_script_is_noted("", "x"));
	assert_false(sysv_script_is_noted("INTERACTIVE = x\n", "x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_has_its_parts),
		cmocka_unit_test(words_of_a_person_stay_out_of_the_header),
		cmocka_unit_test(control_characters_are_refused),
		cmocka_unit_test(tailscaled_is_the_golden_one),
		cmocka_unit_test(too_little_room_is_a_bug),
		cmocka_unit_test(a_status_is_understood),
		cmocka_unit_test(what_startpar_starts_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
