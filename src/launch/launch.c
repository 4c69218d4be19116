/* SPDX-License-Identifier: MIT */
/* launch - the verb `run`, see launch.h */
#include "launch/launch.h"

#include "base/buf.h"
#include "base/log.h"
#include "localapi/feature.h"
#include "localapi/serveconfig.h"
#include "store/rundir.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Questions to a tailscaled that has just answered others. */
#define ASK_MS 10000

/*
 * Pauses where no event can come: tailscaled tells nobody when its serve configuration changes,
 * and a CLI may appear anywhere in PATH.
 */
#define PAUSE_FIRST_MS 50
#define PAUSE_LAST_MS 5000

/* How long the session of a CLI that was killed may outlive it: tailscaled ends it when it sees
 * the connection closed (ipnlocal/local.go:3884). */
#define LINGER_MS 3000

struct launch {
	const struct funnel *f;
	struct run_status status;
	struct deadline linger; /* a foreground session on our port is not yet somebody else's */
	int pause_ms;
	bool write_failed; /* said once */
};

static void write_status(struct launch *l)
{
	struct err e;

	if (rundir_write(l->f->service, &l->status, &e) == 0 || l->write_failed)
		return;
	l->write_failed = true;
	log_err(&e);
}

/* Enters a state: one status.json and one line, unless all of it is said already. */
static void publish(struct launch *l, enum state s, const char *text, const char *url)
{
	const struct state_row *row = state_row(s);
	struct run_status *st = &l->status;

	if (strcmp(st->state, row->name) == 0 && strcmp(st->text, text) == 0 &&
	    strcmp(st->url, url) == 0)
		return;
	if (strcmp(st->state, row->name) != 0)
		st->since = (int64_t)time(NULL);
	snprintf(st->state, sizeof(st->state), "%s", row->name);
	snprintf(st->text, sizeof(st->text), "%s", text);
	snprintf(st->url, sizeof(st->url), "%s", url);
	write_status(l);
	if (s == STATE_READY)
		log_info("%s: %s", text, url);
	else
		log_line(row->person ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "waiting: %s%s%s", text,
			 url[0] == '\0' ? "" : "; visit ", url);
}

/* Where a person enables Funnel: only control knows (tailscale-facts B5). */
static void enter_disabled(struct launch *l, enum state s)
{
	char mem[sizeof(l->status.text)];
	struct buf text = BUF_OF(mem);
	struct feature answer;
	struct err e;

	buf_add(&text, state_row(s)->text);
	if (feature_query(l->f->socket, deadline_in(ASK_MS), &answer, &e) != 0)
		snprintf(l->status.error, sizeof(l->status.error), "%s", e.msg);
	else if (answer.text[0] != '\0')
		buf_printf(&text, " (%s)", answer.text);
	publish(l, s, mem, answer.url);
}

static void enter(enum state s, const struct node *n, void *arg)
{
	struct launch *l = arg;
	char mem[sizeof(l->status.text)];
	struct buf text = BUF_OF(mem);

	if (s == STATE_NO_HTTPS || s == STATE_NO_FUNNEL) {
		enter_disabled(l, s);
		return;
	}
	buf_add(&text, state_row(s)->text);
	if (s == STATE_PORT_DENIED)
		buf_printf(&text, ": %u is wanted, and 443 by the tailscale CLI; permitted: %s",
			   l->f->port, n->funnel_ports[0] == '\0' ? "none" : n->funnel_ports);
	publish(l, s, mem, n == NULL ? "" : n->auth_url);
}

/* No event will tell: look again later, each time after a longer pause. */
static void pause_longer(struct launch *l)
{
	l->pause_ms = l->pause_ms == 0 ? PAUSE_FIRST_MS : l->pause_ms * 2;
	if (l->pause_ms > PAUSE_LAST_MS)
		l->pause_ms = PAUSE_LAST_MS;
	poll(NULL, 0, l->pause_ms);
}

/* Says who holds the port. A foreground session may be our own last one: it gets a moment. */
static void port_taken(struct launch *l, const struct serve_entry *x)
{
	char mem[sizeof(l->status.text)];
	struct buf text = BUF_OF(mem);

	if (x->session[0] != '\0' && !deadline_passed(l->linger))
		return;
	buf_printf(&text, "port %u is held by ", x->port);
	if (x->session[0] != '\0')
		buf_printf(&text, "another foreground `tailscale funnel` or `serve` (%.200s)",
			   x->target);
	else
		buf_printf(&text,
			   "a background configuration (%.200s); `tailscale funnel --https=%u "
			   "off` removes it",
			   x->target, x->port);
	publish(l, STATE_PORT_TAKEN, mem, "");
}

/* tailscaled refuses a second listener on a port, of either kind (ipnlocal/serve.go:1738). */
static int look_at_port(struct launch *l, bool *is_free, struct err *e)
{
	static struct serveconfig sc; /* 50 KiB: too much for a stack */
	const struct serve_entry *x;

	*is_free = false;
	if (serveconfig_get(l->f->socket, deadline_in(ASK_MS), &sc, e) != 0)
		return -1;
	x = serveconfig_on_port(&sc, l->f->port);
	if (x == NULL)
		*is_free = true;
	else
		port_taken(l, x);
	return 0;
}

/* Waits until the CLI can do its work; @path is where it is. */
static int prepare(struct launch *l, struct node *n, char *path, size_t cap, struct err *e)
{
	for (;;) {
		bool is_free = false;

		if (wait_ready(l->f, deadline_never(), n, enter, l, e) != 0)
			return -1;
		if (cli_find(path, cap, e) != 0)
			publish(l, STATE_NO_CLI, e->msg, "");
		else if (look_at_port(l, &is_free, e) != 0 && e->code != ERR_UNAVAILABLE &&
			 e->code != ERR_TIMEOUT)
			return -1;
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

static int become_cli(struct launch *l, const struct node *n, const char *path, int lock,
		      struct err *e)
{
	struct funnel_argv av;
	char mem[sizeof(l->status.url)];
	struct buf url = BUF_OF(mem);

	if (funnel_cli_argv(l->f, name_of(path), &av, e) != 0)
		return -1;
	funnel_url(l->f, n->dns_name, &url);
	publish(l, STATE_READY, state_row(STATE_READY)->text, mem);
	return exec_cli(path, av.argv, lock, e);
}

int launch_run(const struct funnel *f, struct err *e)
{
	struct launch l = {.f = f, .linger = deadline_in(LINGER_MS)};
	struct run_status before;
	char path[PATH_MAX];
	struct err ignored;
	struct node n;
	int lock;

	rundir_use_given();
	lock = rundir_lock(f->service, e);
	if (lock < 0)
		return -1;
	/* The last error outlives us: `status` shows it however often we were restarted. */
	if (rundir_read(f->service, &before, &ignored) == 0)
		memcpy(l.status.error, before.error, sizeof(before.error));
	l.status.pid = getpid();
	l.status.port = f->port;
	memcpy(l.status.target, f->target.text, sizeof(l.status.target));
	if (prepare(&l, &n, path, sizeof(path), e) != 0 || become_cli(&l, &n, path, lock, e) != 0) {
		snprintf(l.status.error, sizeof(l.status.error), "%s", e->msg);
		write_status(&l);
	}
	return -1;
}
