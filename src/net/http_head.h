/* SPDX-License-Identifier: MIT */
/*
 * http_head - reads the head of an HTTP/1.x answer
 *
 * Pure and strict (RFC 9112): lines end in CRLF, no folded headers, no control characters, no
 * two opinions on where the body ends. A head has nothing to hide; one that is odd is refused.
 */
#ifndef NET_HTTP_HEAD_H
#define NET_HTTP_HEAD_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX 16384 /* bytes, with the empty line */
#define HTTP_HEADER_MAX 64  /* header lines */

/* Where the body ends (RFC 9112, 6.3). */
enum http_body {
	HTTP_BODY_TO_EOF, /* with the connection */
	HTTP_BODY_LENGTH, /* after `length` bytes; 0 for answers that have none */
	HTTP_BODY_CHUNKED,
};

/* Points into the bytes that were parsed. */
struct http_header {
	const char *name;
	const char *value;
	size_t name_len;
	size_t value_len;
};

struct http_head {
	unsigned minor; /* of HTTP/1.x: 0 or 1 */
	int status;     /* 100-599 */
	enum http_body body;
	int64_t length;
	size_t count;
	struct http_header headers[HTTP_HEADER_MAX];
};

/*
 * http_head_end() - where the head ends
 *
 * Return: its bytes with the empty line; 0 while that has not come yet. A reader that holds
 * HTTP_HEAD_MAX bytes and still gets 0 gives up.
 */
size_t http_head_end(const char *data, size_t len);

/*
 * http_head_parse() - one whole head
 * @len: as http_head_end() said
 *
 * -1: ERR_DATA, with the reason.
 */
int http_head_parse(const char *data, size_t len, struct http_head *h, struct err *e);

/* The first header of that name (case does not matter), NULL without. */
const struct http_header *http_head_find(const struct http_head *h, const char *name);

/* Its value as a string; "" without, or when it does not fit. */
void http_head_copy(const struct http_head *h, const char *name, char *mem, size_t cap);

#endif
