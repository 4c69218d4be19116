/* SPDX-License-Identifier: MIT */
/*
 * tailscale - which Tailscale is there, and what install is to do about it
 */
#ifndef INSTALL_TAILSCALE_H
#define INSTALL_TAILSCALE_H

#include "base/err.h"
#include "install/install.h"
#include "release/version.h"

/*
 * tailscale_look() - decide whether one is placed, replaced, or used as it is
 *
 * Sets in->tailscale_missing, in->replace, in->programs and in->cli. Refuses (ERR_CREATE) what
 * is not ours to replace: a Tailscale that install did not place, with the package that owns it;
 * half of one; an older version without --allow-downgrade.
 */
int tailscale_look(struct install *in, struct err *e);

/* The version that a CLI says it is. ERR_DATA when it says something else. */
int tailscale_version(const char *cli, struct version *v, struct err *e);

/* Pure: the version at the start of "1.102.3-t53a0d6598-g1234". */
int tailscale_parse_version(const char *text, struct version *v, struct err *e);

#endif
