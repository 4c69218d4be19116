/* SPDX-License-Identifier: MIT */
/*
 * launch - `run`: wait until the funnel can stand, then become the tailscale CLI
 *
 * Waits on events only: inotify for the socket, the IPN bus for tailscaled's state. Each state
 * is announced once (launch/announce.h). Then it forks the guard (launch/guard.h) and execs
 * `tailscale funnel ...` in its own process, with clean signals and descriptors; the lock goes
 * along. Or, with --native, it holds the funnel itself (launch/native.h).
 */
#ifndef LAUNCH_LAUNCH_H
#define LAUNCH_LAUNCH_H

#include "base/deadline.h"
#include "base/err.h"
#include "funnel/funnel.h"
#include "launch/announce.h"
#include "localapi/bus.h"
#include "localapi/node.h"

#include <stdbool.h>

/*
 * wait_ready() - block until state_of() is STATE_READY for the funnel of @a
 * @a:   each new state but the last is announced (and again when its login URL changed)
 * @n:   the node then; on error the last that was seen
 * @bus: is followed if it is open, and is handed over open on success; it stays the caller's.
 *       NULL: one that ends with the call
 *
 * -1: ERR_TIMEOUT at the deadline, errors of the LocalAPI that waiting cannot cure.
 */
int wait_ready(struct announcer *a, struct deadline until, struct node *n, struct bus *bus,
	       struct err *e);

/*
 * wait_socket() - block until somebody listens on tailscaled's socket
 *
 * inotify on its folder or the nearest one above that exists; no polling.
 */
int wait_socket(const char *socket, struct deadline until, struct err *e);

/*
 * wait_file() - block until something happens to a file, or a time is over
 * @there: asked once the watch stands; true ends the wait
 */
void wait_file(const char *path, bool (*there)(const char *path), int ms);

/*
 * exec_cli() - become argv[0], looked up by the caller
 * @lock, @tie: descriptors that the CLI inherits; -1 for none
 *
 * All signals unblocked and at their defaults; all other descriptors but 0-2 closed;
 * argv[0] keeps the basename "tailscale" (combined binaries dispatch on it). Returns only on
 * error: ERR_NOTFOUND (127) or ERR_NOEXEC (126), with the descriptors as they were.
 */
int exec_cli(const char *path, const char *const argv[], int lock, int tie, struct err *e);

/*
 * cli_find() - the tailscale CLI: $TSFUNNEL_TAILSCALE, /usr/bin, /usr/local/bin, then PATH
 *
 * ERR_UNAVAILABLE with a cure when it is nowhere.
 */
int cli_find(char *path, size_t cap, struct err *e);

/* Where cli_find() looks first. */
const char *cli_wanted(void);

/* Can this file be executed, as far as its mode says? */
bool cli_is_program(const char *path);

/*
 * launch_run() - the verb
 * @no_wait: what would be waited for is an error, with the code of its state
 *
 * Does not return on success, which with --native ends with a signal. ERR_USAGE never comes from
 * here.
 */
int launch_run(const struct funnel *f, bool no_wait, struct err *e);

#endif
