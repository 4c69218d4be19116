/* SPDX-License-Identifier: MIT */
/*
 * download - the bytes of one URL into a sink
 *
 * Redirects are followed (at most DOWNLOAD_REDIRECTS, none twice, never from https to http).
 * What may pass is tried again: no connection, a cut, a stall, 408, 429 and 5xx; with a pause
 * that doubles, longer when Retry-After asks for it. After a cut the rest is asked for (Range,
 * If-Range with a strong ETag or Last-Modified); a server that sends all of it again makes the
 * sink start again. A try that brings new bytes does not count against DOWNLOAD_TRIES.
 *
 * The bytes are not verified here in any way, also not by TLS alone: see trust/.
 *
 * Errors: ERR_UNAVAILABLE (no connection, the server refuses), ERR_TIMEOUT, ERR_DATA (an answer
 * that cannot be what was asked for, a certificate), and those of the sink. The URL stands in
 * the message without its query.
 */
#ifndef NET_DOWNLOAD_H
#define NET_DOWNLOAD_H

#include "net/network.h"

#include <stdint.h>

#define DOWNLOAD_REDIRECTS 10
#define DOWNLOAD_TRIES 5        /* in a row without a new byte */
#define DOWNLOAD_TRIES_ALL 2000 /* at all */
#define DOWNLOAD_PAUSE_MS 1000  /* after the first failure */
#define DOWNLOAD_PAUSE_MAX_MS 30000
#define DOWNLOAD_STALL_MS 30000 /* without a byte */

struct download_sink {
	int (*write)(struct download_sink *s, const char *data, size_t len, struct err *e);
	/* What was written is void, the next byte is the first. */
	int (*restart)(struct download_sink *s, struct err *e);
};

/* Zero for a number means the default. */
struct download {
	const struct url *url;
	const char *what; /* for messages: "the package index" */
	int64_t max;      /* bytes of the body; more are refused before they are read */
	int stall_ms;
	int pause_ms; /* tests do not want to wait */
	int tries;
	void *progress_ctx;
	/* NULL without. @total -1 when the server does not say. */
	void (*progress)(void *ctx, int64_t done, int64_t total);
};

struct download_result {
	int64_t size;
	struct url url; /* where the bytes came from in the end */
	int tries;
};

/*
 * download_run() - fetch it
 * @r: filled in on success; may be NULL
 *
 * On failure the sink holds a part of it, or nothing; its owner throws that away.
 */
int download_run(const struct download *d, struct network *n, struct download_sink *sink,
		 struct deadline until, struct download_result *r, struct err *e);

#endif
