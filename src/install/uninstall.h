/* SPDX-License-Identifier: MIT */
/*
 * uninstall - the exact reverse of install, by the manifest
 *
 * Safe to run again at any point: each part looks whether it is still to be done. Files that
 * were changed since are kept and named. Without a manifest only files with our marker go.
 */
#ifndef INSTALL_UNINSTALL_H
#define INSTALL_UNINSTALL_H

#include "base/err.h"

#include <stdbool.h>

struct uninstall_args {
	const char *name; /* NULL: the service without a name */
	const char *socket;
	const char *init; /* of --init, NULL without */
	const char *root; /* of --root: an image that is not running; NULL: this machine */
	bool all;         /* every service of the manifest */
	bool logout;
	bool purge; /* Tailscale, too, if install placed it */
};

/* -1: ERR_USAGE, ERR_PERMISSION, ERR_UNAVAILABLE (no known init system), ERR_FAILED. */
int uninstall_run(const struct uninstall_args *args, struct err *e);

#endif
