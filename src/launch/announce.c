/* SPDX-License-Identifier: MIT */
/* announce - see announce.h */
#include "launch/announce.h"

#include "base/log.h"
#include "base/notify.h"
#include "localapi/feature.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* control is asked through tailscaled, which has just answered. */
#define ASK_MS 10000

void announcer_init(struct announcer *a, const struct funnel *f)
{
	struct run_status before;
	struct err ignored;

	*a = (struct announcer){.f = f};
	/* What outlives a restart: `status` shows the last error however often we were started. */
	if (rundir_read(f->service, &before, &ignored) == 0) {
		memcpy(a->status.error, before.error, sizeof(before.error));
		memcpy(a->status.session, before.session, sizeof(before.session));
		memcpy(a->status.certificate, before.certificate, sizeof(before.certificate));
		memcpy(a->status.asked_for, before.asked_for, sizeof(before.asked_for));
		a->status.asked_ms = before.asked_ms;
		a->status.failures = before.failures;
	}
	a->status.pid = getpid();
	a->status.port = f->port;
	memcpy(a->status.target, f->target.text, sizeof(a->status.target));
}

void announce_write(struct announcer *a)
{
	struct err e;

	if (rundir_write(a->f->service, &a->status, &e) == 0 || a->write_failed)
		return;
	a->write_failed = true;
	log_err(&e);
}

void announce_ready(struct announcer *a)
{
	if (!a->ready)
		notify_send("READY", "1");
	a->ready = true;
}

static void log_state(struct announcer *a, enum state s, const char *text, const char *url)
{
	const char *first = state_waits(s) ? "waiting: " : "";
	const char *before_url = state_waits(s) ? "; visit " : ": ";

	/* The start of a CLI is no news, only what comes of it. */
	if (s == STATE_READY || s == STATE_ENDED || strcmp(a->logged, text) == 0)
		return;
	snprintf(a->logged, sizeof(a->logged), "%s", text);
	log_line(state_row(s)->person ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "%s%s%s%s", first, text,
		 url[0] == '\0' ? "" : before_url, url);
}

/* False when it was said before. */
static bool say(struct announcer *a, enum state s, const char *text, const char *url)
{
	const struct state_row *row = state_row(s);
	struct run_status *st = &a->status;

	if (strcmp(st->state, row->name) == 0 && strcmp(st->text, text) == 0 &&
	    strcmp(st->url, url) == 0)
		return false;
	if (strcmp(st->state, row->name) != 0)
		st->since = (int64_t)time(NULL);
	snprintf(st->state, sizeof(st->state), "%s", row->name);
	snprintf(st->text, sizeof(st->text), "%s", text);
	snprintf(st->url, sizeof(st->url), "%s", url);
	announce_write(a);
	notify_send("STATUS", "%s%s%s%s", state_waits(s) ? "waiting: " : "", text,
		    url[0] == '\0' ? "" : " ", url);
	log_state(a, s, text, url);
	if (s != STATE_READY)
		announce_ready(a);
	return true;
}

void announce(struct announcer *a, enum state s, const char *text, const char *url)
{
	say(a, s, text, url);
}

/* Where a person enables Funnel: only control knows (tailscale-facts B5). */
static void wait_for_control(struct announcer *a, enum state s)
{
	char mem[sizeof(a->status.text)];
	struct buf text = BUF_OF(mem);
	struct feature answer;
	struct err e;

	buf_add(&text, state_row(s)->text);
	if (feature_query(a->f->socket, deadline_in(ASK_MS), &answer, &e) != 0)
		snprintf(a->status.error, sizeof(a->status.error), "%s", e.msg);
	else if (answer.text[0] != '\0')
		buf_printf(&text, " (%s)", answer.text);
	announce(a, s, mem, answer.url);
}

void announce_wait(struct announcer *a, enum state s, const struct node *n)
{
	char mem[sizeof(a->status.text)];
	struct buf text = BUF_OF(mem);

	if (s == STATE_NO_HTTPS || s == STATE_NO_FUNNEL) {
		wait_for_control(a, s);
		return;
	}
	buf_add(&text, state_row(s)->text);
	if (s == STATE_PORT_DENIED)
		buf_printf(&text, ": %u is wanted%s; permitted: %s", a->f->port,
			   a->f->native ? "" : ", and 443 by the tailscale CLI",
			   n->funnel_ports[0] == '\0' ? "none" : n->funnel_ports);
	if (s == STATE_NEEDS_LOGIN && a->login[0] != '\0')
		buf_printf(&text, " (%s)", a->login);
	announce(a, s, mem, n == NULL ? "" : n->auth_url);
}

/* What a visitor gets: nothing without a certificate, and only its authority's words say why. */
static void published_text(const struct announcer *a, struct buf *out)
{
	static const struct {
		const char *begin;
		const char *words; /* NULL: nothing to say */
	} rows[] = {
		{"ok", NULL},
		{"pending", NULL},
		{"not known", ", its certificate is "},
		{"", ", but visitors get no page: "},
	};
	const char *certificate = a->status.certificate;
	size_t i = 0;

	buf_add(out, state_row(STATE_PUBLISHED)->text);
	if (a->fetching)
		buf_add(out, ", its certificate is still being fetched");
	if (a->fetching || certificate[0] == '\0')
		return;
	while (strncmp(certificate, rows[i].begin, strlen(rows[i].begin)) != 0)
		i++;
	if (rows[i].words != NULL)
		buf_printf(out, "%s%.300s", rows[i].words, certificate);
}

void announce_certificate(struct announcer *a)
{
	char mem[sizeof(a->status.text)], url[sizeof(a->status.url)];
	struct buf text = BUF_OF(mem);

	announce_write(a);
	if (strcmp(a->status.state, state_row(STATE_PUBLISHED)->name) != 0)
		return;
	published_text(a, &text);
	snprintf(a->logged, sizeof(a->logged), "%s", mem);
	snprintf(url, sizeof(url), "%s", a->status.url);
	announce(a, STATE_PUBLISHED, mem, url);
}

void announce_published(struct announcer *a, const char *dns_name, const char *session)
{
	struct run_status *st = &a->status;
	bool other = strcmp(st->session, session) != 0;
	char mem[sizeof(st->url)], words[sizeof(st->text)];
	struct buf url = BUF_OF(mem), text = BUF_OF(words);

	snprintf(st->session, sizeof(st->session), "%s", session);
	st->failures = 0;
	st->error[0] = '\0';
	funnel_url(a->f, dns_name, &url);
	published_text(a, &text);
	if (!say(a, STATE_PUBLISHED, words, mem) && other)
		announce_write(a);
}
