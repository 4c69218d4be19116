/* SPDX-License-Identifier: MIT */
/*
 * wait - see launch.h
 *
 * Order matters in both waits: first the watch (inotify, the bus), then the look (connect, the
 * status), so that what changes in between is an event that is already queued.
 */
#include "base/auto.h"
#include "launch/firstlogin.h"
#include "launch/launch.h"
#include "localapi/bus.h"
#include "localapi/localapi.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

/* A tailscaled whose backend is up answers in milliseconds; later than this it is starting. */
#define QUIET_MS 2000

/* A status that takes longer comes from a daemon that hangs. */
#define STATUS_MS 10000

/* Pauses where no event can come, doubled from the first to the last. */
#define PAUSE_FIRST_MS 100
#define PAUSE_LAST_MS 5000

/* listen(2) follows bind(2) within microseconds, and only bind makes an event: 1+2+...+64 ms. */
#define LISTEN_TRIES 7

/* One bus after another that speaks and hangs up within this is followed after pauses. */
#define LIVED_MS 1000

/* Folders between the root and the socket that may appear while we look. */
#define APPEAR_MAX 16

struct watch {
	struct announcer *a;
	const struct funnel *f;
	struct deadline until;
	struct node *n;
	enum state last; /* STATE_COUNT: none yet */
	char url[512];
	bool heard;            /* the present bus has said something */
	struct deadline lived; /* before it, a bus that ends has ended too soon */
	int pause_ms;
};

static void sleep_ms(int ms, struct deadline until)
{
	int left = deadline_left_ms(until);

	/* Cut short by a signal: the caller looks again, no harm. */
	poll(NULL, 0, left >= 0 && left < ms ? left : ms);
}

static void pause_longer(int *ms, struct deadline until)
{
	*ms = deadline_pause(*ms, PAUSE_FIRST_MS, PAUSE_LAST_MS);
	sleep_ms(*ms, until);
}

static bool is_absent(const struct err *e)
{
	return e->code == ERR_UNAVAILABLE &&
	       (e->sys == ENOENT || e->sys == ENOTDIR || e->sys == ECONNREFUSED);
}

/* Does somebody listen? */
static int knock(const char *path, bool *open, struct err *e)
{
	*open = true;
	for (int i = 0;; i++) {
		AUTO_FD int fd = localapi_connect(path, e);

		/* A full queue is a listener, too. */
		if (fd >= 0 || e->code == ERR_TIMEOUT)
			return 0;
		if (!is_absent(e))
			return -1;
		if (e->sys != ECONNREFUSED || i == LISTEN_TRIES)
			break;
		sleep_ms(1 << i, deadline_never());
	}
	*open = false;
	return 0;
}

/*
 * Watches the folder of @path, or the nearest one above it that exists, and points @name to the
 * entry in it that is waited for. False when no event would tell: no inotify left, a folder
 * that cannot be read, a symbolic link whose target is missing.
 */
static bool watch_nearest(int in, const char *path, char name[static NAME_MAX + 1])
{
	char dir[PATH_MAX];
	struct stat st;

	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return false;
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return false;
	for (int i = 0; i < APPEAR_MAX; i++) {
		char *slash = strrchr(dir, '/');

		if (slash == NULL)
			return false;
		snprintf(name, NAME_MAX + 1, "%s", slash + 1);
		slash[slash == dir ? 1 : 0] = '\0';
		/* IN_ATTRIB: tailscaled opens the socket to all by chmod once it listens
		 * (safesocket/unixsocket.go:45). IN_CLOSE_WRITE: a program that was copied cannot
		 * be run before. */
		if (inotify_add_watch(in, dir,
				      IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_CLOSE_WRITE |
					      IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) >= 0)
			return true;
		if ((errno != ENOENT && errno != ENOTDIR) || slash == dir)
			return false;
	}
	return false;
}

/* As watch_nearest(), sure that the folder below was not made before the watch stood. */
static bool watch_surely(int in, const char *path, char name[static NAME_MAX + 1])
{
	char again[NAME_MAX + 1];

	for (int i = 0; i < APPEAR_MAX; i++) {
		if (!watch_nearest(in, path, name) || !watch_nearest(in, path, again))
			return false;
		if (strcmp(name, again) == 0)
			return true;
	}
	return false;
}

/* Is there an event in @mem on @name, or on the watched folder itself? */
static bool concerns(const char *mem, size_t len, const char *name)
{
	const struct inotify_event *event;

	for (size_t at = 0; at + sizeof(*event) <= len; at += sizeof(*event) + event->len) {
		event = (const void *)(mem + at);
		if (event->len == 0 || strcmp(event->name, name) == 0)
			return true;
	}
	return false;
}

static int wait_event(int in, const char *name, struct deadline until, struct err *e)
{
	_Alignas(struct inotify_event) char mem[4096];
	struct pollfd p = {.fd = in, .events = POLLIN};

	for (;;) {
		int n = poll(&p, 1, deadline_left_ms(until));
		ssize_t len;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, ERR_IO, "cannot wait for tailscaled");
		if (n == 0)
			return 0;
		len = read(in, mem, sizeof(mem));
		if (len > 0 && concerns(mem, (size_t)len, name))
			return 0;
	}
}

