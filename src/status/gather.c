/* SPDX-License-Identifier: MIT */
/* gather - fills a report, see report.h */
#include "base/auto.h"
#include "base/file.h"
#include "base/text.h"
#include "init/services.h"
#include "launch/state.h"
#include "status/report.h"

#include <stdio.h>
#include <string.h>

/* A probe must not hang: a tailscaled without backend takes the request and does not answer. */
#define ASK_MS 3000

static struct report_funnel *find(struct report *r, const char *service)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->funnels[i].service, service) == 0)
			return &r->funnels[i];
	return NULL;
}

static struct report_funnel *add(struct report *r, const char *service)
{
	struct report_funnel *f = find(r, service);

	if (f != NULL || r->count == MANIFEST_FUNNELS || strlen(service) >= sizeof(f->service))
		return f;
	f = &r->funnels[r->count++];
	memcpy(f->service, service, strlen(service) + 1);
	return f;
}

/*
 * From the manifest. Where it cannot be read, because only root may or because it is damaged,
 * what is set up is found by the unit, and what runs by its folder.
 */
static void add_installed(struct report *r)
{
	static struct manifest m;
	struct err e;

	if (manifest_load(&m, &e) != 0) {
		if (e.code != ERR_PERMISSION)
			memcpy(r->problem, e.msg, sizeof(r->problem));
		return;
	}
	for (size_t i = 0; i < m.count; i++) {
		struct report_funnel *f = add(r, m.funnels[i].service);

		if (f == NULL)
			continue;
		f->port = m.funnels[i].port;
		memcpy(f->target, m.funnels[i].target, sizeof(f->target));
	}
}

static void add_running(struct report *r)
{
	AUTO_DIR DIR *dir = opendir(RUNDIR_BASE);
	const struct dirent *d;

	while (dir != NULL && (d = readdir(dir)) != NULL)
		if (strncmp(d->d_name, FUNNEL_SERVICE, strlen(FUNNEL_SERVICE)) == 0)
			add(r, d->d_name);
}

static void add_units(struct report *r)
{
	static char names[SERVICES_MAX][FUNNEL_SERVICE_MAX];
	size_t count = r->init == NULL ? 0 : services_find(r->init, names);

	for (size_t i = 0; i < count; i++)
		add(r, names[i]);
}

/* Its unit says so itself, also to who may not read the manifest. */
static void read_left_out(struct report_funnel *f)
{
	static char text[INIT_UNIT_MAX];
	struct buf out = BUF_OF(f->left_out);
	struct err ignored;

	if (f->unit.fragment[0] != '\0' &&
	    file_read(f->unit.fragment, text, sizeof(text), NULL, &ignored) == 0)
		init_left_out(text, &out);
}

/*
 * Where somebody removed the service's folder in /run, or a file in it, while it runs: the manager
 * knows its process and its last words, too. The entry, if those say that it stands.
 */
static const struct serve_entry *ask_manager(const struct report *r, struct report_funnel *f)
{
	const char *published = state_row(STATE_PUBLISHED)->text;
	const struct service_state *u = &f->unit;
	const struct serve_entry *entry;

	if (!u->active || u->pid == 0 || (f->holder != 0 && f->holder != u->pid) ||
	    (f->holder != 0 && f->run.state[0] != '\0'))
		return NULL;
	f->holder = u->pid;
	text_copy(f->run.text, sizeof(f->run.text), u->said);
	entry = live_entry(&r->now, f->port);
	return entry != NULL && entry->session[0] != '\0' &&
			       strncmp(u->said, published, strlen(published)) == 0
		       ? entry
		       : NULL;
}

static void look(struct report *r, struct report_funnel *f)
{
	struct buf url = BUF_OF(f->url);
	const struct serve_entry *entry;
	struct err ignored;

	if (rundir_read(f->service, &f->run, &ignored) != 0)
		memset(&f->run, 0, sizeof(f->run));
	f->holder = rundir_holder(f->service);
	if (f->port == 0)
		f->port = f->run.port;
	if (f->target[0] == '\0')
		memcpy(f->target, f->run.target, sizeof(f->target));
	if (r->init != NULL && r->init->query(f->service, &f->unit, &ignored) != 0)
		memset(&f->unit, 0, sizeof(f->unit));
	read_left_out(f);
	entry = live_own_entry(&r->now, f->service, f->port);
	if (entry == NULL)
		entry = ask_manager(r, f);
	if (entry == NULL)
		return;
	f->live = true;
	funnel_put_url(entry->host, entry->port, entry->mount, &url);
}

