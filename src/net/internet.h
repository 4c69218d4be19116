/* SPDX-License-Identifier: MIT */
/*
 * internet - the network as it is: TCP, a proxy where the environment names one, TLS for https
 */
#ifndef NET_INTERNET_H
#define NET_INTERNET_H

#include "net/dial.h"
#include "net/network.h"

struct internet {
	struct network network; /* what download_run() takes */
	struct dial dial;
};

/* internet_init() - nothing is connected yet */
void internet_init(struct internet *i);

#endif
