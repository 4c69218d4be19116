/* SPDX-License-Identifier: MIT */
/*
 * sysv - SysV init: scripts in /etc/init.d, and links to them in the folders of the runlevels
 *
 * Where insserv keeps /etc/init.d/.depend.start, startpar starts what is noted there and nothing
 * else, whatever links there are. So on a running machine the links are made by its own tool, which
 * may choose other numbers than ours; a machine without such a tool goes by the links.
 */
#include "base/auto.h"
#include "base/file.h"
#include "base/process.h"
#include "init/init.h"
#include "init/sysv_script.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A stop waits for the process to end. */
#define SCRIPT_MS 60000
#define TOOL_MS 60000

#define SCRIPT "/etc/init.d/%s"
#define DEPEND "/etc/init.d/.depend.start"
#define DEPEND_MAX 16384

/* More than any init script says, and the pid of a loop with its children. */
#define WORDS_MAX 512

/* Of the control channel there is one where SysV init runs; finit has one, too. */
static bool sysv_is_running(void)
{
	char exe[PATH_MAX], comm[64];
	struct err ignored;
	ssize_t len = readlink("/proc/1/exe", exe, sizeof(exe) - 1);
	struct stat st;

	exe[len > 0 ? len : 0] = '\0';
	if ((stat("/run/initctl", &st) != 0 && stat("/dev/initctl", &st) != 0) ||
	    !S_ISFIFO(st.st_mode) || file_exists("/run/finit") ||
	    file_read("/proc/1/comm", comm, sizeof(comm), NULL, &ignored) != 0)
		return false;
	/* Only root may see the second. */
	return strcmp(comm, "init\n") == 0 && (exe[0] == '\0' || strstr(exe, "/init") != NULL);
}

static int run(const char *const argv[], int ms, struct process_result *r, struct err *e)
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

/* Of SysV init none matters, but what its scripts use must be there; BusyBox's fails and tells. */
static int sysv_version(struct err *e)
{
	static const char *const argv[] = {"start-stop-daemon", "--help", NULL};
	struct process_result r;

	return run(argv, TOOL_MS, &r, e) == 0 ? 1 : -1;
}

/* By service(8), which gives the script none of our variables, where there is one. */
static int tell(const char *verb, const char *service, struct err *e)
{
	char script[INIT_PATH_MAX];
	const char *const clean[] = {"service", service, verb, NULL};
	const char *const plain[] = {init_text(SCRIPT, service, script, sizeof(script)), verb,
				     NULL};
	struct process_result r;
	int rc = process_run(clean, deadline_in(SCRIPT_MS), &r, e);

	if (rc != 0 && e->code == ERR_NOTFOUND)
		rc = run(plain, SCRIPT_MS, &r, e);
	if (rc != 0 || r.status == 0)
		return rc;
	err_set(e, ERR_FAILED, "cannot %s %s: %s", verb, service, process_first_line(&r));
	return err_cure(e, "see `%s status` and /var/log/%s.log", script, service);
}

/* Calls @each for what is called [SK]NNservice in a runlevel's folder. */
static void each_link(const char *service, void (*each)(const char *path, bool starts, void *arg),
		      void *arg)
{
	for (const char *level = "0123456"; *level != '\0'; level++) {
		char path[INIT_PATH_MAX + NAME_MAX];
		AUTO_DIR DIR *dir = NULL;
		const struct dirent *d;

		snprintf(path, sizeof(path), "/etc/rc%c.d", *level);
		dir = opendir(path);
		while (dir != NULL && (d = readdir(dir)) != NULL) {
			const char *name = d->d_name;

			if ((name[0] != 'S' && name[0] != 'K') || strlen(name) < 4 ||
			    strspn(name + 1, "0123456789") < 2 || strcmp(name + 3, service) != 0)
				continue;
			snprintf(path, sizeof(path), "/etc/rc%c.d/%s", *level, name);
			each(path, name[0] == 'S', arg);
		}
	}
}

struct links {
	bool any, starts;
};

