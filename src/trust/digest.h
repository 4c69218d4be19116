/* SPDX-License-Identifier: MIT */
/*
 * digest - BLAKE2s-256 and SHA-256 behind one shape
 *
 * The context belongs to the caller, holds no pointer and needs no release. BLAKE2s is libb2's
 * (RFC 7693, no key), SHA-256 is BearSSL's.
 */
#ifndef TRUST_DIGEST_H
#define TRUST_DIGEST_H

#include <bearssl_hash.h>
#include <blake2.h>

#include <stddef.h>

#define DIGEST_LEN 32 /* bytes, of both */

enum digest_kind { DIGEST_BLAKE2S, DIGEST_SHA256 };

struct digest {
	enum digest_kind kind;
	union {
		blake2s_state blake2s;
		br_sha256_context sha256;
	} state;
};

/* Starts over, whatever @d held before. */
void digest_init(struct digest *d, enum digest_kind kind);

/* Adds bytes; how they are cut into calls does not matter. @data may be NULL when @len is 0. */
void digest_update(struct digest *d, const void *data, size_t len);

/* The sum of all bytes so far. The context is not touched and may take more. */
void digest_out(const struct digest *d, unsigned char sum[static DIGEST_LEN]);

#endif
