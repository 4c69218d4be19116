/* SPDX-License-Identifier: MIT */
/* s6_status - what s6-svstat says; its exit status is 0 also for what is down */
#ifndef INIT_S6_STATUS_H
#define INIT_S6_STATUS_H

#include "init/init.h"

/* What it is to be asked for. */
#define S6_STATUS_FIELDS "up,wantedup,pid,updownfor"

/*
 * s6_status_read() - pure: the line for these fields (s6 2.13)
 *
 *     true true 15 0
 *     false true -1 3
 *     s6-svstat: fatal: unable to read status for /run/service/x: s6-supervise not running
 *
 * Fills active, starting, pid, since (@now: seconds since 1970) and text. Return: false for any
 * other line than the first two; text has its last words.
 */
bool s6_status_read(const char *said, int64_t now, struct service_state *s);

#endif
