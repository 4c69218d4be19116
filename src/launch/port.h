/* SPDX-License-Identifier: MIT */
/*
 * port - the public port, when tailscaled has a listener on it already
 *
 * It refuses a second one, of either kind (ipnlocal/serve.go:1738), and tells nobody when its
 * serve configuration changes. But it writes each to its state, foreground sessions too
 * (serve.go:373), and whoever may read that folder sees a file come there (store/stores.go:226).
 * So the port is looked at again then, and, where tailscaled keeps its state elsewhere, after
 * pauses (port_longer()).
 */
#ifndef LAUNCH_PORT_H
#define LAUNCH_PORT_H

#include "base/deadline.h"
#include "base/err.h"
#include "launch/announce.h"
#include "localapi/serveconfig.h"

#include <stdbool.h>

struct port {
	struct announcer *a;
	struct deadline linger; /* a foreground session on it is not yet somebody else's */
	struct deadline own;    /* until then our own last session may end; zero: not met */
	int changes;            /* readable when there may have been a change; -1: nothing tells */
};

void port_init(struct port *p, struct announcer *a);

/*
 * port_look() - ask tailscaled; whoever has the port is met
 *
 * *@is_free also when it has just been made so. -1: errors of serveconfig_get_port().
 */
int port_look(struct port *p, bool *is_free, struct err *e);

/*
 * port_meet() - somebody has the port
 *
 * Announced with a name and a way out; or removed, with --take-over: then true, and whoever came
 * meanwhile is to be met, too. Another funnel made by tsfunnel is never removed. Our own last
 * session gets a moment to end, and so does another one at the start: it may have been ours
 * before there was somebody to record it.
 */
bool port_meet(struct port *p, const struct serve_entry *x);

/* The port is not waited for any more. */
void port_forget(struct port *p);

/* What was to be read on p->changes has been seen. */
void port_heard(struct port *p);

/* The next pause: 50 ms, then always twice as long, at most 5 s. *@ms is 0 before the first. */
int port_longer(int *ms);

#endif
