/* SPDX-License-Identifier: MIT */
/* The rows of init systems as all of them are used, and the jobs that they are given. */
#include "base/file.h"
#include "init/init.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct err e;
static char dir[] = "/tmp/tsfunnel-init-XXXXXX";
static char link_path[64];

static int fail_to_ask(const char *service, struct service_state *s, struct err *err)
{
	(void)service;
	(void)s;
	return err_set(err, ERR_BUG, "not to be asked");
}

static void rows_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(init_find("systemd", &e), &init_systemd);
	assert_null(init_find("systemdx", &e));
	assert_int_equal(e.code, ERR_USAGE);
	assert_non_null(strstr(e.cure, "systemd"));
	assert_null(init_find("", &e));
}

/* Not a test of what runs here, but that it is one of the table or named. */
static void what_runs_is_found_or_named(void **state)
{
	const struct init_system *init = init_find(NULL, &e);

	(void)state;
	if (init != NULL) {
		assert_true(init->is_running());
		return;
	}
	assert_int_equal(e.code, ERR_UNAVAILABLE);
	assert_non_null(strstr(e.msg, "PID 1 is \""));
	assert_non_null(strstr(e.cure, "--init"));
}

static void templates_are_filled(void **state)
{
	const char *const words[] = {"a", "b", NULL};
	char mem[64], small[8];
	struct buf out = BUF_OF(mem);

	(void)state;
	init_fill("x %s y %s z %s %d", words, &out);
	assert_string_equal(mem, "x a y b z b %d");
	assert_string_equal(init_text("`x %s`", "s", mem, sizeof(mem)), "`x s`");
	out = BUF_OF(small);
	init_fill("%s%s%s%s%s%s%s%s%s", words, &out);
	assert_true(buf_full(&out));
}

