/* SPDX-License-Identifier: MIT */
/*
 * authkey - the secret that joins a node to a tailnet
 *
 * From --auth-key-file PATH or "-" (standard input), else TS_AUTHKEY, which is the key itself
 * or "file:PATH" as Tailscale's container takes it. TS_AUTHKEY is removed from the environment
 * so that no child inherits it. A key never comes from, nor goes into, an argument.
 */
#ifndef INSTALL_AUTHKEY_H
#define INSTALL_AUTHKEY_H

#include "base/err.h"

#define AUTHKEY_MAX 1024

struct authkey {
	char text[AUTHKEY_MAX]; /* "" when none was given */
};

/*
 * authkey_read() - @file: of --auth-key-file, NULL without
 *
 * White space around the key is dropped. ERR_DATA for an empty file or one that is no key
 * (inner white space, control bytes, too long), ERR_IO, ERR_PERMISSION.
 */
int authkey_read(const char *file, struct authkey *k, struct err *e);

/* Overwrites the key in memory. */
void authkey_wipe(struct authkey *k);

/* Pure: trims and checks @text in place. @from names the source in messages. */
int authkey_check(char *text, const char *from, struct err *e);

#endif
