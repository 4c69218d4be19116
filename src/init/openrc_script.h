/* SPDX-License-Identifier: MIT */
/* openrc_script - a service script of OpenRC, and what rc-service says */
#ifndef INIT_OPENRC_SCRIPT_H
#define INIT_OPENRC_SCRIPT_H

#include "base/buf.h"
#include "base/err.h"
#include "init/init.h"

/*
 * openrc_script_render() - pure: job to bytes
 *
 * OpenRC takes command and command_args apart at blanks, expands what looks like a file name in
 * them, and then lets eval read the rest (supervise-daemon.sh). So a word that sh would not take
 * as it is goes into a variable of its own, whose expansion in quotes is what eval sees. ERR_BUG
 * when @out is too small.
 */
int openrc_script_render(const struct job *job, struct buf *out, struct err *e);

/*
 * openrc_script_state() - pure: what `rc-service NAME status` means
 * @code: its exit status (openrc-run(8)), -1 when it had to be killed; @text: all that it printed
 *
 * Fills active, starting, orphaned and text. For what is no status of a service: not there.
 */
void openrc_script_state(int code, const char *text, struct service_state *s);

#endif
