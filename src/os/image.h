/* SPDX-License-Identifier: MIT */
/*
 * image - the file tree of a machine that is not running, worked on from inside
 *
 * chroot(2) into it: from then on each path is the image's, for every function of this program
 * alike. No link leads out, by the kernel's own rule and at every step of every path, and an
 * absolute link leads where it will lead when the image has booted. Walking with openat2(2) and
 * RESOLVE_IN_ROOT would promise the same only for code that never opens a path by itself, and only
 * since Linux 5.6. Nothing of the image is executed: process_forbid().
 *
 * What needs the host (network, a key file, a package) is done outside, before or in between.
 */
#ifndef OS_IMAGE_H
#define OS_IMAGE_H

#include "base/deadline.h"
#include "base/err.h"

#include <stdbool.h>

struct image {
	int dir;  /* of the image, locked; -1 without */
	int host; /* the host's root */
	int cwd;  /* where we were there */
};

#define IMAGE_NONE                                                                                 \
	{                                                                                          \
		-1, -1, -1                                                                         \
	}

/*
 * image_open() - @path is the folder that will be "/"
 *
 * Waits until no other process works on it. ERR_USAGE when it is not there, is no folder, or is
 * the root of the running system; ERR_TIMEOUT, ERR_PERMISSION.
 */
int image_open(struct image *i, const char *path, struct deadline until, struct err *e);

int image_enter(const struct image *i, struct err *e);

/* Back to the host, for what needs it. */
int image_leave(const struct image *i, struct err *e);

/* Leaves, if need be, and unlocks. */
void image_done(struct image *i);

/* Are paths those of an image now? */
bool image_is_entered(void);

#endif
