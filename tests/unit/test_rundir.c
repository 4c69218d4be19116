/* SPDX-License-Identifier: MIT */
/* The launcher's folder: lock, status, removal; in a folder of its own. */
#include "store/rundir.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVICE "tailscale-funnel"

static char dir[] = "/tmp/test_rundir.XXXXXX";
static char run[64];

static int make_dir(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(run, sizeof(run), "%s/a/b", dir);
	if (setenv("RUNTIME_DIRECTORY", run, 1) != 0)
		return -1;
	rundir_use_given(SERVICE);
	return 0;
}

static int remove_dir(void **state)
{
	char parent[64];

	(void)state;
	snprintf(parent, sizeof(parent), "%s/a", dir);
	rmdir(run);
	rmdir(parent);
	return rmdir(dir);
}

static void path_of(const char *name, char path[static 128])
{
	snprintf(path, 128, "%s/%s", run, name);
}

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	path_of(name, path);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void nothing_ran_yet(void **state)
{
	struct run_status s;
	struct err e;

	(void)state;
	assert_int_equal(rundir_read(SERVICE, &s, &e), -1);
	assert_int_equal(e.code, ERR_UNAVAILABLE);
	assert_int_equal(e.sys, ENOENT);
	assert_int_equal(rundir_holder(SERVICE), 0);
	assert_int_equal(rundir_remove(SERVICE, &e), 0);
}

static void a_lock_is_held_once(void **state)
{
	struct err e;
	int status = 0, fd = rundir_lock(SERVICE, &e);
	char pid[32];

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(rundir_holder(SERVICE), getpid());
	assert_int_equal(rundir_holder(SERVICE), getpid());
	/* Another process, and another descriptor of this one. */
	assert_int_equal(rundir_lock(SERVICE, &e), -1);
	assert_int_equal(e.code, ERR_TIMEOUT);
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	assert_non_null(strstr(e.msg, pid));
	close(fd);
	assert_int_equal(rundir_holder(SERVICE), 0);
	/* It goes along over exec: a child that has it keeps it. */
	fd = rundir_lock(SERVICE, &e);
	assert_true(fd >= 0);
	if (fork() == 0) {
		execl("/bin/sh", "sh", "-c", "sleep 0.3", NULL);
		_exit(1);
	}
	close(fd);
	assert_int_equal(rundir_lock(SERVICE, &e), -1);
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_int_equal(rundir_holder(SERVICE), 0);
}

static void a_status_comes_back(void **state)
{
	struct run_status s = {.since = 1790000000, .pid = 4711}, back;
	struct err e;

	(void)state;
	strcpy(s.state, "needs-login");
	strcpy(s.url, "https://login.example/a?b=\"c\"");
	memset(s.text, '\\', sizeof(s.text) - 1); /* two bytes each in JSON */
	memset(s.error, '"', sizeof(s.error) - 1);
	assert_int_equal(rundir_write(SERVICE, &s, &e), 0);
	assert_int_equal(rundir_read(SERVICE, &back, &e), 0);
	assert_string_equal(back.state, s.state);
	assert_string_equal(back.text, s.text);
	assert_string_equal(back.url, s.url);
	assert_string_equal(back.error, s.error);
	assert_int_equal(back.since, s.since);
	assert_int_equal(back.pid, s.pid);
}

static void what_is_no_status_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "{",
					  "{}",
					  "[]",
					  "null",
					  "{\"state\":1}",
					  "{\"state\":\"ready\"",
					  "{\"state\":\"ready\"}x"};
	struct run_status s;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file("status.json", bad[i]);
		assert_int_equal(rundir_read(SERVICE, &s, &e), -1);
		assert_int_equal(e.code, ERR_DATA);
	}
	write_file("status.json", "{\"state\":\"ready\",\"pid\":-4,\"since\":\"x\",\"url\":[]}");
	assert_int_equal(rundir_read(SERVICE, &s, &e), 0);
	assert_int_equal(s.pid, 0);
	assert_int_equal(s.since, 0);
	assert_string_equal(s.url, "");
}

