/* SPDX-License-Identifier: MIT */
/*
 * native - the funnel without the tailscale CLI
 *
 * All that the CLI does is to hold a stream of the IPN bus and to post an entry under the
 * session that tailscaled names on it (tailscale-facts B4); so this process does it itself.
 * tailscaled drops the entry when the stream ends, however this process ends. The stream also
 * tells what is the case: an entry that is gone or stale after a logout, a switch of the profile
 * or a rename is posted again, with no restart.
 */
#ifndef LAUNCH_NATIVE_H
#define LAUNCH_NATIVE_H

#include "base/err.h"
#include "launch/announce.h"
#include "launch/port.h"
#include "launch/state.h"

/*
 * native_serve() - hold the funnel; SIGTERM and SIGINT end the process with 0
 *
 * Returns only with an error of wait_ready().
 */
void native_serve(struct announcer *a, struct port *p, struct err *e);

/* Pure: the state that a refusal of tailscaled to take the entry leads to. */
enum state native_refusal(const struct err *e);

/*
 * mounts_look() - which targets are folders?
 *
 * The CLI looks and ends the mount of a folder with a slash (serve_v2.go:1268); what is installed
 * runs in a sandbox that sees none of it. @must_exist: a path that is missing is refused with
 * ERR_USAGE, reason and cure.
 */
int mounts_look(struct funnel *f, bool must_exist, struct err *e);

#endif
