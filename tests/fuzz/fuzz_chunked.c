/* SPDX-License-Identifier: MIT */
/*
 * The chunked coding: the same body and the same verdict in whatever pieces it comes.
 *
 * Sources: base/err.c net/chunked.c
 */
#include "fuzz.h"
#include "net/chunked.h"

#include <string.h>

struct decoded {
	uint8_t *body;
	size_t len;
	bool refused, whole;
};

static struct decoded decode(const uint8_t *data, size_t size, size_t piece)
{
	struct decoded d = {.body = malloc(size + 1)};
	struct chunked c = {0};
	struct err e;

	FUZZ_WANT(d.body != NULL);
	for (size_t at = 0; at < size && !d.refused; at += piece) {
		size_t n = size - at < piece ? size - at : piece, got = 0;
		char *mem = malloc(n);

		FUZZ_WANT(mem != NULL);
		memcpy(mem, data + at, n);
		d.refused = chunked_decode(&c, mem, n, &got, &e) != 0;
		FUZZ_WANT(!d.refused || e.code == ERR_DATA);
		FUZZ_WANT(got <= n);
		memcpy(d.body + d.len, mem, got);
		d.len += got;
		free(mem);
	}
	d.whole = c.state == CHUNKED_DONE;
	return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decoded all, some;

	if (size > 65536)
		return 0;
	all = decode(data, size, size == 0 ? 1 : size);
	for (size_t piece = 1; piece <= 3; piece++) {
		some = decode(data, size, piece);
		FUZZ_WANT(all.refused == some.refused && all.whole == some.whole);
		FUZZ_WANT(all.refused ||
			  (all.len == some.len && memcmp(all.body, some.body, all.len) == 0));
		free(some.body);
	}
	free(all.body);
	return 0;
}
