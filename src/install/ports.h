/* SPDX-License-Identifier: MIT */
/* ports - is the public port free for this funnel? */
#ifndef INSTALL_PORTS_H
#define INSTALL_PORTS_H

#include "base/err.h"
#include "funnel/funnel.h"
#include "launch/live.h"
#include "store/manifest.h"

/*
 * ports_check() - against our other funnels and against what tailscaled serves
 * @l:    what tailscaled says; l->daemon false: only our own are known
 * @mine: a foreground entry on the port, if there is one, is this service's own
 *
 * With --take-over only our other funnels count.
 *
 * ERR_PERSON, naming who has the port and which of 443, 8443 and 10000 are free.
 */
int ports_check(const struct funnel *f, const struct manifest *m, const struct live *l, bool mine,
		struct err *e);

#endif
