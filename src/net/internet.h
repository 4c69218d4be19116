/* SPDX-License-Identifier: MIT */
/*
 * internet - the network as it is: TCP, a proxy where the environment names one, TLS for https
 *
 * The roots are read when https is used for the first time.
 *
 * A connection whose answer was read to its end is kept for the next request to the same host. A
 * release is six files of two hosts that are asked in turn (tailscale-facts B1: pkgs redirects to
 * dl), and each new connection costs up to four round trips and two signatures.
 */
#ifndef NET_INTERNET_H
#define NET_INTERNET_H

#include "net/dial.h"
#include "net/network.h"
#include "net/proxy.h"
#include "net/roots.h"
#include "net/tls.h"

#define INTERNET_LINES 2 /* connections kept at most */

/* A connection, to a host or through a proxy for it. */
struct line {
	bool idle;        /* open, and ready for a request */
	unsigned used_at; /* the number of the request that it served last */
	enum url_scheme scheme;
	char host[URL_HOST_MAX];
	uint16_t port;
	struct proxy proxy;
	struct dial dial;
	struct tls tls;
};

struct internet {
	struct network network; /* what download_run() takes */
	const char *cacert;
	bool has_roots;
	struct roots roots;
	struct http answer; /* of a proxy */
	unsigned requests;
	struct line lines[INTERNET_LINES];
};

/*
 * internet_init() - nothing is connected or read yet
 * @cacert: a file of certificates to trust too, NULL without; must stay
 */
void internet_init(struct internet *i, const char *cacert);
void internet_done(struct internet *i);

#endif
