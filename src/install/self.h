/* SPDX-License-Identifier: MIT */
/*
 * self - our own binary at a path that stays
 */
#ifndef INSTALL_SELF_H
#define INSTALL_SELF_H

#include "base/err.h"
#include "base/file.h"
#include "store/manifest.h"

#include <stdbool.h>

struct self {
	int fd; /* the running binary, open; -1 without */
	char digest[FILE_DIGEST_LEN];
	char path[MANIFEST_PATH_MAX];   /* where it goes */
	char folder[MANIFEST_PATH_MAX]; /* the topmost that must be made for it, "" none */
	bool same;                      /* it is there already, byte for byte */
};

/*
 * self_open() - what is to be placed
 * @file: of --self, NULL: the running binary
 *
 * ERR_DATA when the file is no tsfunnel.
 */
int self_open(struct self *s, const char *file, struct err *e);

/*
 * self_find() - open the running binary, if self_open() was not called, and choose its place
 * @wanted: of --self-path, NULL without
 * @m:      a place chosen before is kept
 *
 * Else the first of /usr/local/bin, /opt/tsfunnel and the state folder that can be written and
 * executed from. ERR_CREATE when @wanted cannot or would not outlive a reboot, when none can, or
 * when a file that is not tsfunnel lies there.
 */
int self_find(struct self *s, const char *wanted, const struct manifest *m, struct err *e);

/* Copies it there, 0755. */
int self_place(const struct self *s, struct err *e);

/* Puts where it goes into the manifest, which is to be saved before self_place(). */
void self_record(const struct self *s, struct manifest *m);

/* Removes the folders that were made for it, as far as nothing else is in them. */
void self_remove_folders(const struct manifest *m);

void self_done(struct self *s);

/* Removes tsfunnel where self_find() puts it by itself; other files there stay. */
int self_remove_unrecorded(struct err *e);

/* NULL when a program can be put at @path and run from there, else the reason. */
const char *self_unusable(const char *path);

/* Does this file carry our marker? Bounded, for scripts and binaries. */
bool self_is_ours(const char *path);

#endif
