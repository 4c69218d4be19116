/* SPDX-License-Identifier: MIT */
/*
 * digester - the digest of a stream, taken by a second process while the first goes on
 *
 * Inflating is what an install waits for; a digest of what comes out costs half as much again, and
 * even small machines have two processors. The process is a fork of ours that reads from one end of
 * a socket pair, says the sum when the stream ends, and dies with us.
 *
 * For what is recorded or compared beside a signature. What a signature is checked against is taken
 * where the bytes are (trust/distsign.h).
 */
#ifndef TRUST_DIGESTER_H
#define TRUST_DIGESTER_H

#include "base/err.h"
#include "trust/digest.h"

#include <stddef.h>
#include <sys/types.h>

struct digester {
	int fd; /* our end; -1: none runs */
	pid_t pid;
};

#define DIGESTER_NONE ((struct digester){.fd = -1})

/* On success to be ended by digester_end() or digester_drop(). ERR_FAILED without room for it. */
int digester_start(struct digester *d, enum digest_kind kind, struct err *e);

/* More of the stream; waits when the other side is behind. ERR_FAILED when it is gone. */
int digester_add(struct digester *d, const void *data, size_t len, struct err *e);

/* The sum of all that was added; none runs afterwards, also on ERR_FAILED. */
int digester_end(struct digester *d, unsigned char sum[static DIGEST_LEN], struct err *e);

/* Ends it without a sum, if it runs. */
void digester_drop(struct digester *d);

#endif
