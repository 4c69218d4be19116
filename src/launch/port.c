/* SPDX-License-Identifier: MIT */
/* port - see port.h */
#include "launch/port.h"

#include "base/auto.h"
#include "base/buf.h"
#include "base/log.h"
#include "init/init.h"
#include "localapi/serveedit.h"

#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Of a tailscaled as its package starts it. */
#define STATE_FOLDER "/var/lib/tailscale"

/* Questions to a tailscaled that has just answered others. */
#define ASK_MS 10000

#define PAUSE_FIRST_MS 50
#define PAUSE_LAST_MS 5000

/* How long the session of a process that was killed may outlive it: tailscaled ends it when it
 * sees the connection closed (ipnlocal/local.go:3884). */
#define LINGER_MS 3000

/* Owners of a port that are removed one after another without a pause. */
#define OWNERS_MAX 8

void port_init(struct port *p, struct announcer *a)
{
	*p = (struct port){.a = a, .linger = deadline_in(LINGER_MS), .changes = -1};
}

/* Each file of a store is written beside its place and moved there. */
static void watch_changes(struct port *p)
{
	if (p->changes >= 0)
		return;
	p->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (p->changes >= 0 && inotify_add_watch(p->changes, STATE_FOLDER, IN_MOVED_TO) < 0)
		port_forget(p);
}

void port_forget(struct port *p)
{
	if (p->changes >= 0)
		close(p->changes);
	p->changes = -1;
}

void port_heard(struct port *p)
{
	_Alignas(struct inotify_event) char mem[1024];
	ssize_t n;

	do
		n = read(p->changes, mem, sizeof(mem));
	while (n > 0);
}

int port_longer(int *ms)
{
	*ms = deadline_pause(*ms, PAUSE_FIRST_MS, PAUSE_LAST_MS);
	return *ms;
}

/* Does the service, one of ours, serve on the port now? */
static bool serves_on(const char *service, unsigned port)
{
	struct run_status s;
	struct err ignored;

	return rundir_holder(service) != 0 && rundir_read(service, &s, &ignored) == 0 &&
	       s.port == port && !state_waits(state_named(s.state));
}

/* Another service of ours that has the port: its name, false when there is none. */
static bool find_ours(const struct funnel *f, char name[static FUNNEL_SERVICE_MAX])
{
	AUTO_DIR DIR *dir = opendir(RUNDIR_BASE);
	const struct dirent *d;

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		size_t len = strlen(d->d_name);

		if (strncmp(d->d_name, FUNNEL_SERVICE, strlen(FUNNEL_SERVICE)) != 0 ||
		    len >= FUNNEL_SERVICE_MAX || strcmp(d->d_name, f->service) == 0 ||
		    !serves_on(d->d_name, f->port))
			continue;
		memcpy(name, d->d_name, len + 1);
		return true;
	}
	return false;
}

static bool lingers(struct port *p, const struct serve_entry *x)
{
	if (x->session[0] == '\0')
		return false;
	if (strcmp(x->session, p->a->status.session) != 0)
		return !deadline_passed(p->linger);
	/* From when it is met: without the CLI it may be met days after the start. */
	if (p->own.at_ms == 0)
		p->own = deadline_in(LINGER_MS);
	return !deadline_passed(p->own);
}

/* Only whoever was met goes: another one that has come meanwhile may be ours. */
struct removal {
	const struct serve_entry *met;
	bool same, done;
};

static enum serveedit clear(cJSON *doc, void *arg)
{
	struct removal *r = arg;
	struct serve_entry now;

	r->same = serveconfig_find(doc, r->met->port, NULL, &now) &&
		  strcmp(now.session, r->met->session) == 0 &&
		  strcmp(now.host, r->met->host) == 0 && strcmp(now.mount, r->met->mount) == 0 &&
		  strcmp(now.target, r->met->target) == 0;
	r->done = r->same && serveedit_clear(doc, now.port, now.session);
	return r->done ? SERVEEDIT_POST : SERVEEDIT_LEAVE;
}

/* False: it could not be removed, also because its name is none. Whoever is gone, or somebody else,
 * need not be. */
static bool take_over(const struct port *p, const struct serve_entry *x)
{
	struct removal r = {.met = x};
	struct err e;

	if (serveedit_change(p->a->f->socket, deadline_in(ASK_MS), clear, &r, &e) != 0) {
		log_err(&e);
		return false;
	}
	if (!r.done)
		return !r.same;
	log_notice("removed from port %u, as --take-over says: %s (%.200s)", x->port,
		   x->session[0] == '\0' ? "a background configuration" : "a foreground session",
		   x->target);
	return true;
}

static void say_ours(const char *ours, struct buf *text)
{
	char stop[INIT_PATH_MAX];
	struct err ignored;
	const struct init_system *init = init_find(NULL, &ignored);

	buf_add(text, ours);
	if (init != NULL)
		buf_printf(text, "; %s ends it",
			   init_text(init->hints.stop, ours, stop, sizeof(stop)));
}

static void say_taken(const struct port *p, const struct serve_entry *x, const char *ours)
{
	char mem[sizeof(p->a->status.text)];
	struct buf text = BUF_OF(mem);

	buf_printf(&text, "port %u is held by ", x->port);
	if (ours != NULL)
		say_ours(ours, &text);
	else if (x->session[0] != '\0')
		buf_printf(&text,
			   "another foreground `tailscale funnel` or `serve` (%.200s); its end "
			   "or --take-over frees it",
			   x->target);
	else
		buf_printf(&text,
			   "a background configuration (%.200s); `tailscale funnel --https=%u "
			   "off` or --take-over removes it",
			   x->target, x->port);
	announce(p->a, STATE_PORT_TAKEN, mem, "");
}

bool port_meet(struct port *p, const struct serve_entry *x)
{
	char name[FUNNEL_SERVICE_MAX];
	bool ours;

	watch_changes(p);
	if (lingers(p, x))
		return false;
	ours = x->session[0] != '\0' && find_ours(p->a->f, name);
	if (p->a->f->take_over && !ours && take_over(p, x))
		return true;
	say_taken(p, x, ours ? name : NULL);
	return false;
}

int port_look(struct port *p, bool *is_free, struct err *e)
{
	struct serve_entry x;

	*is_free = false;
	for (int i = 0; i < OWNERS_MAX; i++) {
		if (serveconfig_get_port(p->a->f->socket, deadline_in(ASK_MS), p->a->f->port, &x,
					 e) != 0)
			return -1;
		*is_free = x.port == 0;
		if (*is_free || !port_meet(p, &x))
			break;
	}
	if (*is_free) {
		p->own.at_ms = 0;
		port_forget(p);
	}
	return 0;
}
