/* SPDX-License-Identifier: MIT */
/*
 * changeover - from the Tailscale that was there to the one that was placed, or back
 */
#ifndef INSTALL_CHANGEOVER_H
#define INSTALL_CHANGEOVER_H

#include "base/err.h"
#include "install/install.h"

/*
 * changeover_run() - restart tailscaled as the generation that holds, see whether it comes up
 *
 * It has come up when it answers on its socket with the version that its CLI has; being online is
 * not asked, for that the network may be missing. Then the previous programs go. ERR_UNAVAILABLE
 * when it does not: the previous ones are back then, and run. Where nothing was before, and where
 * an exchange was killed before its switch, this only settles.
 */
int changeover_run(struct install *in, struct err *e);

#endif
