/* SPDX-License-Identifier: MIT */
/*
 * anchors - the TLS roots built in, for machines that have no bundle
 *
 * Those that vendor/roots names, in its order. Made by the build (vendor/anchors.sh) out of what
 * vendor/lock pins; no file under src/ holds them.
 */
#ifndef NET_ANCHORS_H
#define NET_ANCHORS_H

#include <bearssl_x509.h>

#include <stddef.h>

/* As BearSSL wants them. All of it is constant, although its types do not say so. */
extern const br_x509_trust_anchor anchors[];
extern const size_t anchors_count;

/* The same certificates for other programs: blocks of PEM, NUL-terminated. */
extern const char anchors_pem[];
extern const size_t anchors_pem_len; /* without the NUL */

#endif
