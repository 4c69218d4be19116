/* SPDX-License-Identifier: MIT */
/*
 * place - Tailscale's files from a verified package to where they run
 *
 * Below a prefix ("/usr", or another where /usr is read-only): bin/tailscale and sbin/tailscaled,
 * the pairing that tailscaled's own updater knows (tailscale-facts A4). Beside them
 * tailscaled.service and /etc/default/tailscaled, from the package, with the unit's paths
 * adapted.
 *
 * Crash-safe: the programs are first written beside their targets and synced, then recorded in
 * the manifest, then renamed, tailscaled last. Until then the old state stands. The unit comes
 * after both, so nothing starts half of it, and a second run finishes what was begun.
 */
#ifndef INSTALL_PLACE_H
#define INSTALL_PLACE_H

#include "base/err.h"
#include "fetch/package.h"
#include "store/manifest.h"

#include <limits.h>

#define PLACE_PREFIX "/usr"
#define PLACE_UNIT "/etc/systemd/system/tailscaled.service"
#define PLACE_DEFAULTS "/etc/default/tailscaled"

struct place {
	char prefix[MANIFEST_PATH_MAX];
	char cli[MANIFEST_PATH_MAX];    /* PREFIX/bin/tailscale */
	char daemon[MANIFEST_PATH_MAX]; /* PREFIX/sbin/tailscaled */
};

/*
 * place_choose() - where the programs go
 * @prefix: of --prefix, NULL without: /usr, else /opt/tailscale, else our state folder
 *
 * ERR_CREATE when programs cannot be put and run there, with the reason (read-only, noexec).
 */
int place_choose(struct place *pl, const char *prefix, struct err *e);

/*
 * place_files() - unpack and put in place
 *
 * What the manifest has recorded as placed before is replaced. /etc/default/tailscaled is left
 * alone when it is there. ERR_IO with both numbers when the disk is too small.
 */
int place_files(const struct place *pl, const struct package *p, struct manifest *m, struct err *e);

/* Removes the folder of a program that is gone, and the prefix, when nothing is left in them. */
void place_remove_folders(const char *program);

/* Pure: the package's unit with the program's path in it replaced, and our marker on top. */
int place_adapt_unit(const char *text, const char *daemon, char *out, size_t cap, struct err *e);

#endif
