/* SPDX-License-Identifier: MIT */
/*
 * runit - service folders in /etc/sv, linked into the folder that runsvdir looks at
 *
 * All by paths of /etc/sv, so that it does not matter what the folder of links is called:
 * Debian's /etc/service and Void's /var/service both lead to runsvdir/default. runsvdir looks
 * there every 5 s: a service that is linked has no runsv until then, nor has one whose runsv was
 * killed. The folders "supervise" are links into /run, as in Void's packages, so that nothing but
 * our files is in /etc.
 */
#include "base/auto.h"
#include "base/file.h"
#include "init/init.h"
#include "init/runit_status.h"
#include "init/service_dir.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DIR_OF "/etc/sv/%s"
#define LINK_OF "/etc/runit/runsvdir/default/%s"
#define SUPERVISE "/run/runit/supervise.%s"

/* Twice as long as runsvdir does nothing. */
#define RUNSV_MS 10000

/* What runsv takes to end, with its log. */
#define EXIT_MS 10000

static bool runit_is_running(void)
{
	return service_dir_first_is("runit");
}

/* Only that it is there counts. */
static int runit_version(struct err *e)
{
	static const char *const argv[] = {"sv", NULL};
	struct process_result r;

	return service_dir_ask(argv, &r, e) != 0 ? -1 : 1;
}

static bool is_supervised(const char *service)
{
	char path[INIT_PATH_MAX];

	return service_dir_is_read(init_text(DIR_OF "/supervise/ok", service, path, sizeof(path)));
}

static bool is_linked(const char *service)
{
	char path[INIT_PATH_MAX];

	return file_exists(init_text(LINK_OF, service, path, sizeof(path)));
}

/* Of a service that is linked a runsv is to come. */
static bool wait_supervised(const char *service)
{
	char path[INIT_PATH_MAX];

	init_text(DIR_OF "/supervise/ok", service, path, sizeof(path));
	return service_dir_wait_read(path, true, is_linked(service) ? RUNSV_MS : 0);
}

/* Without permission nothing is known of it but whether it is to run. */
static void take_unknown(const char *service, struct service_state *s)
{
	s->active = is_linked(service);
	s->starting = s->active;
	s->orphaned = s->active && geteuid() == 0 && !is_supervised(service);
}

static int runit_query(const char *service, struct service_state *s, struct err *e)
{
	char dir[INIT_PATH_MAX], down[INIT_PATH_MAX];
	const char *const argv[] = {"sv", "status", dir, NULL};
	struct process_result r;

	memset(s, 0, sizeof(*s));
	init_text(DIR_OF, service, dir, sizeof(dir));
	init_text(DIR_OF "/run", service, s->fragment, sizeof(s->fragment));
	if (!file_exists(s->fragment)) {
		s->fragment[0] = '\0';
		return 0;
	}
	if (service_dir_ask(argv, &r, e) != 0)
		return -1;
	s->exists = true;
	s->enabled = is_linked(service) &&
		     !file_exists(init_text(DIR_OF "/down", service, down, sizeof(down)));
	if (!runit_status_read(r.out, time(NULL), s))
		take_unknown(service, s);
	return 0;
}

static int runit_has_variable(const char *service, const char *key, bool *has, struct err *e)
{
	char dir[INIT_PATH_MAX];

	(void)e;
	*has = service_dir_has_variable(init_text(DIR_OF, service, dir, sizeof(dir)), key);
	return 0;
}

/* With "force-" what does not end within the 20 s is killed, which sv calls a failure. */
static int tell(const char *order, const char *verb, const char *service, struct err *e)
{
	char dir[INIT_PATH_MAX];
	const char *const argv[] = {"sv", "-w", "20", order, dir, NULL};
	struct process_result r;

	init_text(DIR_OF, service, dir, sizeof(dir));
	if (wait_supervised(service)) {
		if (service_dir_ask(argv, &r, e) != 0)
			return -1;
		return strncmp(r.out, "kill: ", 6) == 0 ? 0
							: service_dir_judge(&r, verb, service, e);
	}
	err_set(e, ERR_UNAVAILABLE, "cannot %s %s: no runsv watches over it", verb, service);
	return err_cure(e, "runsvdir must run, and look at /etc/runit/runsvdir/default");
}

static int runit_start(const char *service, struct err *e)
{
	return tell("start", "start", service, e);
}

static int runit_restart(const char *service, struct err *e)
{
	return tell("force-restart", "restart", service, e);
}

/* Without a runsv there is nothing that a stop could be told to. */
static int runit_stop(const char *service, struct err *e)
{
	return wait_supervised(service) ? tell("force-stop", "stop", service, e) : 0;
}

static int send_exit(const char *service, struct err *e)
{
	char path[INIT_PATH_MAX];
	AUTO_FD int fd = -1;

	fd = open(init_text(SUPERVISE "/control", service, path, sizeof(path)),
		  O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && write(fd, "x", 1) != 1)
		return err_sys(e, ERR_IO, "cannot end the runsv of %s", service);
	return 0;
}

/* runsv ends by itself, with its log, once the link is gone; this is sooner. */
static int runit_forget(const char *service, struct err *e)
{
	static const char *const folders[] = {SUPERVISE, SUPERVISE ".log"};
	char path[INIT_PATH_MAX];

	if (send_exit(service, e) != 0)
		return -1;
	init_text(SUPERVISE "/ok", service, path, sizeof(path));
	if (!service_dir_wait_read(path, false, EXIT_MS))
		return err_set(e, ERR_TIMEOUT, "cannot end the runsv of %s: it goes on", service);
	for (size_t i = 0; i < 2; i++)
		if (file_remove_tree(init_text(folders[i], service, path, sizeof(path)), e) != 0)
			return -1;
	return 0;
}

/* A second between two starts, none before a stop is done: runsv itself waits for nothing. */
static int render_finish(const struct job *job, struct buf *out, struct err *e)
{
	return service_dir_finish(job,
				  "read -r stat <supervise/stat\n"
				  "case $stat in\n"
				  "*', want '*) ;;\n"
				  "*) exec sleep 1 ;; # until the next start\n"
				  "esac\n",
				  out, e);
}

static int render_log(const struct job *job, struct buf *out, struct err *e)
{
	return service_dir_log(job, "svlogd -tt", out, e);
}

static const struct init_file files[] = {
	{.path = DIR_OF "/run", .mode = 0755, .render = service_dir_run},
	{.path = DIR_OF "/finish", .mode = 0755, .render = render_finish},
	{.path = DIR_OF "/log/run", .mode = 0755, .render = render_log},
	{.path = DIR_OF "/supervise", .link = SUPERVISE},
	{.path = DIR_OF "/log/supervise", .link = SUPERVISE ".log"},
	{.path = LINK_OF, .link = DIR_OF, .enables = true},
	{0},
};

static const char *const daemons[] = {"tailscaled", NULL};

const struct init_system init_runit = {
	.name = "runit",
	.is_running = runit_is_running,
	.files = files,
	.down = DIR_OF "/down",
	.daemons = daemons,
	.hints = {.logs = "/var/log/%s/current",
		  .start = "`sv start %s`",
		  .stop = "`sv stop %s`",
		  .edit = ""},
	.version = runit_version,
	.query = runit_query,
	.has_variable = runit_has_variable,
	.start = runit_start,
	.restart = runit_restart,
	.stop = runit_stop,
	.forget = runit_forget,
};
