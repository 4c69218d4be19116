/* SPDX-License-Identifier: MIT */
/*
 * orphan - the copy of a service that a killed supervisor left behind
 *
 * Where the init system starts a supervisor for each service (supervise-daemon, runsv,
 * s6-supervise), a kill of that leaves our process running: nobody stops it, nobody starts it
 * again, and it holds the lock. The next copy that is started as the same service ends it and takes
 * over. What a person runs in the foreground under that name is not ended: only who was started by
 * a service manager (JOB_SUPERVISED in its environment, which the CLI keeps) is.
 */
#ifndef LAUNCH_ORPHAN_H
#define LAUNCH_ORPHAN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Was this process itself started as that service? */
bool orphan_is_successor(const char *service);

/*
 * orphan_end() - end the copy that holds the service's lock
 *
 * TERM, and KILL for one that does not end. Success when nobody holds the lock then; -1 with
 * ERR_TIMEOUT when it is held by a process that no service manager started, or that cannot be
 * ended.
 */
int orphan_end(const char *service, struct err *e);

/* Pure: does an environment, as /proc/PID/environ has it, say that it is of that service? */
bool orphan_is_of(const char *environ, size_t len, const char *service);

#endif
