/* SPDX-License-Identifier: MIT */
/*
 * announce - says what is the case with a funnel, wherever somebody looks
 *
 * status.json (store/rundir.h), the service manager (STATUS=, READY=1) and the log, each once
 * for a state. READY is sent when the funnel stands, or at once when something has to come
 * first: a unit that withholds it blocks the boot (facts-measured 1).
 */
#ifndef LAUNCH_ANNOUNCE_H
#define LAUNCH_ANNOUNCE_H

#include "funnel/funnel.h"
#include "launch/state.h"
#include "localapi/node.h"
#include "store/rundir.h"

#include <stdbool.h>

struct announcer {
	const struct funnel *f;
	struct run_status status; /* as it was written last */
	bool ready;               /* READY=1 was sent */
	bool write_failed;        /* said once */
	bool fetching;            /* tailscaled is getting a certificate for it */
	char logged[512];         /* the last text; a state that comes back says nothing new */
	char login[400]; /* what to say of a login by itself (launch/firstlogin.h), or "" */
	bool login_over; /* it is not tried again by this process */
};

/* For this process as the main process of the service, with what its last run left. */
void announcer_init(struct announcer *a, const struct funnel *f);

/*
 * announce() - enter a state
 * @text: a sentence for a person
 * @url:  the public one, or that of a page to visit; "" without
 */
void announce(struct announcer *a, enum state s, const char *text, const char *url);

/*
 * announce_wait() - enter a state that follows from what tailscaled says of the node
 * @n: NULL when nobody answers on the socket
 *
 * Where only control knows what a person has to do, it is asked.
 */
void announce_wait(struct announcer *a, enum state s, const struct node *n);

/* The funnel stands: its URL, and the session that holds the entry. */
void announce_published(struct announcer *a, const char *dns_name, const char *session);

/* status.certificate or fetching is another: says so, but for the log, where the funnel is
 * published. Whoever visits makes tailscaled try again: that is nothing to fill a log with. */
void announce_certificate(struct announcer *a);

/* READY=1, whatever is the case: for a wait that would otherwise block the boot. */
void announce_ready(struct announcer *a);

/* Writes the status again, after the caller changed a member that no state has. */
void announce_write(struct announcer *a);

#endif
