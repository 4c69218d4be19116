/* SPDX-License-Identifier: MIT */
/*
 * internet - the network as it is: TCP, a proxy where the environment names one, TLS for https
 *
 * The roots are read when https is used for the first time.
 */
#ifndef NET_INTERNET_H
#define NET_INTERNET_H

#include "net/dial.h"
#include "net/network.h"
#include "net/proxy.h"
#include "net/roots.h"
#include "net/tls.h"

struct internet {
	struct network network; /* what download_run() takes */
	const char *cacert;
	bool has_roots;
	struct roots roots;
	struct proxy proxy;
	struct dial dial;
	struct tls tls;
	struct http answer; /* of a proxy */
	char host[URL_HOST_MAX];
};

/*
 * internet_init() - nothing is connected or read yet
 * @cacert: a file of certificates to trust too, NULL without; must stay
 */
void internet_init(struct internet *i, const char *cacert);
void internet_done(struct internet *i);

#endif
