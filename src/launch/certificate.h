/* SPDX-License-Identifier: MIT */
/*
 * certificate - is there one for what was published?
 *
 * Nothing but a question to tailscaled tells (localapi/cert.h). It is asked once when the funnel
 * stands, and after a refusal again, no oftener than every 30 minutes: the authority counts. The
 * answer goes into status.json and, as long as there is none, into STATUS. Raw TCP needs none.
 */
#ifndef LAUNCH_CERTIFICATE_H
#define LAUNCH_CERTIFICATE_H

#include "launch/announce.h"
#include "localapi/cert.h"

struct certificate {
	struct announcer *a;
	char domain[256];
	struct cert_question q; /* q.fd is to be polled for POLLIN */
	bool settled;           /* there is one, or none is needed */
	struct deadline again;  /* no other question before */
};

void certificate_init(struct certificate *c, struct announcer *a);

/* tailscaled went, and with it what was asked. */
void certificate_forget(struct certificate *c);

/* The funnel stands under that name: asks, if it is time to. */
void certificate_want(struct certificate *c, const char *domain);

/* Takes what came on q.fd. */
void certificate_hear(struct certificate *c);

/* Milliseconds to the next certificate_tick(), -1: none is needed. */
int certificate_wait_ms(const struct certificate *c);

/* A time-out, or time to ask again. */
void certificate_tick(struct certificate *c);

#endif
