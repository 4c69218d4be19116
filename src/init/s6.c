/* SPDX-License-Identifier: MIT */
/*
 * s6 - s6-svscan as PID 1, and nothing of s6-rc
 *
 * What starts at boot is a folder in /etc/services.d, which the first steps of PID 1 copy to
 * /run/service, where s6-svscan looks. So each order makes the copy what the folder is first, and
 * makes the copy of a new one; nothing is written to /etc by s6-supervise. An empty file "down"
 * keeps a service from starting at boot. s6-svscan starts a killed s6-supervise again at once.
 */
#include "base/file.h"
#include "init/init.h"
#include "init/s6_status.h"
#include "init/service_dir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEPT "/etc/services.d"
#define LIVE "/run/service"

#define SCAN_MS 10000

/* s6-svc's own word for a time that is over (s6-svlisten1). */
#define TIMED_OUT 99

static bool s6_is_running(void)
{
	return service_dir_first_is("s6-svscan") && file_exists(LIVE "/.s6-svscan");
}

/* Only that it is there counts. */
static int s6_version(struct err *e)
{
	static const char *const argv[] = {"s6-svc", NULL};
	struct process_result r;

	return service_dir_ask(argv, &r, e) != 0 ? -1 : 1;
}

static int s6_query(const char *service, struct service_state *s, struct err *e)
{
	char live[INIT_PATH_MAX], fifo[INIT_PATH_MAX];
	const char *const argv[] = {"s6-svstat", "-o", S6_STATUS_FIELDS, live, NULL};
	struct process_result r;

	memset(s, 0, sizeof(*s));
	init_text(KEPT "/%s/run", service, s->fragment, sizeof(s->fragment));
	if (!file_exists(s->fragment)) {
		s->fragment[0] = '\0';
		return 0;
	}
	s->exists = true;
	s->enabled = init_is_linked(&init_s6, service);
	if (!file_exists(init_text(LIVE "/%s", service, live, sizeof(live))))
		return 0;
	if (service_dir_ask(argv, &r, e) != 0)
		return -1;
	if (s6_status_read(r.out, time(NULL), s))
		return 0;
	/* Without permission it may as well be up. */
	init_text(LIVE "/%s/supervise/control", service, fifo, sizeof(fifo));
	s->active = s->starting = true;
	s->orphaned = geteuid() == 0 && !service_dir_is_read(fifo);
	return 0;
}

static int s6_has_variable(const char *service, const char *key, bool *has, struct err *e)
{
	char dir[INIT_PATH_MAX];

	(void)e;
	*has = service_dir_has_variable(init_text(KEPT "/%s", service, dir, sizeof(dir)), key);
	return 0;
}

static int run(const char *const argv[], const char *verb, const char *service, struct err *e)
{
	struct process_result r;

	if (service_dir_ask(argv, &r, e) != 0)
		return -1;
	return service_dir_judge(&r, verb, service, e);
}

static int scan(const char *flags, const char *verb, const char *service, struct err *e)
{
	const char *const argv[] = {"s6-svscanctl", flags, LIVE, NULL};

	return run(argv, verb, service, e);
}

/* s6-svscan does not look at what begins with a dot. */
static int copy_all(const char *service, struct err *e)
{
	char from[INIT_PATH_MAX], new[INIT_PATH_MAX], to[INIT_PATH_MAX];
	const char *const argv[] = {"cp", "-a", from, new, NULL};

	init_text(KEPT "/%s", service, from, sizeof(from));
	init_text(LIVE "/.%s.new", service, new, sizeof(new));
	init_text(LIVE "/%s", service, to, sizeof(to));
	if (file_remove_tree(new, e) != 0 || run(argv, "start", service, e) != 0)
		return -1;
	if (rename(new, to) != 0)
		return err_sys(e, ERR_CREATE, "cannot make %s", to);
	return 0;
}

static int copy_file(const char *from, const char *to, mode_t mode, struct err *e)
{
	static char want[INIT_UNIT_MAX], now[INIT_UNIT_MAX];
	struct err ignored;
	size_t len, have;

	if (!file_exists(from))
		return 0;
	if (file_read(from, want, sizeof(want), &len, e) != 0)
		return -1;
	if (file_read(to, now, sizeof(now), &have, &ignored) == 0 && have == len &&
	    memcmp(now, want, len) == 0)
		return 0;
	return file_make_parent(to, 0755, e) != 0 ? -1 : file_replace_quick(to, want, len, mode, e);
}

