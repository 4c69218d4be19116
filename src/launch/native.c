/* SPDX-License-Identifier: MIT */
/* native - see native.h */
#include "launch/native.h"

#include "base/notify.h"
#include "funnel/entry.h"
#include "launch/certificate.h"
#include "launch/launch.h"
#include "localapi/serveedit.h"
#include "os/memory.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Questions to a tailscaled that has just answered others. */
#define ASK_MS 10000

/* A bus that ends sooner is no accident if it happens again. */
#define LIVED_MS 1000

/* One try to make the entry stand. */
struct claim {
	const char *session;
	unsigned port;
	cJSON *entry;
	bool taken;
	struct serve_entry holder; /* when it is taken */
};

static enum serveedit claim(cJSON *doc, void *arg)
{
	struct claim *c = arg;

	c->taken = false;
	if (serveedit_has(doc, c->session, c->entry))
		return SERVEEDIT_LEAVE;
	c->taken = serveconfig_find(doc, c->port, c->session, &c->holder);
	if (c->taken)
		return SERVEEDIT_LEAVE;
	return serveedit_put(doc, c->session, c->entry) ? SERVEEDIT_POST : SERVEEDIT_FAIL;
}

enum state native_refusal(const struct err *e)
{
	/* tailscaled's words (ipnlocal/serve.go:328-398, :1755). */
	static const struct {
		const char *words;
		enum state s;
	} rows[] = {
		{"listener already exists", STATE_PORT_TAKEN},
		{"config file is locked", STATE_CONFIG_LOCKED},
		{"shields-up", STATE_SHIELDS_UP},
		{"netMap", STATE_STARTING},
	};

	if (e->code == ERR_PERMISSION)
		return STATE_NOT_PERMITTED;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strstr(e->msg, rows[i].words) != NULL)
			return rows[i].s;
	return STATE_REFUSED;
}

/* A tailscaled that has gone says so on the bus; all else is named. */
static void refused(struct announcer *a, const struct err *e)
{
	enum state s = native_refusal(e);
	bool own_words = s == STATE_REFUSED || s == STATE_PORT_TAKEN;

	if (e->code == ERR_UNAVAILABLE)
		s = STATE_STARTING;
	snprintf(a->status.error, sizeof(a->status.error), "%s", e->msg);
	announce(a, s, own_words ? e->msg : state_row(s)->text, "");
}

/* Milliseconds until another try, -1: the entry stands. */
static int stand(struct port *p, const struct bus *b, const char *dns_name, int *pause_ms)
{
	struct announcer *a = p->a;
	struct claim c = {
		.session = b->session, .port = a->f->port, .entry = entry_make(a->f, dns_name)};
	struct err e;
	int rc;

	if (c.session[0] == '\0' || c.entry == NULL)
		rc = err_set(&e, ERR_DATA, "cannot serve: tailscaled named no session");
	else
		rc = serveedit_change(a->f->socket, deadline_in(ASK_MS), claim, &c, &e);
	cJSON_Delete(c.entry);
	if (rc == 0 && !c.taken) {
		port_forget(p);
		announce_published(a, dns_name, b->session);
		memory_drop_code();
		*pause_ms = 0;
		return -1;
	}
	if (rc != 0)
		refused(a, &e);
	else if (port_meet(p, &c.holder))
		return 0;
	return port_longer(pause_ms);
}

/* Takes what has come on the bus: may something have changed? One that has ended is closed. */
static bool hear(struct bus *b)
{
	bool matters = false;
	struct notify news;
	struct err e;

	do {
		if (bus_next(b, deadline_in(0), &news, &e) != 0) {
			if (e.code == ERR_TIMEOUT)
				return matters;
			bus_close(b);
			return true;
		}
		matters |= notify_matters(&news);
	} while (bus_has_line(b));
	return matters;
}

/* Until something may have changed, or @ms are over. */
static void listen_to(struct bus *b, struct certificate *c, struct port *port, int ms)
{
	const struct deadline until = ms < 0 ? deadline_never() : deadline_in(ms);

	bool heard = bus_has_line(b) && hear(b);

	certificate_follow(c, b);
	while (!heard && !deadline_passed(until)) {
		struct pollfd p[3] = {{.fd = b->fd, .events = POLLIN},
				      {.fd = c->q.fd, .events = POLLIN},
				      {.fd = port->changes, .events = POLLIN}};
		int cert = certificate_wait_ms(c), left = deadline_left_ms(until);

		poll(p, 3, left < 0 || (cert >= 0 && cert < left) ? cert : left);
		heard = p[0].revents != 0 && hear(b);
		certificate_follow(c, b);
		if (p[1].revents != 0)
			certificate_hear(c);
		certificate_tick(c);
		if (p[2].revents != 0) {
			port_heard(port);
			heard = true;
		}
	}
}

/* tailscaled sees the stream end and drops the entry; nothing of ours is left to do. */
static void on_end(int sig)
{
	(void)sig;
	/* systemd keeps the last STATUS of a service that has stopped. */
	notify_lines("STOPPING=1\nSTATUS=ended");
	_exit(0);
}

void native_serve(struct announcer *a, struct port *p, struct err *e)
{
	const struct sigaction end = {.sa_handler = on_end};
	struct bus bus = BUS_CLOSED;
	struct certificate cert;
	int pause_ms = 0, lost_ms = 0;
	struct node n;

	sigset_t none;

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	/* Whoever started us may have blocked them. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	certificate_init(&cert, a);
	while (wait_ready(a, deadline_never(), &n, &bus, e) == 0) {
		int ms = stand(p, &bus, n.dns_name, &pause_ms);

		struct deadline lived = deadline_in(LIVED_MS);

		if (ms < 0)
			certificate_want(&cert, n.dns_name);
		listen_to(&bus, &cert, p, ms);
		if (bus.fd >= 0)
			continue;
		certificate_forget(&cert);
		/* Somebody takes the entry away as soon as it stands. */
		if (ms < 0 && !deadline_passed(lived))
			poll(NULL, 0, port_longer(&lost_ms));
		else
			lost_ms = 0;
	}
	bus_close(&bus);
}

int mounts_look(struct funnel *f, bool must_exist, struct err *e)
{
	struct mount m;
	struct stat st;

	for (size_t i = 0; i <= f->more_count; i++) {
		funnel_mount(f, i, &m);
		if (m.target.kind != TARGET_PATH)
			continue;
		if (stat(m.target.path, &st) == 0) {
			if (S_ISDIR(st.st_mode))
				funnel_set_folder(f, i);
			continue;
		}
		if (!must_exist)
			continue;
		err_sys(e, ERR_USAGE, "cannot expose \"%.200s\"", m.target.path);
		return err_cure(e, "name a file or a folder that is there");
	}
	return 0;
}