static void a_path_without_room_is_a_bug(void **state)
{
	const struct init_file file = {.path = "/a/%s/b/%s"};
	char path[INIT_PATH_MAX], service[INIT_PATH_MAX];

	(void)state;
	assert_int_equal(init_path(&file, "s", path, &e), 0);
	assert_string_equal(path, "/a/s/b/s");
	memset(service, 'x', sizeof(service) - 1);
	service[sizeof(service) - 1] = '\0';
	assert_int_equal(init_path(&file, service, path, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
}

/* A row without calls of its own is enabled by its links alone. */
static void links_enable(void **state)
{
	const struct init_file files[] = {
		{.path = "/nowhere/%s", .mode = 0644},
		{.path = link_path, .link = "../%s", .enables = true},
		{0},
	};
	const struct init_system row = {.name = "x", .files = files, .query = fail_to_ask};

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(link_path, sizeof(link_path), "%s/on/%%s", dir);
	assert_false(init_is_linked(&row, "one"));
	assert_int_equal(init_enable(&row, "one", &e), 0);
	assert_true(init_is_linked(&row, "one"));
	assert_false(init_is_linked(&row, "two"));
	assert_int_equal(init_enable(&row, "one", &e), 0);
	assert_int_equal(init_disable(&row, "one", &e), 0);
	assert_false(init_is_linked(&row, "one"));
	assert_int_equal(init_disable(&row, "one", &e), 0);
	assert_int_equal(init_reload(&row, &e), 0);
}

/* A link of that name that leads elsewhere is somebody's. */
static void a_link_of_somebody_stays(void **state)
{
	const struct init_file files[] = {
		{.path = "/nowhere/%s", .mode = 0644},
		{.path = link_path, .link = "../%s", .enables = true},
		{0},
	};
	const struct init_system row = {.name = "x", .files = files};
	char path[96];

	(void)state;
	snprintf(path, sizeof(path), "%s/on/three", dir);
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_false(init_is_linked(&row, "three"));
	assert_int_equal(init_disable(&row, "three", &e), 0);
	assert_int_equal(access(dir, F_OK), 0);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/on", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static int forgotten;

static int count_forgotten(const char *service, struct err *err)
{
	(void)service;
	(void)err;
	forgotten++;
	return 0;
}

/* A service that starts unless a file keeps it down; forgotten once it is gone, and not before. */
static void a_file_keeps_a_service_down(void **state)
{
	static char folder[] = "/tmp/tsfunnel-init.XXXXXX", first[64], down[64], path[64];
	const struct init_file files[] = {{.path = first, .mode = 0755}, {0}};
	const struct init_system row = {
		.name = "x", .files = files, .down = down, .forget = count_forgotten};

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(first, sizeof(first), "%s/%%s", folder);
	snprintf(down, sizeof(down), "%s/%%s.down", folder);
	snprintf(path, sizeof(path), "%s/one", folder);
	assert_false(init_is_linked(&row, "one"));
	assert_int_equal(file_replace(path, "x", 1, 0755, &e), 0);
	assert_true(init_is_linked(&row, "one"));
	assert_int_equal(init_disable(&row, "one", &e), 0);
	assert_false(init_is_linked(&row, "one"));
	assert_int_equal(init_enable(&row, "one", &e), 0);
	assert_true(init_is_linked(&row, "one"));
	assert_int_equal(init_disable(&row, "one", &e), 0);
	assert_int_equal(init_forget(&row, "one", &e), 0);
	assert_int_equal(forgotten, 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(init_forget(&row, "one", &e), 0);
	assert_int_equal(forgotten, 1);
	assert_int_equal(rmdir(folder), 0);
}

static void a_funnels_job_is_its_launcher(void **state)
{
	static struct funnel f;
	static struct job_room room;
	struct unit_spec spec = {.funnel = &f, .self = "/b/tsfunnel", .cli = "/x/tailscale"};
	struct job job;

	(void)state;
	spec.daemon = "tailscale";
	assert_int_equal(funnel_make(&(struct funnel_args){.name = "a"}, &f, &e), 0);
	assert_int_equal(job_funnel(&spec, &room, &job, &e), 0);
	assert_string_equal(job.service, "tailscale-funnel-a");
	assert_string_equal(job.argv[0], "/b/tsfunnel");
	assert_string_equal(job.argv[1], "run");
	assert_string_equal(job.after, "tailscale");
	assert_string_equal(job.variables[0].key, JOB_SUPERVISED);
	assert_string_equal(job.variables[0].value, "tailscale-funnel-a");
	assert_string_equal(job.variables[1].value, "/x/tailscale");
	assert_null(job.variables[2].key);
	assert_null(job.more);
	/* Without a CLI nothing needs to know where it is. */
	assert_int_equal(funnel_make(&(struct funnel_args){.native = true}, &f, &e), 0);
	assert_int_equal(job_funnel(&spec, &room, &job, &e), 0);
	assert_null(job.variables[1].key);
	spec.self = "/b/ts\nfunnel";
	assert_int_equal(job_funnel(&spec, &room, &job, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
}

static void tailscaleds_job_is_that_of_its_package(void **state)
{
	struct job_daemon_room room;
	struct job job;

	(void)state;
	job_tailscaled("tailscaled", "/opt/sbin/tailscaled", "/var/x.env", &room, &job);
	assert_string_equal(job.argv[0], "/opt/sbin/tailscaled");
	assert_string_equal(job.cleanup[0], "/opt/sbin/tailscaled");
	assert_string_equal(job.files[0], JOB_DEFAULTS);
	assert_string_equal(job.files[1], "/var/x.env");
	assert_null(job.files[2]);
	assert_null(job.after);
	assert_null(job.variables[0].key);
	assert_non_null(strstr(job.more, "$FLAGS"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found_by_name),
		cmocka_unit_test(what_runs_is_found_or_named),
		cmocka_unit_test(templates_are_filled),
		cmocka_unit_test(a_path_without_room_is_a_bug),
		cmocka_unit_test(links_enable),
		cmocka_unit_test(a_link_of_somebody_stays),
		cmocka_unit_test(a_file_keeps_a_service_down),
		cmocka_unit_test(a_funnels_job_is_its_launcher),
		cmocka_unit_test(tailscaleds_job_is_that_of_its_package),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
