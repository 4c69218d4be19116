/* SPDX-License-Identifier: MIT */
/*
 * sandbox - what a unit's sandbox must let through for one target
 *
 * The tailscale CLI stats a path target, so it must see it, although ProtectHome=, PrivateTmp=
 * and missing capabilities hide or close the folders above. (It looks at nothing else: a unix:
 * target is tailscaled's business, and so are the files in a folder.) A veil is a folder that is
 * covered by an empty read-only one, through which the target's own path is bound.
 */
#ifndef INIT_SANDBOX_H
#define INIT_SANDBOX_H

#include "base/err.h"
#include "funnel/target.h"

#include <stdbool.h>

#define SANDBOX_PATH_MAX TARGET_MAX

struct sandbox {
	char bind[SANDBOX_PATH_MAX]; /* path target to bind read-only, "" without */
	char veil[SANDBOX_PATH_MAX]; /* topmost folder above it that root without capabilities
				      * cannot search, "" without */
	bool home; /* below /home, /root or /run/user: ProtectHome= would hide it */
};

/*
 * sandbox_for() - look at a target on this machine
 *
 * Targets without a path: all zero. Symbolic links are followed: what is bound is what they lead
 * to. Errors: ERR_USAGE when the path is missing (reason, errno and cure), or cannot be shown in
 * a sandbox: it lies in /proc, /sys or /dev, leads over a link in a folder that is hidden, or
 * would need a veil over what the service itself needs.
 */
int sandbox_for(const struct target *t, struct sandbox *s, struct err *e);

/* The same without looking, as if there were no links and no closed folders. Never fails. */
void sandbox_guess(const struct target *t, struct sandbox *s);

/* The folder that keeps a path from a sandboxed service (/home, /tmp ...), NULL without. Pure. */
const char *sandbox_hides(const char *path);

#endif
