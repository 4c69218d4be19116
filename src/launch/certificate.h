/* SPDX-License-Identifier: MIT */
/*
 * certificate - is there one for what was published?
 *
 * While tailscaled gets one, it says so on the bus (bus_fetches()). Whether there is one, and the
 * authority's words if not, only a question tells (localapi/cert.h): put once the funnel has
 * stood for a moment and nothing is being fetched, and after a refusal again, no oftener than
 * every 30 minutes: a question makes tailscaled ask the authority, and that counts. status.json
 * keeps when it was put, for the next process. The answer goes there, too, and as long as there
 * is no certificate into STATUS. Raw TCP needs none.
 *
 * status.json says "pending", "ok", "cannot get a certificate: WHY", or "not known; ..." when
 * tailscaled or another process has asked since the last answer and it is too early for a
 * question.
 */
#ifndef LAUNCH_CERTIFICATE_H
#define LAUNCH_CERTIFICATE_H

#include "launch/announce.h"
#include "localapi/bus.h"
#include "localapi/cert.h"

struct certificate {
	struct announcer *a;
	char domain[256];
	struct cert_question q; /* q.fd is to be polled for POLLIN */
	bool settled;           /* there is one, or none is needed */
	bool seen;              /* the bus said last that one is being fetched */
	struct deadline late;   /* before it, the bus may still tell of what an answer ended */
	struct deadline next;   /* when to ask, if nothing is being fetched then */
	char before[512];       /* what status.json said before it said "pending" */
};

/* Takes over from a status what the last process knew. */
void certificate_init(struct certificate *c, struct announcer *a);

/* tailscaled went, and with it what was asked. */
void certificate_forget(struct certificate *c);

/* The funnel stands under that name. */
void certificate_want(struct certificate *c, const char *domain);

/* The bus has said something. */
void certificate_follow(struct certificate *c, const struct bus *b);

/* Takes what came on q.fd. */
void certificate_hear(struct certificate *c);

/* Milliseconds to the next certificate_tick(), -1: none is needed. */
int certificate_wait_ms(const struct certificate *c);

/* A time-out, or time to ask. */
void certificate_tick(struct certificate *c);

#endif
