/* SPDX-License-Identifier: MIT */
/*
 * busybox - BusyBox init alone: a script, and a line in /etc/inittab that starts it again
 *
 * Init has no command and tells nobody what it does. A service is asked for by its line, and runs
 * where the process that its script noted in /run/SERVICE.pid is a child of PID 1. A stop is a "#"
 * before the line and HUP to PID 1, which then ends the process; that is what administrators do
 * there, so it counts as theirs and outlives a reboot.
 */
#include "base/deadline.h"
#include "base/file.h"
#include "init/init.h"
#include "init/inittab.h"
#include "init/shell.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INITTAB "/etc/inittab"
#define RUN_DIR "/etc/tsfunnel"
#define RUN RUN_DIR "/%s.run"
#define PIDFILE "/run/%s.pid"

/* Init looks at its table and starts again once a second; a process may be slow to end. */
#define START_MS 10000
#define STOP_MS 20000
#define KILL_MS 5000
#define LOOK_MS 20

static bool is_called(const char *path, const char *name)
{
	char exe[PATH_MAX];
	ssize_t len = readlink(path, exe, sizeof(exe) - 1);
	const char *base;

	exe[len > 0 ? len : 0] = '\0';
	base = strrchr(exe, '/');
	return strcmp(base != NULL ? base + 1 : exe, name) == 0;
}

/* What PID 1 runs only root may see; where its link leads all. A shell of BusyBox is no init. */
static bool busybox_is_running(void)
{
	char comm[64];
	struct err ignored;

	if (file_read("/proc/1/comm", comm, sizeof(comm), NULL, &ignored) != 0 ||
	    (strcmp(comm, "init\n") != 0 && strcmp(comm, "linuxrc\n") != 0))
		return false;
	return is_called("/proc/1/exe", "busybox") || is_called("/sbin/init", "busybox");
}

static bool is_child_of_init(long pid)
{
	char path[64], text[512];
	struct err ignored;
	const char *at;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if (pid <= 1 || file_read(path, text, sizeof(text), NULL, &ignored) != 0)
		return false;
	/* "PID (NAME) STATE PARENT", and the name may hold anything */
	at = strrchr(text, ')');
	return at != NULL && strlen(at) > 4 && at[2] != 'Z' && strtol(at + 4, NULL, 10) == 1;
}

/* 0: it does not run at the moment. */
static pid_t process_of(const char *service)
{
	char path[INIT_PATH_MAX], text[64];
	struct err ignored;
	long pid;

	if (file_read(init_text(PIDFILE, service, path, sizeof(path)), text, sizeof(text), NULL,
		      &ignored) != 0)
		return 0;
	pid = strtol(text, NULL, 10);
	return is_child_of_init(pid) ? (pid_t)pid : 0;
}

/* Was it started, since the machine was, and not stopped by us? */
static bool was_started(const char *service, int64_t *since)
{
	char path[INIT_PATH_MAX];
	struct stat st;

	if (stat(init_text(PIDFILE, service, path, sizeof(path)), &st) != 0)
		return false;
	*since = st.st_mtime;
	return true;
}

static const char *program(const char *service, char path[static INIT_PATH_MAX])
{
	return init_text(RUN, service, path, INIT_PATH_MAX);
}

static int busybox_query(const char *service, struct service_state *s, struct err *e)
{
	enum inittab_line line = INITTAB_NONE;
	char path[INIT_PATH_MAX];
	bool started;

	memset(s, 0, sizeof(*s));
	if (!file_exists(program(service, path)))
		return 0;
	if (inittab_read(INITTAB, path, &line, e) != 0)
		return -1;
	snprintf(s->fragment, sizeof(s->fragment), "%s", path);
	started = was_started(service, &s->since);
	s->exists = true;
	s->enabled = line == INITTAB_ACTIVE;
	s->pid = process_of(service);
	s->active = s->pid != 0 || (s->enabled && started);
	s->starting = s->active && s->pid == 0;
	snprintf(s->text, sizeof(s->text), "%s",
		 s->pid != 0              ? "running"
		 : s->active              ? "being started again"
		 : line == INITTAB_ASLEEP ? "stopped by a # in " INITTAB
		 : line == INITTAB_NONE   ? "not in " INITTAB
					  : "not started");
	return 0;
}

static int busybox_has_variable(const char *service, const char *key, bool *has, struct err *e)
{
	char path[INIT_PATH_MAX];

	(void)e;
	*has = init_first_has_variable(key) || init_sets_variable(program(service, path), key);
	return 0;
}

