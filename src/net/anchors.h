/* SPDX-License-Identifier: MIT */
/*
 * anchors - the TLS roots built in, for machines that have no bundle
 *
 * Those that vendor/roots names, in its order. Made by the build (vendor/anchors.sh) out of what
 * vendor/lock pins; no file under src/ holds them.
 */
#ifndef NET_ANCHORS_H
#define NET_ANCHORS_H

#include <stddef.h>

/*
 * One certificate in DER: the only form that is stored. Names and keys for BearSSL and PEM for
 * other programs are made of it when they are wanted; stored as well, they were 10 KB.
 */
struct anchor {
	const unsigned char *der;
	size_t len;
};

extern const struct anchor anchors[];
extern const size_t anchors_count;

#endif