static void note(const char *path, bool starts, void *arg)
{
	struct links *l = arg;

	(void)path;
	l->any = true;
	l->starts |= starts;
}

static struct links find_links(const char *service)
{
	struct links l = {0};

	each_link(service, note, &l);
	return l;
}

/* In any runlevel, and where startpar will find it. */
static bool starts_at_boot(const char *service)
{
	static char depend[DEPEND_MAX];
	struct err ignored;

	if (!find_links(service).starts)
		return false;
	return file_read(DEPEND, depend, sizeof(depend), NULL, &ignored) != 0 ||
	       sysv_script_is_noted(depend, service);
}

/* The first number, or the one that is no sleep(1) of the loop. */
static pid_t first_child(long loop)
{
	char path[64], text[WORDS_MAX], comm[64];
	struct err ignored;
	char *end = text;

	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", loop, loop);
	if (file_read(path, text, sizeof(text), NULL, &ignored) != 0)
		return 0;
	for (;;) {
		const char *at = end;
		long pid = strtol(at, &end, 10);

		if (end == at)
			return 0;
		snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
		if (file_read(path, comm, sizeof(comm), NULL, &ignored) == 0 &&
		    strcmp(comm, "sleep\n") != 0)
			return (pid_t)pid;
	}
}

/* The pid file of a script of ours is written anew with each start of its process. */
static void look_closer(const char *service, struct service_state *s)
{
	char path[INIT_PATH_MAX], text[64];
	struct err ignored;
	struct stat st;

	init_text("/run/%s.pid", service, path, sizeof(path));
	if (!s->active || stat(path, &st) != 0 ||
	    file_read(path, text, sizeof(text), NULL, &ignored) != 0)
		return;
	s->since = st.st_mtime;
	if (!s->orphaned)
		s->pid = first_child(strtol(text, NULL, 10));
}

static int sysv_query(const char *service, struct service_state *s, struct err *e)
{
	const char *const argv[] = {s->fragment, "status", NULL};
	struct process_result r;

	memset(s, 0, sizeof(*s));
	init_text(SCRIPT, service, s->fragment, sizeof(s->fragment));
	if (!file_exists(s->fragment)) {
		s->fragment[0] = '\0';
		return 0;
	}
	if (run(argv, SCRIPT_MS, &r, e) != 0)
		return -1;
	s->exists = true;
	sysv_script_state(r.status, s);
	s->enabled = starts_at_boot(service);
	look_closer(service, s);
	return 0;
}

static int sysv_has_variable(const char *service, const char *key, bool *has, struct err *e)
{
	char path[INIT_PATH_MAX];

	(void)e;
	*has = init_first_has_variable(key) ||
	       init_sets_variable(init_text("/etc/default/%s", service, path, sizeof(path)), key) ||
	       init_sets_variable(init_text(SCRIPT, service, path, sizeof(path)), key);
	return 0;
}

/*
 * Those that know where else a link is noted; the first one that is there. A "" is the service.
 * What is disabled and not removed keeps its links for stopping, so that a package that comes again
 * does not enable it.
 */
static const struct tool {
	const char *add[4], *again[4], *disable[4], *remove[4];
} tools[] = {
	{.add = {"update-rc.d", "", "defaults"},
	 .again = {"update-rc.d", "", "enable"},
	 .disable = {"update-rc.d", "", "disable"},
	 .remove = {"update-rc.d", "", "remove"}},
	{.add = {"insserv", ""},
	 .again = {"insserv", "-d", ""},
	 .disable = {"insserv", "-r", ""},
	 .remove = {"insserv", "-r", ""}},
};

static int use(const char *const words[4], const char *service, struct err *e)
{
	const char *argv[4] = {0};
	struct process_result r;

	for (size_t i = 0; i < 4 && words[i] != NULL; i++)
		argv[i] = words[i][0] != '\0' ? words[i] : service;
	if (run(argv, TOOL_MS, &r, e) != 0)
		return -1;
	return r.status == 0 ? 0
			     : err_set(e, ERR_FAILED, "cannot have %s started at boot, or not: %s",
				       service, process_first_line(&r));
}