/* Of all funnels the one that was asked for. */
static int keep_only(struct report *r, const struct funnel *f, struct err *e)
{
	const struct report_funnel *one = find(r, f->service);

	if (one == NULL) {
		err_set(e, ERR_FAILED, "cannot report on %s: it is not set up", f->service);
		return err_cure(e, "`tsfunnel install --name %s` sets it up", f->name);
	}
	memmove(&r->funnels[0], one, sizeof(*one));
	r->count = 1;
	return 0;
}

int report_make(const struct report_args *args, struct report *r, struct err *e)
{
	const struct funnel_args asked = {.name = args->name, .socket = args->socket};
	static struct funnel f;
	struct err no_init;

	memset(r, 0, sizeof(*r));
	if (funnel_make(&asked, &f, e) != 0)
		return -1;
	/* Without one there is less to tell, and what was asked for is told all the same. */
	r->init = init_find(args->init, &no_init);
	if (r->init == NULL && args->init != NULL) {
		*e = no_init;
		return -1;
	}
	add_installed(r);
	add_running(r);
	add_units(r);
	if (args->name != NULL && keep_only(r, &f, e) != 0)
		return -1;
	if (live_ask(f.socket, deadline_in(ASK_MS), &r->now, e) != 0)
		return -1;
	for (size_t i = 0; i < r->count; i++)
		look(r, &r->funnels[i]);
	return 0;
}

bool report_owns(const struct report *r, const struct serve_entry *entry)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->funnels[i].live && r->funnels[i].port == entry->port &&
		    entry->session[0] != '\0')
			return true;
	return false;
}

bool report_waits(const struct report_funnel *f)
{
	return f->run.state[0] != '\0' && state_waits(state_named(f->run.state));
}

/* The launcher's word counts while it waits; afterwards it has become the CLI and says no more. */
static const char *why_not_live(const struct report *r, const struct report_funnel *f)
{
	static struct funnel wanted;
	enum state s;

	if (f->unit.exists && !f->unit.active)
		return f->unit.text;
	if (report_waits(f))
		return f->run.text;
	wanted.port = f->port;
	s = state_of(&r->now.node, &wanted);
	return s == STATE_READY ? "tailscaled holds no entry of it yet" : state_row(s)->text;
}

static int need_funnels(const struct report *r, const char *what, struct err *e)
{
	if (r->count > 0)
		return 0;
	err_set(e, ERR_FAILED, "cannot be %s: no funnel is set up", what);
	return err_cure(e, "`tsfunnel install TARGET` sets one up");
}

int report_alive(const struct report *r, struct err *e)
{
	if (need_funnels(r, "alive", e) != 0)
		return -1;
	for (size_t i = 0; i < r->count; i++)
		if (r->funnels[i].holder == 0)
			return err_set(e, ERR_FAILED, "cannot find %s alive: nothing runs it%s%s",
				       r->funnels[i].service,
				       r->funnels[i].unit.exists ? ", its unit is " : "",
				       r->funnels[i].unit.text);
	return 0;
}

static int daemon_is_away(const struct report *r, struct err *e)
{
	char start[INIT_PATH_MAX], logs[INIT_PATH_MAX];
	const char *service;

	err_set(e, ERR_UNAVAILABLE, "cannot be live: tailscaled does not answer");
	if (r->init == NULL)
		return -1;
	service = init_daemon(r->init);
	return err_cure(e, "%s starts it; %s says why it ended",
			init_text(r->init->hints.start, service, start, sizeof(start)),
			init_text(r->init->hints.logs, service, logs, sizeof(logs)));
}

int report_verdict(const struct report *r, struct err *e)
{
	if (!r->now.daemon)
		return daemon_is_away(r, e);
	if (need_funnels(r, "live", e) != 0)
		return -1;
	for (size_t i = 0; i < r->count; i++) {
		const struct report_funnel *f = &r->funnels[i];

		if (!f->live)
			return err_set(e, ERR_FAILED, "cannot find %s live: %s", f->service,
				       why_not_live(r, f));
	}
	return 0;
}
