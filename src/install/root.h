/* SPDX-License-Identifier: MIT */
/*
 * root - install for an image that is not running: what differs from a live machine
 *
 * The same steps as there, in the image (os/image.h), with the init system's row for images
 * (init_of_image()). What the machine is to do itself waits for its first boot: start, log in
 * (launch/firstlogin.h), serve.
 */
#ifndef INSTALL_ROOT_H
#define INSTALL_ROOT_H

#include "base/err.h"
#include "install/install.h"
#include "net/network.h"

/*
 * root_begin() - what needs the host, then into the image: its init system and its processor
 *
 * ERR_USAGE for a folder that can be none, ERR_UNAVAILABLE for an init system that is not known,
 * ERR_DATA when our program is for another processor than the image's.
 */
int root_begin(struct install *in, struct err *e);

/* The release for the image, got outside of it; the caller ends it with package_done(). */
int root_get_package(struct install *in, struct network *net, struct package *p, struct err *e);

/* Folders that are about to be made: recorded, so that uninstall leaves none. */
int root_check_folders(struct install *in, struct buf *todo, struct err *e);
int root_record_folders(struct install *in, struct err *e);

/* The key for the first boot, and that the service will have been started with this unit. */
int root_check_first_boot(struct install *in, struct buf *todo, struct err *e);
int root_prepare_first_boot(struct install *in, struct err *e);

#endif
