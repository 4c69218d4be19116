/* SPDX-License-Identifier: MIT */
/*
 * place - Tailscale's files from a verified package to where they run
 *
 * Below a prefix ("/usr", or another where /usr is read-only): bin/tailscale and sbin/tailscaled,
 * the pairing that tailscaled's own updater knows (tailscale-facts A4). Beside them
 * tailscaled.service and /etc/default/tailscaled, from the package, with the unit's paths
 * adapted.
 *
 * Crash-safe: the programs are first written beside their targets and synced, then change
 * together (install/generation.h). The previous ones stay until place_settle(): the new daemon
 * is to come up first. After a kill at any moment both are the old or both the new ones, and
 * place_settle() finishes.
 */
#ifndef INSTALL_PLACE_H
#define INSTALL_PLACE_H

#include "base/err.h"
#include "fetch/package.h"
#include "install/generation.h"
#include "store/manifest.h"

#define PLACE_PREFIX "/usr"

/*
 * place_choose() - where the programs go
 * @prefix: of --prefix, NULL without: /usr, else /opt/tailscale, else our state folder
 *
 * ERR_CREATE when programs cannot be put and run there, with the reason (read-only, noexec).
 */
int place_choose(struct programs *to, const char *prefix, struct err *e);

/* Where an earlier install placed them; false when none did. */
bool place_find(const struct manifest *m, struct programs *at);

/*
 * place_programs() - unpack beside what is there, and let the new ones hold
 *
 * What an earlier place_programs() left is settled before. ERR_IO with both numbers when the disk
 * is too small. After an error, what was there holds.
 */
int place_programs(struct programs *to, const struct package *p, struct manifest *m, struct err *e);

/*
 * place_settle() - make the generation that holds permanent, with its texts
 *
 * Texts that somebody else wrote or changed are left alone. Nothing to settle is success. Where
 * nothing holds, the folders that were made for it go.
 */
int place_settle(const struct programs *at, struct manifest *m, struct err *e);

/*
 * place_withdraw() - as place_settle(), but a new one that nobody has seen answer is taken back
 * @back: the previous programs hold again; what runs may still be the new ones
 *
 * Where there is no previous one, the new one is made permanent.
 */
int place_withdraw(const struct programs *at, struct manifest *m, bool *back, struct err *e);

/* Removes the folder of a program that is gone, and the prefix, when nothing is left in them. */
void place_remove_folders(const char *program);

#endif
