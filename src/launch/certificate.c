/* SPDX-License-Identifier: MIT */
/* certificate - see certificate.h */
#include "launch/certificate.h"

#include "base/date.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define AGAIN_MS (INT64_C(30) * 60 * 1000)

/* tailscaled itself gives up after two minutes for a name (feature/acme/refresh.go:17). */
#define ANSWER_MS (INT64_C(5) * 60 * 1000)

/* The entry makes tailscaled look for a certificate; it says within milliseconds that it has none
 * (certRefreshLoop). A question before that would only wait for the same fetch. */
#define FIRST_MS 1000

/* A busy tailscaled writes to the bus after it has answered. */
#define LATE_MS 1000

#define OK "ok"
#define PENDING "pending"
#define NOT_KNOWN "not known"

static void tell(struct certificate *c, const char *text)
{
	struct run_status *st = &c->a->status;

	if (strcmp(text, PENDING) == 0 && strcmp(st->certificate, PENDING) != 0)
		memcpy(c->before, st->certificate, sizeof(c->before));
	snprintf(st->certificate, sizeof(st->certificate), "%s", text);
	announce_certificate(c->a);
}

/* When the next question may be put; what was asked after now was asked before another boot. */
static struct deadline permitted(const struct certificate *c)
{
	const struct run_status *st = &c->a->status;
	int64_t now = deadline_now_ms();

	if (st->asked_ms <= 0 || st->asked_ms > now || strcmp(st->asked_for, c->domain) != 0)
		return (struct deadline){now};
	return (struct deadline){st->asked_ms + AGAIN_MS};
}

/* The last answer is one from before a fetch, and it is too early to ask. */
static void answer_is_old(struct certificate *c)
{
	struct run_status *st = &c->a->status;
	char when[DATE_TEXT], before[sizeof(st->certificate)];

	if (strcmp(st->certificate, PENDING) == 0)
		memcpy(st->certificate, c->before, sizeof(st->certificate));
	if (strncmp(st->certificate, NOT_KNOWN, strlen(NOT_KNOWN)) == 0)
		return;
	memcpy(before, st->certificate, sizeof(before));
	if (strcmp(before, OK) == 0)
		before[0] = '\0';
	date_print((int64_t)time(NULL) + deadline_left_ms(c->next) / 1000, DATE_MINUTE, when);
	snprintf(st->certificate, sizeof(st->certificate),
		 NOT_KNOWN "; asked again at %s UTC%s%.400s", when,
		 before[0] == '\0' ? "" : "; before: ", before);
}

/* What the last process heard may be otherwise by now: its entry went, and a new one makes
 * tailscaled look again. */
static void take_over(struct certificate *c)
{
	struct run_status *st = &c->a->status;

	snprintf(c->domain, sizeof(c->domain), "%s", st->asked_for);
	c->next = permitted(c);
	if (c->settled || deadline_passed(c->next))
		st->certificate[0] = '\0';
	else if (strcmp(st->certificate, OK) != 0)
		answer_is_old(c);
	c->domain[0] = '\0';
}

void certificate_init(struct certificate *c, struct announcer *a)
{
	*c = (struct certificate){
		.a = a,
		.q = CERT_UNASKED,
		.settled = a->f->front == FRONT_TCP,
	};
	take_over(c);
}

static void refused(struct certificate *c, const struct err *e)
{
	/* tailscaled went, nobody refused anything: the next time the funnel stands, then. */
	if (e->code == ERR_UNAVAILABLE) {
		c->a->status.asked_ms = 0;
		c->domain[0] = '\0';
		announce_write(c->a);
		return;
	}
	c->next = permitted(c);
	log_warn("%s", e->msg);
	tell(c, e->msg);
}

static void ask(struct certificate *c)
{
	struct run_status *st = &c->a->status;
	struct err e;

	st->asked_ms = deadline_now_ms();
	snprintf(st->asked_for, sizeof(st->asked_for), "%s", c->domain);
	tell(c, PENDING);
	if (cert_ask(&c->q, c->a->f->socket, c->domain, deadline_in(ANSWER_MS), &e) != 0)
		refused(c, &e);
}

void certificate_want(struct certificate *c, const char *domain)
{
	struct run_status *st = &c->a->status;

	if (strcmp(c->domain, domain) == 0)
		return;
	cert_close(&c->q);
	c->seen = c->a->fetching = false;
	snprintf(c->domain, sizeof(c->domain), "%s", domain);
	if (c->a->f->front == FRONT_TCP)
		return;
	if (strcmp(st->asked_for, domain) != 0)
		st->certificate[0] = '\0';
	c->next = permitted(c);
	c->settled = !deadline_passed(c->next) && strcmp(st->certificate, OK) == 0;
	if (c->settled)
		return;
	if (deadline_passed(c->next))
		c->next = deadline_in(FIRST_MS);
	else
		answer_is_old(c);
	announce_certificate(c->a);
}

void certificate_forget(struct certificate *c)
{
	c->seen = c->a->fetching = false;
	if (c->q.fd >= 0)
		c->a->status.asked_ms = 0;
	cert_close(&c->q);
	/* The next one looks for a certificate afresh. */
	if (!c->settled)
		c->domain[0] = '\0';
}

void certificate_follow(struct certificate *c, const struct bus *b)
{
	bool fetching =
		c->domain[0] != '\0' && c->a->f->front != FRONT_TCP && bus_fetches(b, c->domain);

	if (fetching == c->seen)
		return;
	c->seen = fetching;
	if (fetching && !deadline_passed(c->late))
		return;
	if (fetching) {
		c->a->fetching = true;
		c->settled = false;
		tell(c, PENDING);
		return;
	}
	if (!c->a->fetching)
		return;
	c->a->fetching = false;
	c->next = permitted(c);
	/* Unless it is an own question that is about to be answered. */
	if (c->q.fd < 0 && !deadline_passed(c->next))
		answer_is_old(c);
	announce_certificate(c->a);
}

void certificate_hear(struct certificate *c)
{
	struct err e;
	bool done;
	int rc = cert_hear(&c->q, &done, &e);

	if (!done)
		return;
	/* What was fetched for the question; the bus says so when it comes to it. */
	c->late = deadline_in(LATE_MS);
	c->a->fetching = false;
	c->settled = rc == 0;
	if (rc == 0)
		tell(c, OK);
	else
		refused(c, &e);
}

int certificate_wait_ms(const struct certificate *c)
{
	if (c->settled || c->domain[0] == '\0')
		return -1;
	if (c->q.fd >= 0)
		return deadline_left_ms(c->q.until);
	return c->a->fetching ? -1 : deadline_left_ms(c->next);
}

void certificate_tick(struct certificate *c)
{
	if (certificate_wait_ms(c) != 0)
		return;
	if (c->q.fd >= 0)
		certificate_hear(c);
	else
		ask(c);
}
