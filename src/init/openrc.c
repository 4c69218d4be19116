/* SPDX-License-Identifier: MIT */
/*
 * openrc - the running manager, through rc-service and rc-update, below whatever PID 1
 *
 * What supervise-daemon keeps for its successor lies in /run/openrc/options/SERVICE (OpenRC 0.56):
 * child_pid, start_count (how often it was started again), start_time.
 */
#include "base/auto.h"
#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "init/init.h"
#include "init/openrc_script.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * `rc-service NAME status` takes some 60 ms, but on a busy machine once in a thousand times it
 * never ends (OpenRC 0.56): openrc-run has said what it has to say and misses the end of its shell.
 * So it is killed soon and asked again, unless it has said it.
 */
static const int status_ms[] = {2000, 10000, 60000};

/* A stop waits for the process to end, and services that come before may be started. */
#define RC_MS 200000

#define RUNLEVELS "/etc/runlevels"

/* Written when it has booted, and only then (openrc-run.sh, verify_boot()). */
static bool openrc_is_running(void)
{
	return file_exists("/run/openrc/softlevel");
}

static int rc_within(int ms, const char *const argv[], struct process_result *r, struct err *e)
{
	if (process_run(argv, deadline_in(ms), r, e) == 0)
		return 0;
	/* 126 and 127 speak of the tailscale CLI. */
	if (e->code == ERR_NOTFOUND || e->code == ERR_NOEXEC) {
		e->code = ERR_UNAVAILABLE;
		err_cure(e, "%s must be in PATH", argv[0]);
	}
	return -1;
}

static int rc(const char *const argv[], struct process_result *r, struct err *e)
{
	return rc_within(RC_MS, argv, r, e);
}

/* What it says last is why; before that it tells what it does. */
static const char *last_line(struct process_result *r)
{
	char *line = r->out;

	for (char *next = line; next != NULL; next = strchr(next, '\n')) {
		next += strspn(next, "\n");
		if (*next == '\0')
			break;
		line = next;
	}
	line[strcspn(line, "\n")] = '\0';
	return line + strspn(line, " *");
}

/* Runs it and wants status 0. */
static int tell(const char *const argv[], const char *verb, const char *service, struct err *e)
{
	struct process_result r;

	if (rc(argv, &r, e) != 0)
		return -1;
	if (r.status == 0)
		return 0;
	err_set(e, ERR_FAILED, "cannot %s %s: %s", verb, service, last_line(&r));
	return err_cure(e, "see `rc-service %s status` and /var/log/%s.log", service, service);
}

static int tell_service(const char *verb, const char *service, struct err *e)
{
	const char *const argv[] = {"rc-service", service, verb, NULL};

	return tell(argv, verb, service, e);
}

/* "rc-service (OpenRC) 0.56" gives 56; only that it is there counts. */
static int openrc_version(struct err *e)
{
	static const char *const argv[] = {"rc-service", "--version", NULL};
	struct process_result r;
	const char *at;

	if (rc(argv, &r, e) != 0)
		return -1;
	at = strstr(r.out, "(OpenRC) 0.");
	return at != NULL ? (int)strtol(at + sizeof("(OpenRC) 0.") - 1, NULL, 10) : 1;
}

/* The first line of /run/openrc/options/SERVICE/NAME. */
static long option(const char *service, const char *name)
{
	char path[INIT_PATH_MAX], text[64];
	struct err ignored;

	snprintf(path, sizeof(path), "/run/openrc/options/%s/%s", service, name);
	return file_read(path, text, sizeof(text), NULL, &ignored) == 0 ? strtol(text, NULL, 10)
									: 0;
}

/* In any runlevel: an administrator may have moved it. */
static bool is_in_runlevel(const char *service)
{
	AUTO_DIR DIR *dir = opendir(RUNLEVELS);
	char path[2 * INIT_PATH_MAX];
	const struct dirent *d;

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), RUNLEVELS "/%s/%s", d->d_name, service);
		if (file_exists(path))
			return true;
	}
	return false;
}

static void look_closer(const char *service, struct service_state *s)
{
	char path[INIT_PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "/run/openrc/options/%s/child_pid", service);
	if (!s->active || stat(path, &st) != 0)
		return;
	s->since = st.st_mtime;
	s->restarts = (int)option(service, "start_count");
	if (!s->orphaned)
		s->pid = (pid_t)option(service, "child_pid");
}

