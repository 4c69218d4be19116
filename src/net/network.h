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

/* A connection on which one request can be sent. */
struct connection {
	struct stream *stream;           /* the network's; close it, do not free it */
	enum http_form form;             /* what the request line has to name */
	const char *proxy_authorization; /* header for the proxy, NULL without */
};

struct network {
	/*
	 * Connects to the host of @u, with TLS for https. One connection at a time: the one
	 * before must be closed.
	 */
	int (*open)(struct network *n, const struct url *u, struct deadline until,
		    struct connection *c, struct err *e);
};

static inline int network_open(struct network *n, const struct url *u, struct deadline until,
			       struct connection *c, struct err *e)
{
	return n->open(n, u, until, c, e);
}

#endif
