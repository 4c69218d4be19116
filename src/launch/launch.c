/* SPDX-License-Identifier: MIT */
/* launch - the verb `run`, see launch.h */
#include "launch/launch.h"

#include "base/log.h"
#include "base/notify.h"
#include "launch/announce.h"
#include "launch/guard.h"
#include "launch/native.h"
#include "launch/orphan.h"
#include "launch/port.h"
#include "store/rundir.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* Questions to a tailscaled that has just answered others. */
#define ASK_MS 10000

/* For a CLI, which may appear anywhere in PATH. */
#define PAUSE_CLI_MS 5000

/* Pauses after CLIs that ended without serving: the first one may have met an entry of a
 * session that was just ending. */
#define FAILED_FREE 2
#define FAILED_FIRST_MS 500
#define FAILED_LAST_MS 60000

struct launch {
	const struct funnel *f;
	struct announcer a;
	struct port port;
	int pause_ms;
};

/* Look again when something has changed or, for it may not be told, later, each time after a longer
 * pause. */
static void pause_longer(struct launch *l)
{
	struct pollfd p = {.fd = l->port.changes, .events = POLLIN};

	if (poll(&p, 1, port_longer(&l->pause_ms)) > 0)
		port_heard(&l->port);
}

static bool never(const char *path)
{
	(void)path;
	return false;
}

/*
 * A CLI that is not there, or is there and cannot be run (@e says which): the next change of its
 * file is an event. One that comes elsewhere in PATH is found after a pause.
 */
static void wait_for_cli(struct launch *l, const struct err *e)
{
	announce(&l->a, STATE_NO_CLI, e->msg, "");
	wait_file(cli_wanted(), e->code == ERR_UNAVAILABLE ? cli_is_program : never, PAUSE_CLI_MS);
}

/* Waits until the CLI can do its work; @path is where it is. */
static int prepare(struct launch *l, struct node *n, char *path, size_t cap, struct err *e)
{
	for (;;) {
		bool is_free = false;

		if (wait_ready(&l->a, deadline_never(), n, NULL, e) != 0)
			return -1;
		if (cli_find(path, cap, e) != 0) {
			wait_for_cli(l, e);
			continue;
		}
		if (port_look(&l->port, &is_free, e) != 0) {
			if (e->code != ERR_UNAVAILABLE && e->code != ERR_TIMEOUT)
				return -1;
			announce_wait(&l->a, STATE_STARTING, n);
		}
		if (is_free)
			return 0;
		pause_longer(l);
	}
}

/* The CLI is called by its path if that ends in "tailscale": a combined binary must see it. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && strcmp(slash, "/tailscale") == 0 ? path : "tailscale";
}

/* CLIs that ended at once are not started again at once: their reason stays for a while. */
static void pause_after_failures(struct launch *l)
{
	unsigned failures = l->a.status.failures;
	int ms = FAILED_FIRST_MS;

	if (failures <= FAILED_FREE)
		return;
	for (unsigned i = FAILED_FREE + 1; i < failures && ms < FAILED_LAST_MS; i++)
		ms *= 2;
	announce(&l->a, STATE_FAILED, state_row(STATE_FAILED)->text, "");
	poll(NULL, 0, ms < FAILED_LAST_MS ? ms : FAILED_LAST_MS);
}

/* Returns only when the CLI cannot be started. */
static int become_cli(struct launch *l, const char *path, int lock, struct err *e)
{
	struct guard_tie tie = {.fd = -1};
	struct funnel_argv av;
	struct err unguarded;

	if (funnel_cli_argv(l->f, name_of(path), &av, e) != 0)
		return -1;
	announce(&l->a, STATE_READY, state_row(STATE_READY)->text, "");
	/* Better without a guard than no funnel. */
	if (guard_start(l->f, &l->a, &tie, &unguarded) != 0) {
		log_err(&unguarded);
		announce_ready(&l->a);
	}
	exec_cli(path, av.argv, lock, tie.fd, e);
	if (tie.fd >= 0)
		guard_stop(&tie);
	return -1;
}

/* A CLI that is there and cannot be run is waited for like one that is not there. */
static int serve(struct launch *l, int lock, struct err *e)
{
	char path[PATH_MAX];
	struct node n;

	for (;;) {
		if (prepare(l, &n, path, sizeof(path), e) != 0)
			return -1;
		become_cli(l, path, lock, e);
		if (e->code != ERR_NOEXEC && e->code != ERR_NOTFOUND)
			return -1;
		wait_for_cli(l, e);
	}
}

/* One look: what would be waited for, as an error; what no waiting cures is one by itself. */
static int look_once(const struct funnel *f, struct err *e)
{
	struct node n = {0};
	enum state s = STATE_NO_DAEMON;

	if (node_get(f->socket, deadline_in(ASK_MS), &n, e) == 0 &&
	    node_get_prefs(f->socket, deadline_in(ASK_MS), &n, e) == 0)
		s = state_of(&n, f);
	else if (e->code == ERR_TIMEOUT)
		s = STATE_STARTING;
	else if (e->code != ERR_UNAVAILABLE)
		return err_wrap(e, "cannot serve the funnel now");
	if (s == STATE_READY)
		return 0;
	err_set(e, state_row(s)->code, "cannot serve the funnel now: %s", state_row(s)->text);
	return err_cure(e, "without --no-wait this waits for it: %s", state_row(s)->ends);
}

/* The lock, from the copy that a killed supervisor left behind, too. */
static int take_lock(const struct funnel *f, struct err *e)
{
	int lock = rundir_lock(f->service, e);
	struct err other;

	if (lock >= 0 || e->code != ERR_TIMEOUT || !orphan_is_successor(f->service))
		return lock;
	if (orphan_end(f->service, &other) != 0) {
		log_err(&other);
		return -1;
	}
	return rundir_lock(f->service, e);
}

int launch_run(const struct funnel *f, bool no_wait, struct err *e)
{
	static struct launch l;
	int lock;

	rundir_use_given(f->service);
	notify_take();
	lock = take_lock(f, e);
	if (lock < 0 || (no_wait && look_once(f, e) != 0))
		return -1;
	l.f = f;
	announcer_init(&l.a, f);
	port_init(&l.port, &l.a);
	if (f->native) {
		native_serve(&l.a, &l.port, e);
	} else {
		pause_after_failures(&l);
		serve(&l, lock, e);
	}
	snprintf(l.a.status.error, sizeof(l.a.status.error), "%s", e->msg);
	announce_write(&l.a);
	return -1;
}