/* What s6-supervise starts is what the folder in /etc says. */
static int bring_up_to_date(const char *service, struct err *e)
{
	char from[INIT_PATH_MAX], to[INIT_PATH_MAX];

	if (!file_exists(init_text(LIVE "/%s", service, to, sizeof(to))))
		return copy_all(service, e);
	for (const struct init_file *f = init_s6.files; f->path != NULL; f++) {
		if (init_path(f, service, from, e) != 0)
			return -1;
		snprintf(to, sizeof(to), LIVE "%s", from + sizeof(KEPT) - 1);
		if (copy_file(from, to, f->mode, e) != 0)
			return -1;
	}
	return file_exists(init_text(KEPT "/%s/down", service, from, sizeof(from)))
		       ? 0
		       : file_remove(init_text(LIVE "/%s/down", service, to, sizeof(to)), e);
}

static bool wait_supervised(const char *service)
{
	char path[INIT_PATH_MAX];

	init_text(LIVE "/%s/supervise/control", service, path, sizeof(path));
	return service_dir_wait_read(path, true, SCAN_MS);
}

static int s6_start(const char *service, struct err *e)
{
	char live[INIT_PATH_MAX];
	const char *const up[] = {"s6-svc", "-wu", "-T", "20000", "-u", live, NULL};

	init_text(LIVE "/%s", service, live, sizeof(live));
	if (bring_up_to_date(service, e) != 0 || scan("-a", "start", service, e) != 0)
		return -1;
	if (wait_supervised(service))
		return run(up, "start", service, e);
	return err_set(e, ERR_UNAVAILABLE, "cannot start %s: no s6-supervise watches over it",
		       service);
}

/* What does not end within the 20 s is killed. */
static int s6_stop(const char *service, struct err *e)
{
	char live[INIT_PATH_MAX];
	const char *const down[] = {"s6-svc", "-wD", "-T", "20000", "-d", live, NULL};
	const char *const end[] = {"s6-svc", "-wD", "-T", "20000", "-dk", live, NULL};
	struct process_result r;

	init_text(LIVE "/%s", service, live, sizeof(live));
	if (!file_exists(live) || !wait_supervised(service))
		return 0;
	if (service_dir_ask(down, &r, e) != 0)
		return -1;
	return r.status == TIMED_OUT ? run(end, "stop", service, e)
				     : service_dir_judge(&r, "stop", service, e);
}

static int s6_restart(const char *service, struct err *e)
{
	return s6_stop(service, e) != 0 ? -1 : s6_start(service, e);
}

/* s6-svscan is told to end those whose folder has another name now. */
static int s6_forget(const char *service, struct err *e)
{
	static const char *const fifos[] = {LIVE "/.%s/supervise/control",
					    LIVE "/.%s/log/supervise/control"};
	char live[INIT_PATH_MAX], gone[INIT_PATH_MAX], path[INIT_PATH_MAX];

	init_text(LIVE "/%s", service, live, sizeof(live));
	init_text(LIVE "/.%s", service, gone, sizeof(gone));
	if (file_remove_tree(gone, e) != 0)
		return -1;
	if (rename(live, gone) != 0)
		return errno == ENOENT ? 0 : err_sys(e, ERR_CREATE, "cannot remove %s", live);
	if (scan("-an", "remove", service, e) != 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		init_text(fifos[i], service, path, sizeof(path));
		if (!service_dir_wait_read(path, false, SCAN_MS))
			return err_set(e, ERR_TIMEOUT,
				       "cannot end the s6-supervise of %s: it goes on", service);
	}
	return file_remove_tree(gone, e);
}

/* s6-supervise itself waits a second between two starts. */
static int render_finish(const struct job *job, struct buf *out, struct err *e)
{
	return service_dir_finish(job, "[ \"$(s6-svstat -o wantedup .)\" != true ] || exit 0\n",
				  out, e);
}

static int render_log(const struct job *job, struct buf *out, struct err *e)
{
	return service_dir_log(job, "s6-log -b n5 s1000000 T", out, e);
}

static const struct init_file files[] = {
	{.path = KEPT "/%s/run", .mode = 0755, .render = service_dir_run},
	{.path = KEPT "/%s/finish", .mode = 0755, .render = render_finish},
	{.path = KEPT "/%s/log/run", .mode = 0755, .render = render_log},
	{0},
};

static const char *const daemons[] = {"tailscaled", NULL};

const struct init_system init_s6 = {
	.name = "s6",
	.is_running = s6_is_running,
	.files = files,
	.down = KEPT "/%s/down",
	.daemons = daemons,
	.hints = {.logs = "/var/log/%s/current",
		  .start = "`s6-svc -u " LIVE "/%s`",
		  .stop = "`s6-svc -d " LIVE "/%s`",
		  .edit = ""},
	.version = s6_version,
	.query = s6_query,
	.has_variable = s6_has_variable,
	.start = s6_start,
	.restart = s6_restart,
	.stop = s6_stop,
	.forget = s6_forget,
};
