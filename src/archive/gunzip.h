/* SPDX-License-Identifier: MIT */
/*
 * gunzip - the bytes in a gzip file, exactly: one member, its checksum right, nothing behind it
 *
 * zlib inflates. libarchive's own gzip filter is not used: it does not check the checksum, joins
 * several members into one stream and ignores what stands behind them.
 *
 * Reads with pread(2) from the start of an open file; the file's offset is neither used nor moved.
 * Memory is constant: about 80 KiB.
 */
#ifndef ARCHIVE_GUNZIP_H
#define ARCHIVE_GUNZIP_H

#include "base/err.h"

#include <zlib.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GUNZIP_IN 16384 /* bytes read at once */

/*
 * Inflated bytes for each packed one at most. Deflate cannot exceed 1032; Go programs have 2 to
 * 3, the text beside them 5. The first GUNZIP_FREE bytes do not count, so that a small file of
 * equal bytes passes.
 */
#define GUNZIP_RATIO_MAX 50
#define GUNZIP_FREE ((uint64_t)1 << 20)

struct gunzip {
	int fd;
	const char *what;  /* for messages; lent */
	uint64_t in, out;  /* bytes read and inflated so far */
	uint64_t data_end; /* offset behind the last inflated byte that is not zero */
	bool ended;
	z_stream z;
	unsigned char chunk[GUNZIP_IN];
};

/* On success to be released with gunzip_done(). Errors: ERR_FAILED when memory is out. */
int gunzip_init(struct gunzip *g, int fd, const char *what, struct err *e);

/*
 * gunzip_read() - the next bytes
 *
 * Return: bytes, at least one; 0 at the end, which is reported only when the checksum fits and
 * the file ends there; -1 with ERR_DATA, or ERR_IO from the file.
 */
ssize_t gunzip_read(struct gunzip *g, void *mem, size_t cap, struct err *e);

void gunzip_done(struct gunzip *g);

/*
 * gunzip_size() - what the file says that it inflates to, in its last four bytes
 * @size: bytes, less what is beyond 4 GiB
 *
 * To ask for room with before it is unpacked: whether it is true is known only behind
 * gunzip_read()'s end. Errors: ERR_DATA for a file shorter than that, ERR_IO.
 */
int gunzip_size(int fd, const char *what, uint64_t *size, struct err *e);

#endif
