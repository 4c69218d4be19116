/* SPDX-License-Identifier: MIT */
/*
 * http - one GET and its answer over any stream (RFC 9110, 9112)
 *
 * HTTP/1.1: one request after another, none before the answer to the one before has been read to
 * its end (http_may_follow()). Heads are parsed by http_head.h. Answers of 1xx are skipped, 101 is
 * refused. The body ends after Content-Length bytes, with the last chunk, or where neither is said
 * with the connection; what comes behind it is never read as body, and less than it is a cut
 * (ERR_UNAVAILABLE).
 *
 * Errors: those of stream.h, and ERR_DATA for an answer that is not well formed.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "net/chunked.h"
#include "net/http_head.h"
#include "net/stream.h"
#include "net/url.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_VALIDATOR_MAX 128 /* an ETag or a date, with the NUL */
#define HTTP_SKIPPED_MAX 8     /* answers of 1xx before the real one */

/* What the request line names. */
enum http_form {
	HTTP_ORIGIN,   /* path and query */
	HTTP_ABSOLUTE, /* the whole URL, for a proxy that forwards */
};

struct http_request {
	const struct url *url;
	enum http_form form;
	const char *proxy_authorization; /* "Basic ...", NULL without */
	int64_t from;                    /* > 0: Range from this byte on ... */
	const char *if_range;            /* ... if this validator still holds; NULL without */
};

/* An answer under way. */
struct http {
	struct stream *stream;
	struct http_head head; /* points into mem */
	struct chunked chunked;
	int64_t left; /* of a body with a length */
	bool done;
	size_t at, len; /* what was read behind the head: mem[at..len) */
	char mem[HTTP_HEAD_MAX];
};

/*
 * http_get() - send the request and read the head of its answer
 * @h: filled in; its head is valid until the next call with @h
 */
int http_get(struct http *h, struct stream *s, const struct http_request *q, struct deadline until,
	     struct err *e);

/*
 * http_exchange() - send @request as it is and read the head of its answer
 *
 * For CONNECT: what follows is no body, and http_left_over() says how much of it has come.
 */
int http_exchange(struct http *h, struct stream *s, const char *request, struct deadline until,
		  struct err *e);
size_t http_left_over(const struct http *h);

/*
 * http_read() - the next bytes of the body
 * @got: at least 1, or 0 when it is complete
 */
int http_read(struct http *h, char *mem, size_t cap, struct deadline until, size_t *got,
	      struct err *e);

/*
 * http_may_follow() - can the stream serve another request?
 *
 * Only where the answer's length was said and has been read, nothing stands behind it as far as
 * that has come, and the server does not mean to hang up.
 */
bool http_may_follow(const struct http *h);

/* Bytes of the body that the head announces, -1 when it does not say. */
int64_t http_length(const struct http *h);

#endif
