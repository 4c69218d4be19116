/* SPDX-License-Identifier: MIT */
/*
 * generation - Tailscale's two programs, exchanged together
 *
 * Two names in two folders cannot be renamed at once: a kill between them would leave a CLI of
 * one version beside a daemon of another. While they are exchanged, both names are links through
 * one third name, so that one rename(2) changes both, and one changes them back:
 *
 *     PREFIX/bin/tailscale          -> PREFIX/lib/tsfunnel/current/tailscale
 *     PREFIX/sbin/tailscaled        -> PREFIX/lib/tsfunnel/current/tailscaled
 *     PREFIX/lib/tsfunnel/current   -> old | new
 *     PREFIX/lib/tsfunnel/old/tailscale  -> PREFIX/bin/tailscale.tsfunnel-old
 *     PREFIX/lib/tsfunnel/new/tailscale  -> PREFIX/bin/tailscale.tsfunnel-new   daemon likewise
 *
 * The programs themselves stay in the folders of their names, where security modules label and
 * allow them. In the end they are renamed to their names and nothing of this is left; a daemon
 * that runs meanwhile is then, in /proc/PID/exe too, the file of its name, by which its own
 * updater finds the CLI (tailscale-facts A4).
 *
 * Whoever is killed leaves PREFIX/lib/tsfunnel: generation_end() makes the generation that holds
 * permanent, from any point.
 */
#ifndef INSTALL_GENERATION_H
#define INSTALL_GENERATION_H

#include "base/err.h"
#include "store/manifest.h"

#include <limits.h>
#include <stdbool.h>

/* Where Tailscale's programs are. */
struct programs {
	char prefix[MANIFEST_PATH_MAX];
	char cli[MANIFEST_PATH_MAX];    /* PREFIX/bin/tailscale */
	char daemon[MANIFEST_PATH_MAX]; /* PREFIX/sbin/tailscaled */
	/* Of the new generation's, where it was just placed; "" unknown. */
	char cli_digest[FILE_DIGEST_LEN];
	char daemon_digest[FILE_DIGEST_LEN];
	bool without_unit; /* the package's unit is for another init system */
};

enum generation { GENERATION_OLD, GENERATION_NEW, GENERATION_NONE };

/* ERR_USAGE when the prefix is too long. */
int programs_of(const char *prefix, struct programs *p, struct err *e);

/* The name of a program (p->cli or p->daemon) while it is of a generation. */
void generation_name(const char *program, enum generation g, char name[static PATH_MAX]);

/* A file of ours that belongs to a generation: PREFIX/lib/tsfunnel/old/NAME. */
void generation_file(const struct programs *p, enum generation g, const char *name,
		     char path[static PATH_MAX]);

/* Was an exchange begun, and not ended? */
bool generation_is_open(const struct programs *p);

/* The one that holds; GENERATION_NONE when both names are as they were before the exchange. */
enum generation generation_current(const struct programs *p);

/* Is there a previous one to go back to? */
bool generation_has_old(const struct programs *p);

/* The folder for it; ends what was left of another exchange must be done before. */
int generation_open(const struct programs *p, struct err *e);

/*
 * generation_begin() - keep what is there as the old one, and let it hold
 *
 * The new programs lie under generation_name() by then. A program that is not there yet becomes
 * a link to nothing until the switch.
 */
int generation_begin(const struct programs *p, struct err *e);

/* Lets the other generation hold: one rename. */
int generation_switch(const struct programs *p, enum generation g, struct err *e);

/* Makes the one that holds permanent and removes all else. Nothing to do is success. */
int generation_end(const struct programs *p, struct err *e);

#endif
