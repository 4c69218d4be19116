/* SPDX-License-Identifier: MIT */
/*
 * refusal - a sandbox that this machine refuses in parts, and the service that runs without them
 *
 * What was left out is recorded with the digest of the whole unit that was refused. As long as
 * the whole unit would be the same, it is not tried again; another one (a new tsfunnel, another
 * target) is.
 */
#ifndef INSTALL_REFUSAL_H
#define INSTALL_REFUSAL_H

#include "install/install.h"

/* Renders the unit, without what this machine is known to refuse. */
int refusal_render(struct install *in, struct err *e);

/*
 * refusal_seen() - does the service end at its sandbox now?
 *
 * Waits while it is being started, seconds at most. @parts: enum confinement, what is in its
 * unit and was refused; 0 for nothing.
 */
int refusal_seen(struct install *in, unsigned *parts, struct err *e);

/* (Re)starts the service; where its sandbox is refused, writes the unit without that first. */
int refusal_start(struct install *in, struct err *e);

#endif
