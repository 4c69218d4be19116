/* SPDX-License-Identifier: MIT */
/*
 * sink - where the bytes of a download go: a bounded piece of memory, or a file while its hash
 * is taken
 */
#ifndef FETCH_SINK_H
#define FETCH_SINK_H

#include "base/err.h"
#include "net/download.h"
#include "trust/digester.h"
#include "trust/distsign.h"

#include <stddef.h>
#include <stdint.h>

struct memory_sink {
	struct download_sink sink;
	char *mem;
	size_t cap, len;
};

void memory_sink_init(struct memory_sink *m, char *mem, size_t cap);

struct file_sink {
	struct download_sink sink;
	int fd;             /* lent */
	const char *folder; /* of the file, for messages and its free space */
	int64_t done;
	int64_t total; /* -1 while the server has not said */
	struct distsign_hash signed_hash;
	struct digester sha256; /* runs from the first byte on */
};

/* ERR_IO with both numbers when the rest of @total does not fit on the disk. */
void file_sink_init(struct file_sink *f, int fd, const char *folder);

/* Ends what runs beside it, on every way out. */
void file_sink_done(struct file_sink *f);

/* For download.progress: tells the sink how much will come. */
void file_sink_expect(struct file_sink *f, int64_t total);

#endif
