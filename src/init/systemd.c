/* SPDX-License-Identifier: MIT */
/*
 * systemd - the running manager, through systemctl (which needs no D-Bus daemon for root)
 *
 * The renderer is in systemd_unit.c.
 */
#include "base/process.h"
#include "init/init.h"
#include "init/systemd_image.h"
#include "init/systemd_unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* systemd itself gives a job 90 s (DefaultTimeoutStartSec); stop and start may follow. */
#define SYSTEMCTL_MS 200000

/* What take_property() reads. */
static const char properties[] =
	"LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,MainPID,NRestarts,"
	"StateChangeTimestampMonotonic,FragmentPath,ExecMainStatus,StatusText";

/* sd_booted(3): this folder exists exactly when systemd is PID 1. */
static bool systemd_is_running(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

static int systemctl(const char *const argv[], struct process_result *r, struct err *e)
{
	if (process_run(argv, deadline_in(SYSTEMCTL_MS), r, e) == 0)
		return 0;
	/* 126 and 127 speak of the tailscale CLI. */
	if (e->code == ERR_NOTFOUND || e->code == ERR_NOEXEC) {
		e->code = ERR_UNAVAILABLE;
		err_cure(e, "systemctl must be in PATH");
	}
	return -1;
}

/* Runs `systemctl VERB SERVICE.service` and wants status 0. */
static int tell(const char *verb, const char *service, struct err *e)
{
	char unit[FUNNEL_SERVICE_MAX + 16];
	const char *argv[] = {"systemctl", verb, unit, NULL};
	struct process_result r;

	snprintf(unit, sizeof(unit), "%s.service", service);
	if (systemctl(argv, &r, e) != 0)
		return -1;
	if (r.status == 0)
		return 0;
	err_set(e, ERR_FAILED, "cannot %s %s: %s", verb, unit, process_first_line(&r));
	if (strstr(r.out, "is masked") != NULL) {
		e->code = ERR_PERSON;
		return err_cure(e, "somebody masked it: `systemctl unmask %s` undoes that", unit);
	}
	return err_cure(e, "see `systemctl status %s` and `journalctl -u %s`", unit, unit);
}

/* "systemd 257 (257.8-1)" */
static int systemd_version(struct err *e)
{
	static const char *const argv[] = {"systemctl", "--version", NULL};
	struct process_result r;
	int version;

	if (systemctl(argv, &r, e) != 0)
		return -1;
	if (strncmp(r.out, "systemd ", 8) != 0)
		return err_set(e, ERR_DATA, "cannot read systemd's version: \"%s\"",
			       process_first_line(&r));
	version = (int)strtol(r.out + 8, NULL, 10);
	if (version <= 0)
		return err_set(e, ERR_DATA, "cannot read systemd's version: \"%s\"",
			       process_first_line(&r));
	return version;
}

/* Point in monotonic time (microseconds) to seconds since 1970. */
static int64_t wall_clock(int64_t monotonic_us)
{
	struct timespec now = {0}, mono = {0};

	if (monotonic_us == 0)
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	return (int64_t)now.tv_sec - ((int64_t)mono.tv_sec - monotonic_us / 1000000);
}

/* One "Key=value" line of `systemctl show`; @active collects "ActiveState (SubState)". */
static void take_property(struct service_state *s, char *line)
{
	char *value = strchr(line, '=');
	size_t used = strlen(s->text);

	if (value == NULL)
		return;
	*value++ = '\0';
	if (strcmp(line, "LoadState") == 0)
		s->exists = strcmp(value, "not-found") != 0;
	else if (strcmp(line, "UnitFileState") == 0)
		s->enabled = strcmp(value, "enabled") == 0;
	else if (strcmp(line, "NeedDaemonReload") == 0)
		s->stale = strcmp(value, "yes") == 0;
	else if (strcmp(line, "MainPID") == 0)
		s->pid = (pid_t)strtol(value, NULL, 10);
	else if (strcmp(line, "NRestarts") == 0)
		s->restarts = (int)strtol(value, NULL, 10);
	else if (strcmp(line, "StateChangeTimestampMonotonic") == 0)
		s->since = wall_clock(strtoll(value, NULL, 10));
	else if (strcmp(line, "ExecMainStatus") == 0)
		s->refused = systemd_unit_refused((int)strtol(value, NULL, 10));
	else if (strcmp(line, "StatusText") == 0)
		snprintf(s->said, sizeof(s->said), "%s", value);
	else if (strcmp(line, "FragmentPath") == 0)
		snprintf(s->fragment, sizeof(s->fragment), "%s", value);
	else if (strcmp(line, "SubState") == 0)
		snprintf(s->text + used, sizeof(s->text) - used, " (%s)", value);
	else if (strcmp(line, "ActiveState") == 0) {
		s->active = strcmp(value, "inactive") != 0 && strcmp(value, "failed") != 0 &&
			    strcmp(value, "deactivating") != 0;
		s->starting = strcmp(value, "activating") == 0;
		snprintf(s->text, sizeof(s->text), "%s", value);
	}
}

static int systemd_query(const char *service, struct service_state *s, struct err *e)
{
	char unit[FUNNEL_SERVICE_MAX + 16];
	const char *argv[] = {"systemctl", "show", "-p", properties, unit, NULL};
	struct process_result r;
	char *save = NULL;

	memset(s, 0, sizeof(*s));
	snprintf(unit, sizeof(unit), "%s.service", service);
	if (systemctl(argv, &r, e) != 0)
		return -1;
	if (r.status != 0)
		return err_set(e, ERR_UNAVAILABLE, "cannot ask systemd for %s: %s", unit,
			       process_first_line(&r));
	for (char *line = strtok_r(r.out, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		take_property(s, line);
	return 0;
}

/* The unit's own (Environment=), and what the manager gives to all (DefaultEnvironment=). */
static int systemd_has_variable(const char *service, const char *key, bool *has, struct err *e)
{
	char unit[FUNNEL_SERVICE_MAX + 16];
	const char *own[] = {"systemctl", "show", "-p", "Environment", unit, NULL};
	static const char *const all[] = {"systemctl", "show-environment", NULL};
	struct process_result r;

	snprintf(unit, sizeof(unit), "%s.service", service);
	if (systemctl(own, &r, e) != 0)
		return -1;
	*has = systemd_names_variable(r.out, key);
	if (*has)
		return 0;
	if (systemctl(all, &r, e) != 0)
		return -1;
	*has = systemd_names_variable(r.out, key);
	return 0;
}

static int systemd_reload(struct err *e)
{
	static const char *const argv[] = {"systemctl", "daemon-reload", NULL};
	struct process_result r;

	if (systemctl(argv, &r, e) != 0)
		return -1;
	return r.status == 0 ? 0
			     : err_set(e, ERR_FAILED, "cannot reload systemd: %s",
				       process_first_line(&r));
}

static int systemd_enable(const char *service, struct err *e)
{
	return tell("enable", service, e);
}

static int systemd_disable(const char *service, struct err *e)
{
	return tell("disable", service, e);
}

/* A unit that failed often, or that somebody restarts again and again, would not be started. */
static int start_afresh(const char *verb, const char *service, struct err *e)
{
	struct err ignored;

	tell("reset-failed", service, &ignored);
	return tell(verb, service, e);
}

static int systemd_start(const char *service, struct err *e)
{
	return start_afresh("start", service, e);
}

static int systemd_restart(const char *service, struct err *e)
{
	return start_afresh("restart", service, e);
}

static int systemd_stop(const char *service, struct err *e)
{
	return tell("stop", service, e);
}

/* Only funnels: tailscaled's unit is the package's. */
static int render(const struct job *job, struct buf *out, struct err *e)
{
	return systemd_unit_render(job->spec, out, e);
}

static const struct init_file files[] = {
	{.path = "/etc/systemd/system/%s.service", .mode = 0644, .render = render},
	{.path = "/etc/systemd/system/multi-user.target.wants/%s.service",
	 .link = "/etc/systemd/system/%s.service",
	 .enables = true},
	{0},
};

static const char *const daemons[] = {"tailscaled", NULL};

const struct init_system init_systemd = {
	.name = "systemd",
	.is_running = systemd_is_running,
	.files = files,
	.daemons = daemons,
	.dropin_path = "/etc/systemd/system/%s.service.d/50-tsfunnel.conf",
	.dropin_text = "[Service]\n"
		       "EnvironmentFile=-%s\n",
	.packaged = true,
	.sandboxes = true,
	.readiness = true,
	.hints = {.logs = "`journalctl -u %s`",
		  .start = "`systemctl start %s`",
		  .stop = "`systemctl stop %s`",
		  .edit = " (`systemctl edit` keeps changes apart)"},
	.version = systemd_version,
	.query = systemd_query,
	.has_variable = systemd_has_variable,
	.reload = systemd_reload,
	.enable = systemd_enable,
	.disable = systemd_disable,
	.start = systemd_start,
	.restart = systemd_restart,
	.stop = systemd_stop,
	.image = &systemd_image,
};
