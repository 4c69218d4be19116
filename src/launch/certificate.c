/* SPDX-License-Identifier: MIT */
/* certificate - see certificate.h */
#include "launch/certificate.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

#define AGAIN_MS (INT64_C(30) * 60 * 1000)

/* tailscaled itself gives up after two minutes for a name (feature/acme/refresh.go:17). */
#define ANSWER_MS (INT64_C(5) * 60 * 1000)

void certificate_init(struct certificate *c, struct announcer *a)
{
	*c = (struct certificate){.a = a, .q = CERT_UNASKED, .settled = a->f->front == FRONT_TCP};
}

static void tell(struct certificate *c, const char *text)
{
	struct run_status *st = &c->a->status;

	snprintf(st->certificate, sizeof(st->certificate), "%s", text);
	announce_certificate(c->a);
}

static void refused(struct certificate *c, const struct err *e)
{
	/* tailscaled went, nobody refused anything: the next time the funnel stands, then. */
	if (e->code == ERR_UNAVAILABLE) {
		c->domain[0] = '\0';
		return;
	}
	c->again = deadline_in(AGAIN_MS);
	log_warn("%s", e->msg);
	tell(c, e->msg);
}

static void ask(struct certificate *c)
{
	struct err e;

	c->again = deadline_in(AGAIN_MS);
	tell(c, "pending");
	if (cert_ask(&c->q, c->a->f->socket, c->domain, deadline_in(ANSWER_MS), &e) != 0)
		refused(c, &e);
}

void certificate_want(struct certificate *c, const char *domain)
{
	bool other = strcmp(c->domain, domain) != 0;

	if (other) {
		cert_close(&c->q);
		c->settled = c->a->f->front == FRONT_TCP;
		snprintf(c->domain, sizeof(c->domain), "%s", domain);
	}
	if (!c->settled && c->q.fd < 0 && (other || deadline_passed(c->again)))
		ask(c);
}

void certificate_forget(struct certificate *c)
{
	if (c->q.fd < 0)
		return;
	cert_close(&c->q);
	c->domain[0] = '\0';
}

void certificate_hear(struct certificate *c)
{
	struct err e;
	bool done;
	int rc = cert_hear(&c->q, &done, &e);

	if (!done)
		return;
	c->settled = rc == 0;
	if (rc == 0)
		tell(c, "ok");
	else
		refused(c, &e);
}

int certificate_wait_ms(const struct certificate *c)
{
	if (c->settled || c->domain[0] == '\0')
		return -1;
	return deadline_left_ms(c->q.fd >= 0 ? c->q.until : c->again);
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