static void remove_all(void)
{
	struct err e;

	assert_int_equal(rundir_remove(SERVICE, &e), 0);
	assert_int_equal(access(run, F_OK), -1);
}

/* Somebody removes the folder, or a file in it, while the service runs. */
static void what_is_removed_is_made_again(void **state)
{
	struct run_status s = {.state = "published", .pid = 4711}, back;
	mode_t mask = umask(077);
	struct stat st;
	char path[128];
	struct err e;
	int fd = rundir_lock(SERVICE, &e);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(rundir_write(SERVICE, &s, &e), 0);
	remove_all();
	assert_int_equal(rundir_holder(SERVICE), 0);
	assert_int_equal(rundir_write(SERVICE, &s, &e), 0);
	umask(mask);
	assert_int_equal(rundir_read(SERVICE, &back, &e), 0);
	/* Held again, on the same descriptor, for the process that the status names. */
	assert_int_equal(rundir_holder(SERVICE), 4711);
	assert_int_equal(rundir_lock(SERVICE, &e), -1);
	assert_non_null(strstr(e.msg, "process 4711"));
	assert_int_equal(stat(run, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	close(fd);
	assert_int_equal(rundir_holder(SERVICE), 0);

	fd = rundir_lock(SERVICE, &e);
	path_of("lock", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rundir_write(SERVICE, &s, &e), 0);
	assert_int_equal(rundir_holder(SERVICE), 4711);
	close(fd);
}

/* Another one came in between: the folder is its own, and so is what is said there. */
static void what_another_has_taken_stays_its_own(void **state)
{
	struct run_status s = {.state = "published", .pid = 4711};
	char path[128];
	struct err e;
	int fd = rundir_lock(SERVICE, &e), go[2], status;
	pid_t pid;

	(void)state;
	remove_all();
	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		close(fd);
		if (rundir_lock(SERVICE, &e) < 0)
			_exit(1);
		_exit(write(go[1], "x", 1) != 1 || pause() == 0);
	}
	assert_int_equal(read(go[0], path, 1), 1);
	assert_int_equal(rundir_write(SERVICE, &s, &e), -1);
	assert_int_equal(e.code, ERR_TIMEOUT);
	path_of("status.json", path);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rundir_holder(SERVICE), pid);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(fd);
}

static void a_lock_without_a_pid(void **state)
{
	static const char *const texts[] = {"", "x", "-5", "0", "99999999999999999999999"};
	struct err e;
	int fd = rundir_lock(SERVICE, &e);

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file("lock", texts[i]);
		assert_int_equal(rundir_holder(SERVICE), 0);
	}
	close(fd);
}

static void only_what_is_ours_is_removed(void **state)
{
	char path[128];
	struct stat st;
	struct err e;

	(void)state;
	write_file("other", "");
	write_file(".status.json.tmpAbCdEf", "");
	assert_int_equal(rundir_remove(SERVICE, &e), 0);
	path_of("status.json", path);
	assert_int_equal(stat(path, &st), -1);
	path_of(".status.json.tmpAbCdEf", path);
	assert_int_equal(stat(path, &st), -1);
	path_of("other", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rundir_remove(SERVICE, &e), 0);
	assert_int_equal(stat(run, &st), -1);
	assert_int_equal(rundir_remove(SERVICE, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_ran_yet),
		cmocka_unit_test(a_lock_is_held_once),
		cmocka_unit_test(a_status_comes_back),
		cmocka_unit_test(what_is_no_status_is_refused),
		cmocka_unit_test(what_is_removed_is_made_again),
		cmocka_unit_test(what_another_has_taken_stays_its_own),
		cmocka_unit_test(a_lock_without_a_pid),
		cmocka_unit_test(only_what_is_ours_is_removed),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
