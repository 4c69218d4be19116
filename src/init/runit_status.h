/* SPDX-License-Identifier: MIT */
/* runit_status - what `sv status` says; its exit status is 0 also for what is down */
#ifndef INIT_RUNIT_STATUS_H
#define INIT_RUNIT_STATUS_H

#include "init/init.h"

/*
 * runit_status_read() - pure: its first line (runit 2.2)
 *
 *     run: /etc/sv/x: (pid 12) 3s; run: log: (pid 11) 3s
 *     down: /etc/sv/x: 1s, normally up, want up; run: log: (pid 11) 3s
 *     finish: /etc/sv/x: (pid 13) 1s, want down; run: log: (pid 11) 3s
 *     fail: /etc/sv/x: runsv not running
 *
 * Fills active, starting, pid, since (@now: seconds since 1970) and text. Return: false when it
 * does not know: no runsv, no permission, or none of these words; text has the reason.
 */
bool runit_status_read(const char *said, int64_t now, struct service_state *s);

#endif
