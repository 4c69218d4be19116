/* SPDX-License-Identifier: MIT */
/*
 * daemon - tailscaled's service, where no package brings one
 *
 * A service that is there and is not ours is used and left alone. Its files belong to Tailscale in
 * the manifest where install placed that, and go with --purge as its programs do; else they go with
 * the last funnel.
 */
#ifndef INSTALL_DAEMON_H
#define INSTALL_DAEMON_H

#include "base/err.h"
#include "install/install.h"

#include <stdbool.h>

/* Is the service to be written by us? Not where it is there and carries no marker of ours. */
bool daemon_is_ours(const struct install *in);

/* Does it stand as it shall? True for one that is not ours. */
int daemon_stands(const struct install *in, bool *stands, struct err *e);

int daemon_write(struct install *in, struct err *e);

#endif
