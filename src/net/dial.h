/* SPDX-License-Identifier: MIT */
/*
 * dial - a TCP connection to a host, as a stream
 *
 * IPv4 and IPv6 in the order in which the resolver gives them (RFC 6724); each address gets its
 * share of the time, and the next one is tried when it fails. The resolver itself keeps its own
 * time (musl: 5 s unless resolv.conf says otherwise), it cannot be interrupted.
 *
 * Errors: see stream.h. e->sys is ENOENT when there is no such name.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "net/stream.h"

#include <stdint.h>

#define DIAL_TRY_MS 10000 /* one address, while others are left */

struct dial {
	struct stream stream;
	int fd; /* -1: closed */
};

/* Closed: may be closed again. */
void dial_init(struct dial *d);

/*
 * dial_tcp() - connect
 * @host: a name, IPv4, or IPv6 without brackets
 * @d:    filled in; release with stream_close(&d->stream)
 */
int dial_tcp(struct dial *d, const char *host, uint16_t port, struct deadline until, struct err *e);

#endif