static int hang_up(struct err *e)
{
	return kill(1, SIGHUP) == 0 ? 0
				    : err_sys(e, err_code_of(errno, ERR_FAILED),
					      "cannot have init read " INITTAB);
}

static bool wait_started(const char *service)
{
	const struct deadline until = deadline_in(START_MS);

	while (process_of(service) == 0) {
		if (deadline_passed(until))
			return false;
		poll(NULL, 0, LOOK_MS);
	}
	return true;
}

static bool wait_gone(pid_t pid, int ms)
{
	const struct deadline until = deadline_in(ms);

	while (is_child_of_init(pid)) {
		if (deadline_passed(until))
			return false;
		poll(NULL, 0, LOOK_MS);
	}
	return true;
}

static int busybox_start(const char *service, struct err *e)
{
	char path[INIT_PATH_MAX];

	if (inittab_put(INITTAB, program(service, path), INITTAB_ACTIVE, e) != 0 || hang_up(e) != 0)
		return -1;
	if (wait_started(service))
		return 0;
	err_set(e, ERR_TIMEOUT, "cannot start %s: init has not done it", service);
	return err_cure(e, "see /var/log/%s.log, and whether PID 1 reads " INITTAB, service);
}

static int end_process(const char *service, pid_t pid, struct err *e)
{
	if (pid == 0 || wait_gone(pid, STOP_MS))
		return 0;
	kill(pid, SIGKILL);
	return wait_gone(pid, KILL_MS) ? 0
				       : err_set(e, ERR_TIMEOUT, "cannot end process %ld of %s",
						 (long)pid, service);
}

static int busybox_stop(const char *service, struct err *e)
{
	pid_t pid = process_of(service);
	char path[INIT_PATH_MAX];

	if (inittab_put(INITTAB, program(service, path), INITTAB_ASLEEP, e) != 0 ||
	    hang_up(e) != 0 || end_process(service, pid, e) != 0)
		return -1;
	return file_remove(init_text(PIDFILE, service, path, sizeof(path)), e);
}

/* Init starts again what has ended, so its line need not be touched. */
static int busybox_restart(const char *service, struct err *e)
{
	pid_t pid = process_of(service);

	if (pid != 0 && kill(pid, SIGTERM) == 0 && end_process(service, pid, e) != 0)
		return -1;
	return busybox_start(service, e);
}

/* What boots without a table of its own would boot otherwise with one that we made. */
static int busybox_version(struct err *e)
{
	enum inittab_line line;
	char path[INIT_PATH_MAX];

	return inittab_read(INITTAB, program(FUNNEL_SERVICE, path), &line, e) == 0 ? 1 : -1;
}

static int busybox_forget(const char *service, struct err *e)
{
	char path[INIT_PATH_MAX];

	rmdir(RUN_DIR);
	return file_remove(init_text(PIDFILE, service, path, sizeof(path)), e);
}

static int render(const struct job *job, struct buf *out, struct err *e)
{
	buf_printf(out,
		   "#!/bin/sh\n" INIT_MARKED "# %s\n"
		   "# A line in /etc/inittab starts this, again and again.\n"
		   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
		   "export PATH\n"
		   "exec </dev/null >>/var/log/%s.log 2>&1\n"
		   "echo $$ >/run/%s.pid\n",
		   job->description, job->service, job->service);
	shell_environment(job, "", out);
	buf_add(out, "exec ");
	shell_command(job, out);
	buf_add_char(out, '\n');
	return buf_full(out) ? err_set(e, ERR_BUG, "cannot write the script: no room") : 0;
}

static const struct init_file files[] = {
	{.path = RUN, .mode = 0755, .render = render},
	{.path = INITTAB, .line = RUN, .enables = true},
	{0},
};

static const char *const daemons[] = {"tailscaled", NULL};

const struct init_system init_busybox = {
	.name = "busybox",
	.is_running = busybox_is_running,
	.files = files,
	.daemons = daemons,
	.hints = {.logs = "/var/log/%s.log",
		  .start = "its line in " INITTAB " (" RUN ") without a # and `kill -HUP 1`",
		  .stop = "a # before its line in " INITTAB " (" RUN ") and `kill -HUP 1`",
		  .edit = ""},
	.version = busybox_version,
	.query = busybox_query,
	.has_variable = busybox_has_variable,
	.start = busybox_start,
	.restart = busybox_restart,
	.stop = busybox_stop,
	.forget = busybox_forget,
};
