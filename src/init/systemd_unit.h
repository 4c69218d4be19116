/* SPDX-License-Identifier: MIT */
/* systemd_unit - the managed unit's text */
#ifndef INIT_SYSTEMD_UNIT_H
#define INIT_SYSTEMD_UNIT_H

#include "base/buf.h"
#include "base/err.h"
#include "init/init.h"

/*
 * systemd_unit_render() - pure: spec to bytes
 *
 * Directives that spec->manager_version does not know are left out, and so are those of
 * spec->left_out, which a comment names. ERR_USAGE for a text that
 * systemd cannot carry (control characters), ERR_BUG when @out is too small.
 */
int systemd_unit_render(const struct unit_spec *spec, struct buf *out, struct err *e);

/* Which part of the sandbox the machine refuses when a start ends with @status; 0: none. */
unsigned systemd_unit_refused(int status);

#endif
