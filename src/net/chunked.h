/* SPDX-License-Identifier: MIT */
/*
 * chunked - takes the chunked coding off a body (RFC 9112, 7.1), in place
 *
 * Pure and strict: lines end in CRLF, sizes are hexadecimal digits and nothing else before ';'
 * or the end of the line, extensions and trailers are skipped and bounded.
 */
#ifndef NET_CHUNKED_H
#define NET_CHUNKED_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHUNKED_DIGITS 15        /* of a size: below 2^60 */
#define CHUNKED_LINE_MAX 256     /* of a size with its extensions */
#define CHUNKED_TRAILER_MAX 4096 /* all trailers together */

enum chunked_state {
	CHUNKED_SIZE, /* zero: a new body */
	CHUNKED_EXTENSION,
	CHUNKED_SIZE_LF,
	CHUNKED_DATA,
	CHUNKED_DATA_CR,
	CHUNKED_DATA_LF,
	CHUNKED_TRAILER, /* at the start of a line */
	CHUNKED_TRAILER_TEXT,
	CHUNKED_TRAILER_LF,
	CHUNKED_END_LF,
	CHUNKED_DONE,
};

/* Zero-filled is a valid beginning. */
struct chunked {
	enum chunked_state state;
	uint64_t left;   /* of the chunk */
	unsigned digits; /* of its size so far */
	size_t line;     /* bytes of the size's line, or of the trailers */
};

/*
 * chunked_decode() - the next bytes from the connection
 * @data, @len: coded bytes; afterwards the first *@got bytes of it are body
 *
 * It is the whole body once @c->state is CHUNKED_DONE; bytes behind the end are dropped. -1:
 * ERR_DATA.
 */
int chunked_decode(struct chunked *c, char *data, size_t len, size_t *got, struct err *e);

#endif