static const struct tool *find_tool(void)
{
	static const char *const places[] = {"/usr/sbin/%s", "/sbin/%s"};
	char path[INIT_PATH_MAX];

	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++)
			if (access(init_text(places[p], tools[i].add[0], path, sizeof(path)),
				   X_OK) == 0)
				return &tools[i];
	return NULL;
}

static int make_links(const char *service, struct err *e)
{
	struct init_system plain = init_sysv;

	plain.enable = NULL;
	return init_enable(&plain, service, e);
}

static int sysv_enable(const char *service, struct err *e)
{
	const struct tool *tool = find_tool();

	if (tool == NULL)
		return make_links(service, e);
	if (use(tool->add, service, e) != 0)
		return -1;
	return starts_at_boot(service) ? 0 : use(tool->again, service, e);
}

struct removal {
	bool all; /* those for stopping, too */
	int rc;
	struct err *e;
};

static void remove_link(const char *path, bool starts, void *arg)
{
	struct removal *r = arg;

	if ((starts || r->all) && r->rc == 0)
		r->rc = file_remove(path, r->e);
}

static bool is_ours(const char *service)
{
	static char text[INIT_UNIT_MAX];
	char path[INIT_PATH_MAX];
	struct err ignored;

	return file_read(init_text(SCRIPT, service, path, sizeof(path)), text, sizeof(text), NULL,
			 &ignored) == 0 &&
	       strstr(text, INIT_MARKER) != NULL;
}

static int sysv_disable(const char *service, struct err *e)
{
	const struct tool *tool = find_tool();
	struct removal r = {.all = is_ours(service), .e = e};

	if (tool != NULL)
		return use(r.all ? tool->remove : tool->disable, service, e);
	each_link(service, remove_link, &r);
	return r.rc;
}

/* A person may have left links for stopping. */
static int sysv_forget(const char *service, struct err *e)
{
	const struct tool *tool = find_tool();
	struct removal r = {.all = true, .e = e};
	char path[INIT_PATH_MAX];
	struct err ignored;

	if (find_links(service).any && tool != NULL)
		use(tool->remove, service, &ignored);
	each_link(service, remove_link, &r);
	return r.rc != 0 ? -1
			 : file_remove(init_text("/run/%s.pid", service, path, sizeof(path)), e);
}

static int sysv_start(const char *service, struct err *e)
{
	return tell("start", service, e);
}

static int sysv_restart(const char *service, struct err *e)
{
	return tell("restart", service, e);
}

static int sysv_stop(const char *service, struct err *e)
{
	return tell("stop", service, e);
}

/* After most of what a machine starts, and before it stops: only for one without a tool. */
#define START(level)                                                                               \
	{                                                                                          \
		.path = "/etc/rc" level ".d/S90%s", .link = "../init.d/%s", .enables = true        \
	}
#define STOP(level)                                                                                \
	{                                                                                          \
		.path = "/etc/rc" level ".d/K10%s", .link = "../init.d/%s", .enables = true        \
	}

static const struct init_file files[] = {
	{.path = SCRIPT, .mode = 0755, .render = sysv_script_render},
	START("2"),
	START("3"),
	START("4"),
	START("5"),
	STOP("0"),
	STOP("1"),
	STOP("6"),
	{0},
};

static const char *const daemons[] = {"tailscaled", "tailscale", NULL};

const struct init_system init_sysv = {
	.name = "sysv",
	.is_running = sysv_is_running,
	.files = files,
	.daemons = daemons,
	.hints = {.logs = "/var/log/%s.log",
		  .start = "`/etc/init.d/%s start`",
		  .stop = "`/etc/init.d/%s stop`",
		  .edit = ""},
	.version = sysv_version,
	.query = sysv_query,
	.has_variable = sysv_has_variable,
	.enable = sysv_enable,
	.disable = sysv_disable,
	.start = sysv_start,
	.restart = sysv_restart,
	.stop = sysv_stop,
	.forget = sysv_forget,
};
