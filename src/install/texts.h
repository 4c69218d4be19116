/* SPDX-License-Identifier: MIT */
/*
 * texts - the package's unit and /etc/default/tailscaled, which go with its programs
 *
 * They change with the generation that they belong to (install/generation.h), which keeps a copy
 * of the new ones and of those that they replace. A text that somebody else wrote, or that was
 * edited since, is left alone, as a distribution's package leaves its configuration files.
 */
#ifndef INSTALL_TEXTS_H
#define INSTALL_TEXTS_H

#include "base/err.h"
#include "install/generation.h"
#include "store/manifest.h"

#define TEXTS_UNIT "/etc/systemd/system/tailscaled.service"
#define TEXTS_DEFAULTS "/etc/default/tailscaled"

/*
 * texts_keep() - put the package's texts, and those that they may replace, into the generations
 * @unit: as packaged; ERR_DATA when it does not start /usr/sbin/tailscaled
 */
int texts_keep(const struct programs *to, const char *defaults, const char *unit,
	       const struct manifest *m, struct err *e);

/* Puts those of the generation that holds in place, recorded in the manifest. */
int texts_put(const struct programs *at, struct manifest *m, struct err *e);

/* Pure: the package's unit with the program's path in it replaced, and our marker on top. */
int texts_adapt_unit(const char *text, const char *daemon, char *out, size_t cap, struct err *e);

#endif
