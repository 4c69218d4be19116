/* SPDX-License-Identifier: MIT */
/* digest - see digest.h */
#include "trust/digest.h"

void digest_init(struct digest *d, enum digest_kind kind)
{
	d->kind = kind;
	if (kind == DIGEST_BLAKE2S)
		blake2s_init(&d->state.blake2s, DIGEST_LEN);
	else
		br_sha256_init(&d->state.sha256);
}

void digest_update(struct digest *d, const void *data, size_t len)
{
	if (len == 0)
		return;
	if (d->kind == DIGEST_BLAKE2S)
		blake2s_update(&d->state.blake2s, data, len);
	else
		br_sha256_update(&d->state.sha256, data, len);
}

void digest_out(const struct digest *d, unsigned char sum[static DIGEST_LEN])
{
	if (d->kind == DIGEST_BLAKE2S) {
		/* libb2 ends the context that it is given; ours goes on. */
		blake2s_state copy = d->state.blake2s;

		blake2s_final(&copy, sum, DIGEST_LEN);
	} else {
		br_sha256_out(&d->state.sha256, sum);
	}
}
