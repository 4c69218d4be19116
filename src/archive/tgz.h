/* SPDX-License-Identifier: MIT */
/*
 * tgz - the wanted files in a release's tarball
 *
 * Works on an open file, from its start, with pread(2): what was verified and what is unpacked
 * are the same bytes. Nothing may be handed in that was not verified before. Memory is constant.
 *
 * zlib inflates (see gunzip.h), libarchive reads the tar. What that reader would forgive is
 * refused here: each header must stand exactly where the file before it ends, and only zeros may
 * follow the last one. So there is no room for the headers by which pax and GNU tar rename
 * files, leave holes in them or change their sizes.
 */
#ifndef ARCHIVE_TGZ_H
#define ARCHIVE_TGZ_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TGZ_NAME_MAX 100 /* bytes of a member's whole name: the field of a tar header */

/* Our own bounds. A release has 8 members, 80 MB unpacked; its largest one has 45 MB. */
#define TGZ_MEMBERS_MAX 64
#define TGZ_MEMBER_MAX ((uint64_t)256 << 20)
#define TGZ_TEXT_MAX ((uint64_t)64 << 10) /* of the files that systemd reads */
#define TGZ_TOTAL_MAX ((uint64_t)512 << 20)

/* What is wanted of it, by the name below the folder (release/dist/unixpkgs in Tailscale's tree).
 */
enum tgz_file {
	TGZ_TAILSCALE,  /* tailscale */
	TGZ_TAILSCALED, /* tailscaled */
	TGZ_SERVICE,    /* systemd/tailscaled.service */
	TGZ_DEFAULTS,   /* systemd/tailscaled.defaults */
	TGZ_FILES
};

struct tgz_member {
	enum tgz_file file;
	const char *name; /* below the folder */
	uint64_t size;    /* bytes, more than 0 */
};

/* The walk under way; only tgz_read() looks into it. */
struct tgz;

/*
 * Called once for each wanted member, in the order of the tarball, which is not known before. It
 * may read the member with tgz_read(), or a part of it, or nothing. Return: 0, or -1 with *e set,
 * which ends the walk.
 */
typedef int tgz_take(void *ctx, const struct tgz_member *m, struct tgz *t, struct err *e);

/* Bytes of the member, 0 at its end, -1 with ERR_DATA or ERR_IO. */
ssize_t tgz_read(struct tgz *t, void *mem, size_t cap, struct err *e);

/*
 * tgz_walk() - hand out the wanted members
 * @what:   name of the tarball, for messages
 * @folder: "tailscale_1.102.3_amd64"; all members must lie in it, which binds version and
 *          architecture, because the file's own name is not signed
 * @take:   may be NULL: then the tarball is only checked
 *
 * Refused with ERR_DATA, wherever they stand: links, devices, pipes, names that are absolute, have
 * "." or ".." in them or bytes other than printable ASCII, the same name twice, another folder, a
 * wanted member that is missing or empty, sizes beyond the bounds above, extended headers,
 * sparse files, a damaged or cut gzip stream, data behind the end. Other plain files in the
 * folder are passed over, so that a release may bring new ones.
 *
 * A member is handed out before those behind it are known: what @take made of it is of use only
 * when this returns 0. Errors: ERR_DATA, ERR_IO, ERR_FAILED (no memory), those of @take.
 */
int tgz_walk(int fd, const char *what, const char *folder, tgz_take *take, void *ctx,
	     struct err *e);

/*
 * tgz_folder() - the folder that the first member lies in
 *
 * For a tarball whose version is not known otherwise; tgz_walk() then holds the others to it.
 * Errors: as tgz_walk().
 */
int tgz_folder(int fd, const char *what, char folder[static TGZ_NAME_MAX + 1], struct err *e);

#endif
