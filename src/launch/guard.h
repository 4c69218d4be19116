/* SPDX-License-Identifier: MIT */
/*
 * guard - the small process beside the tailscale CLI
 *
 * The CLI says neither when its funnel stands nor when it no longer does: after a logout, a switch
 * of the profile or a rename it runs on and serves nothing (tailscale-facts C2). The guard is a
 * child of the process that becomes the CLI. It follows tailscaled's bus, announces what is the
 * case (launch/announce.h), and by the state table either leaves the CLI alone or ends it, so that
 * the service manager starts the launcher afresh.
 *
 * Both ends of a socket pair tie the two together, with no timer and under any init system: the
 * guard sees its end hang up when the CLI ends; the CLI's end, which it inherits over exec, is
 * set to send it SIGTERM when the guard's end closes, however the guard died (F_SETSIG, O_ASYNC;
 * facts-measured 4).
 */
#ifndef LAUNCH_GUARD_H
#define LAUNCH_GUARD_H

#include "base/err.h"
#include "funnel/funnel.h"
#include "launch/announce.h"

#include <sys/types.h>

struct guard_tie {
	pid_t pid; /* of the guard */
	int fd;    /* the CLI's end: to be inherited over exec */
};

/*
 * guard_start() - fork the guard of the process that calls
 *
 * Nothing is announced by the caller from then on. ERR_IO when it cannot be had (no memory, too
 * many tasks).
 */
int guard_start(const struct funnel *f, struct announcer *a, struct guard_tie *t, struct err *e);

/* The CLI could not be started: ends the guard and reaps it. */
void guard_stop(struct guard_tie *t);

#endif
