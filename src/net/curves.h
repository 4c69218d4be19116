/* SPDX-License-Identifier: MIT */
/*
 * curves - elliptic curves for TLS, in little code
 *
 * X25519, P-256, P-384 and P-521 as br_ec_all_m31 has them, by BearSSL's implementations for any
 * prime, which the latter two need anyway. The faster ones for X25519 and P-256 would be 9 KB more
 * and spare a handshake 1 to 4 ms (a signature on P-256 is verified in 2.3 ms instead of 1.3).
 */
#ifndef NET_CURVES_H
#define NET_CURVES_H

#include <bearssl_ec.h>

/*
 * curves_init() - for br_ssl_engine_set_ec(), which keeps the pointer
 *
 * muladd() knows no X25519: only ECDSA asks for it, and that is not on this curve.
 */
void curves_init(br_ec_impl *c);

#endif
