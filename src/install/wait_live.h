/* SPDX-License-Identifier: MIT */
/* wait_live - the last step of install: until tailscaled itself says that the funnel stands */
#ifndef INSTALL_WAIT_LIVE_H
#define INSTALL_WAIT_LIVE_H

#include "install/install.h"

/*
 * wait_live() - ask until the funnel stands or in->until passes
 *
 * With --timeout 0 an entry that nobody has to act for gets a few seconds to appear.
 *
 * What the launcher waits for is told once per state. -1: ERR_PERSON when a person must act
 * (with the URL to visit, if there is one, as the cure), ERR_FAILED when the service fails again
 * and again, ERR_TIMEOUT, ERR_UNAVAILABLE when tailscaled went away.
 */
int wait_live(struct install *in, struct err *e);

#endif
