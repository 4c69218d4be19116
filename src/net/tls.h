/* SPDX-License-Identifier: MIT */
/*
 * tls - TLS 1.2 over a stream, by BearSSL
 *
 * As a client: ECDHE with AES-GCM or ChaCha20-Poly1305, certificates by chain.h, the name sent
 * (SNI) and checked. TLS 1.3 is not there in BearSSL, TLS 1.1 and older are refused. Certificates
 * of IP addresses cannot be checked (BearSSL reads names only), so https wants a host name.
 * Randomness is the kernel's (getrandom(2)), waited for.
 *
 * Errors: those of stream.h, and ERR_DATA for a certificate that is not valid (exit 65), with its
 * reason in the message and a cure. ERR_UNAVAILABLE with e->sys EPROTO: the two sides have no
 * protocol in common. A connection that ends without TLS's own end is a cut (ERR_UNAVAILABLE).
 *
 * One buffer of 16 KiB serves both ways: write a request, then read its answer.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "net/chain.h"
#include "net/roots.h"
#include "net/stream.h"

#include <bearssl_ssl.h>

#include <stdbool.h>

struct tls {
	struct stream stream;
	struct stream *below;
	const char *host;
	struct deadline until; /* of the call under way */
	struct err io;         /* what went wrong below, while `failed` */
	bool failed;
	bool ended; /* below, without a word */
	size_t first_len;
	unsigned char first[3]; /* bytes that came */
	br_ssl_client_context client;
	br_sslio_context sslio;
	br_ec_impl curves;
	struct chain chain;
	unsigned char buffer[BR_SSL_BUFSIZE_MONO];
};

/* Can @host's certificate be checked at all? ERR_DATA for an address; to ask before connecting. */
int tls_check_host(const char *host, struct err *e);

/*
 * tls_open() - handshake
 * @below: must stay; closed together with @t, also when this fails
 * @host:  a name, not an address; must stay
 * @roots: must stay
 */
int tls_open(struct tls *t, struct stream *below, const char *host, const struct roots *roots,
	     struct deadline until, struct err *e);

#endif
