/* SPDX-License-Identifier: MIT */
/*
 * network - a way to reach hosts: how download.h gets its connections
 *
 * internet.h is the real one (proxies, TCP, TLS); tests bring their own.
 */
#ifndef NET_NETWORK_H
#define NET_NETWORK_H

#include "net/http.h"
#include "net/stream.h"
#include "net/url.h"

#include <stdbool.h>

/* A connection on which one request can be sent. */
struct connection {
	struct stream *stream;           /* the network's */
	enum http_form form;             /* what the request line has to name */
	const char *proxy_authorization; /* header for the proxy, NULL without */
	bool reused;                     /* it has served a request before: the server may have
					  * hung up since, and a new one is worth a try */
};

struct network {
	/*
	 * Connects to the host of @u, with TLS for https. One connection at a time: the one
	 * before must be released.
	 */
	int (*open)(struct network *n, const struct url *u, struct deadline until,
		    struct connection *c, struct err *e);
	/* Ends it; with @again it may be kept for the next request to the same host. */
	void (*release)(struct network *n, struct connection *c, bool again);
};

static inline int network_open(struct network *n, const struct url *u, struct deadline until,
			       struct connection *c, struct err *e)
{
	return n->open(n, u, until, c, e);
}

static inline void network_release(struct network *n, struct connection *c, bool again)
{
	n->release(n, c, again);
}

#endif
