/* SPDX-License-Identifier: MIT */
/*
 * package - one release of Tailscale, fetched or found on disk, and verified
 *
 * The chain is the same both ways: the built-in roots sign distsign.pub, a key in it signs the
 * tarball (trust/distsign.h), and the folder inside it binds version and architecture
 * (archive/tgz.h). Transport is not trusted: a mirror or plain http will do.
 *
 * One pass over the network: the tarball goes to an unnamed or 0600 temporary file while it is
 * hashed; what was hashed is the same open file that is unpacked later.
 */
#ifndef FETCH_PACKAGE_H
#define FETCH_PACKAGE_H

#include "base/deadline.h"
#include "base/err.h"
#include "net/network.h"
#include "release/name.h"
#include "trust/distsign.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define PACKAGE_SERVER "https://pkgs.tailscale.com"

/* distsign.pub as it is kept for --to: a release's has one or two keys of 100 bytes. */
#define PACKAGE_KEYS_MAX 8192

/* What is asked for; NULL where nothing is said. Strings are borrowed. */
struct package_request {
	const char *base_url; /* PACKAGE_SERVER */
	const char *track;    /* stable, or that of the version */
	const char *version;  /* the newest of the track */
	const char *arch;     /* this machine's */
	const char *file;     /* a tarball on disk, with FILE.sig, distsign.pub and
			       * distsign.pub.sig beside it: no network */
	const char *folder;   /* for the temporary file; must exist */
	void *progress_ctx;
	void (*progress)(void *ctx, int64_t done, int64_t total);
};

struct package {
	struct name name;
	int fd; /* the tarball, verified; -1 without */
	int64_t size;
	uint64_t unpacked;   /* bytes that it inflates to, by its own word */
	char temp[PATH_MAX]; /* its name, "" when it has none */
	char from[256];      /* for messages: URL or path */
	unsigned char sig[DISTSIGN_SIG_LEN];
	char keys[PACKAGE_KEYS_MAX]; /* distsign.pub */
	size_t keys_len;
	unsigned char keys_sig[DISTSIGN_SIG_LEN];
};

/*
 * package_choose() - which release it will be
 * @p: its name is filled in
 *
 * Asks the index, unless version or file decide. ERR_USAGE for a bad version, track or
 * architecture; ERR_DATA for a release older than version_floor; errors of net/download.h.
 */
int package_choose(const struct package_request *q, struct network *n, struct deadline until,
		   struct package *p, struct err *e);

/*
 * package_get() - the chosen release, its signature verified
 *
 * What is inside is checked by whoever unpacks it, with tgz_walk() and the folder of @p's name:
 * not here as well, because inflating is what takes longest of all.
 *
 * ERR_DATA when a signature does not fit: the temporary file is gone then. ERR_IO with both
 * numbers when the disk is too small.
 */
int package_get(const struct package_request *q, struct network *n, struct deadline until,
		struct package *p, struct err *e);

/*
 * package_save() - tarball, signature and keys into a folder, for a machine without network
 * @path: filled in with the tarball's
 *
 * ERR_DATA when what is inside is not what the name says: nothing is kept then.
 */
int package_save(struct package *p, const char *folder, char path[static PATH_MAX], struct err *e);

/* Closes, and removes the temporary file. */
void package_done(struct package *p);

#endif