int wait_socket(const char *socket, struct deadline until, struct err *e)
{
	const char *path = socket[0] == '\0' ? LOCALAPI_SOCKET : socket;
	char name[NAME_MAX + 1];
	int pause_ms = 0;

	for (;;) {
		AUTO_FD int in = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		bool watched = in >= 0 && watch_surely(in, path, name);
		bool open = false;

		if (knock(path, &open, e) != 0)
			return -1;
		if (open)
			return 0;
		if (deadline_passed(until))
			return err_set(e, ERR_TIMEOUT,
				       "cannot connect to tailscaled at %s: it did "
				       "not start in time",
				       path);
		if (!watched)
			pause_longer(&pause_ms, until);
		else if (wait_event(in, name, until, e) != 0)
			return -1;
	}
}

void wait_file(const char *path, bool (*there)(const char *path), int ms)
{
	AUTO_FD int in = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char name[NAME_MAX + 1];
	struct err ignored;

	if (in < 0 || !watch_surely(in, path, name))
		sleep_ms(ms, deadline_never());
	else if (!there(path))
		wait_event(in, name, deadline_in(ms), &ignored);
}

static void see(struct watch *w, enum state s)
{
	const struct node *n = s == STATE_NO_DAEMON ? NULL : w->n;
	const char *url = n == NULL ? "" : n->auth_url;

	if (s == w->last && strcmp(url, w->url) == 0)
		return;
	w->last = s;
	snprintf(w->url, sizeof(w->url), "%s", url);
	announce_wait(w->a, s, n);
}

/* The preferences stand on the bus, in its first line and whenever they change. */
static int look(const struct watch *w, const struct bus *b, enum state *s, struct err *e)
{
	const struct deadline until = deadline_sooner(w->until, deadline_in(STATUS_MS));

	if (node_get(w->f->socket, until, w->n, e) != 0)
		return -1;
	w->n->shields_up = b->shields_up;
	if (!b->has_prefs && node_get_prefs(w->f->socket, until, w->n, e) != 0)
		return -1;
	*s = state_of(w->n, w->f);
	return 0;
}

/* Looks and says what it is: 0 when the funnel can stand, 1 when it cannot. */
static int assess(struct watch *w, const struct bus *b, struct err *e)
{
	enum state s;

	if (look(w, b, &s, e) != 0)
		return -1;
	if (firstlogin_run(w->a, w->n)) {
		w->last = STATE_COUNT; /* what it announced is not said any more */
		if (look(w, b, &s, e) != 0)
			return -1;
	}
	if (s == STATE_READY)
		return 0;
	see(w, s);
	return 1;
}

/* One bus to its end: 0 when the funnel can stand. */
static int follow(struct watch *w, struct bus *b, struct err *e)
{
	struct notify news;
	int rc = 1;

	while (rc > 0) {
		struct deadline quiet = w->heard ? deadline_never() : deadline_in(QUIET_MS);

		if (bus_next(b, deadline_sooner(w->until, quiet), &news, e) != 0) {
			if (e->code != ERR_TIMEOUT || w->heard || deadline_passed(w->until))
				return -1;
			/* It listens, but its backend is not there yet (B1: requests block). */
			see(w, STATE_STARTING);
			w->heard = true;
			continue;
		}
		w->heard = true;
		if (deadline_passed(w->lived))
			w->pause_ms = 0;
		if (notify_matters(&news))
			rc = assess(w, b, e);
	}
	return rc;
}

/* With a bus that is open already, what it has told before is looked at first. */
static int try_bus(struct watch *w, struct bus *b, struct err *e)
{
	int rc = 1;

	w->heard = b->fd >= 0;
	w->lived = deadline_in(LIVED_MS);
	if (w->heard)
		rc = assess(w, b, e);
	else if (bus_open(b, w->f->socket, e) != 0)
		rc = -1;
	return rc > 0 ? follow(w, b, e) : rc;
}

/* After an error: 0 when another bus is worth a try. */
static int recover(struct watch *w, struct err *e)
{
	if (e->code != ERR_TIMEOUT && e->code != ERR_UNAVAILABLE)
		return -1;
	if (is_absent(e)) {
		see(w, STATE_NO_DAEMON);
		return wait_socket(w->f->socket, w->until, e);
	}
	/* One that hangs up at once never lets a read run out of time. */
	if (deadline_passed(w->until))
		return err_set(e, ERR_TIMEOUT, "cannot bring the funnel up in time: %s",
			       state_row(w->last == STATE_COUNT ? STATE_STARTING : w->last)->text);
	/* It accepts and hangs up, or hangs: nothing tells when that ends. One that spoke for a
	 * while before it hung up was restarted or found us too slow: at once, then. */
	if (!w->heard || e->code == ERR_TIMEOUT || !deadline_passed(w->lived)) {
		see(w, STATE_STARTING);
		pause_longer(&w->pause_ms, w->until);
	}
	return 0;
}

int wait_ready(struct announcer *a, struct deadline until, struct node *n, struct bus *bus,
	       struct err *e)
{
	struct bus own = BUS_CLOSED;
	struct bus *b = bus != NULL ? bus : &own;
	struct watch w = {.a = a, .f = a->f, .until = until, .n = n, .last = STATE_COUNT};

	*n = (struct node){.backend = BACKEND_UNKNOWN};
	for (;;) {
		int rc = try_bus(&w, b, e);

		if (rc != 0 || bus == NULL)
			bus_close(b);
		if (rc == 0)
			return 0;
		if (recover(&w, e) != 0)
			return -1;
	}
}