static int ask(const char *service, struct service_state *s, struct err *e)
{
	const char *const argv[] = {"rc-service", service, "status", NULL};
	struct process_result r;

	for (size_t i = 0; i < sizeof(status_ms) / sizeof(status_ms[0]); i++) {
		if (rc_within(status_ms[i], argv, &r, e) == 0) {
			openrc_script_state(r.status, r.out, s);
			return 0;
		}
		if (e->code != ERR_TIMEOUT)
			return -1;
		openrc_script_state(-1, r.out, s);
		if (s->exists)
			return 0;
	}
	return -1;
}

static int openrc_query(const char *service, struct service_state *s, struct err *e)
{
	memset(s, 0, sizeof(*s));
	snprintf(s->fragment, sizeof(s->fragment), "/etc/init.d/%s", service);
	if (!file_exists(s->fragment)) {
		s->fragment[0] = '\0';
		return 0;
	}
	if (ask(service, s, e) != 0)
		return -1;
	s->exists = true;
	s->enabled = is_in_runlevel(service);
	look_closer(service, s);
	return 0;
}

/* What every script reads, and what this one does. */
static int openrc_has_variable(const char *service, const char *key, bool *has, struct err *e)
{
	char path[INIT_PATH_MAX];
	AUTO_DIR DIR *dir = opendir("/etc/rc.conf.d");
	const struct dirent *d;

	(void)e;
	snprintf(path, sizeof(path), "/etc/conf.d/%s", service);
	*has = init_sets_variable("/etc/rc.conf", key) || init_sets_variable(path, key);
	while (dir != NULL && !*has && (d = readdir(dir)) != NULL) {
		if ((size_t)snprintf(path, sizeof(path), "/etc/rc.conf.d/%s", d->d_name) <
		    sizeof(path))
			*has = init_sets_variable(path, key);
	}
	return 0;
}

static int openrc_enable(const char *service, struct err *e)
{
	const char *const argv[] = {"rc-update", "add", service, "default", NULL};

	return tell(argv, "enable", service, e);
}

/* With --all its status is 1 although it did what it was told (OpenRC 0.56): what is there counts.
 */
static int openrc_disable(const char *service, struct err *e)
{
	const char *const argv[] = {"rc-update", "--all", "del", service, NULL};
	struct err failed;

	if (tell(argv, "disable", service, &failed) == 0 || !is_in_runlevel(service))
		return 0;
	*e = failed;
	return -1;
}

/* "start" does nothing where the supervisor was killed: the service counts as started. */
static int openrc_start(const char *service, struct err *e)
{
	struct service_state s;

	if (openrc_query(service, &s, e) != 0)
		return -1;
	return tell_service(s.orphaned ? "restart" : "start", service, e);
}

static int openrc_restart(const char *service, struct err *e)
{
	return tell_service("restart", service, e);
}

static int openrc_stop(const char *service, struct err *e)
{
	return tell_service("stop", service, e);
}

static const struct init_file files[] = {
	{.path = "/etc/init.d/%s", .mode = 0755, .render = openrc_script_render},
	{.path = RUNLEVELS "/default/%s", .link = "/etc/init.d/%s", .enables = true},
	{0},
};

/* Alpine's and Gentoo's packages have the second. */
static const char *const daemons[] = {"tailscaled", "tailscale", NULL};

const struct init_system init_openrc = {
	.name = "openrc",
	.is_running = openrc_is_running,
	.files = files,
	.daemons = daemons,
	.dropin_path = "/etc/rc.conf.d/tsfunnel-%s.conf",
	.dropin_text = "tsfunnel_env=%s\n"
		       "if [ \"$RC_SVCNAME\" = %s ] && [ -r \"$tsfunnel_env\" ]; then\n"
		       "\tset -a\n"
		       "\t. \"$tsfunnel_env\"\n"
		       "\tset +a\n"
		       "fi\n",
	.hints = {.logs = "/var/log/%s.log",
		  .start = "`rc-service %s start`",
		  .stop = "`rc-service %s stop`",
		  .edit = ""},
	.version = openrc_version,
	.query = openrc_query,
	.has_variable = openrc_has_variable,
	.enable = openrc_enable,
	.disable = openrc_disable,
	.start = openrc_start,
	.restart = openrc_restart,
	.stop = openrc_stop,
};
