/* SPDX-License-Identifier: MIT */
/*
 * A list of signing keys, and a signature before it: nobody signed it, so none may pass.
 *
 * Sources: base/err.c trust/digest.c trust/distsign.c
 */
#include "fuzz.h"
#include "trust/distsign.h"

#include <string.h>

/* A root of Tailscale. */
static const unsigned char root[1][DISTSIGN_KEY_LEN] = {
	{0x3e, 0xca, 0xda, 0x6e, 0xfd, 0x98, 0x36, 0x21, 0x03, 0x84, 0xf9,
	 0x67, 0x2d, 0x54, 0x8c, 0xb4, 0x1e, 0x44, 0x28, 0x00, 0xa6, 0xef,
	 0x3c, 0x6f, 0x2b, 0x17, 0xef, 0x60, 0x3e, 0x22, 0xed, 0x7f}};

/* The text of a key must stand in the list. */
static int stands_in(const unsigned char *key, const uint8_t *data, size_t size)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[45] = "";

	for (size_t i = 0; i < 43; i++) {
		unsigned bit = (unsigned)i * 6, at = bit / 8, shift = bit % 8;
		unsigned two = (unsigned)key[at] << 8 | (at + 1 < 32 ? key[at + 1] : 0U);

		text[i] = alphabet[two >> (10 - shift) & 63];
	}
	text[43] = '=';
	return memmem(data, size, text, 44) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct distsign_keys roots = {root, 1};
	const size_t cut = size < DISTSIGN_SIG_LEN ? size : DISTSIGN_SIG_LEN;
	struct distsign_bundle b = {.count = 0};
	struct err e = {.code = ERR_OK};

	if (distsign_parse((struct distsign_bytes){data, size}, &b, &e) == 0) {
		FUZZ_WANT(b.count > 0 && b.count <= DISTSIGN_KEYS_MAX);
		FUZZ_WANT(b.count <= size / 112);
		for (size_t i = 0; i < b.count; i++)
			FUZZ_WANT(stands_in(b.key[i], data, size));
	} else {
		FUZZ_WANT(e.code == ERR_DATA);
	}
	FUZZ_WANT(distsign_open(roots, (struct distsign_bytes){data + cut, size - cut},
				(struct distsign_bytes){data, cut}, &b, &e) != 0);
	return 0;
}
