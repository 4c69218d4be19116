/* SPDX-License-Identifier: MIT */
/* sysv_script - a script of SysV init in the form of the LSB, and what its status means */
#ifndef INIT_SYSV_SCRIPT_H
#define INIT_SYSV_SCRIPT_H

#include "base/buf.h"
#include "base/err.h"
#include "init/init.h"

/*
 * sysv_script_render() - pure: job to bytes
 *
 * SysV init starts nothing again, so the script leaves a copy of itself that does, with the verb
 * "watch"; its pid is in /run/SERVICE.pid. Of start-stop-daemon(8) it uses what BusyBox's has, too,
 * and a pid is never believed without a look at the process. ERR_BUG when @out is too small.
 */
int sysv_script_render(const struct job *job, struct buf *out, struct err *e);

/*
 * sysv_script_state() - pure: what the exit status of `/etc/init.d/NAME status` means (LSB 5.0,
 * Core, 22.2)
 *
 * Fills exists, active, orphaned and text.
 */
void sysv_script_state(int code, struct service_state *s);

/* Pure: is a service among what startpar starts? @depend: all of /etc/init.d/.depend.start */
bool sysv_script_is_noted(const char *depend, const char *service);

#endif
