/* SPDX-License-Identifier: MIT */
/*
 * chain - validates a server's certificates, and says what is wrong with them
 *
 * BearSSL's "minimal" X.509 engine judges: signatures up to a trusted root, dates, names, key
 * usage, SHA-256 or better, RSA of at least 2048 bits. This one passes everything through to it and
 * keeps what each certificate says of itself, because the engine has one code for several reasons
 * (not yet valid and expired; self-signed, unknown root and missing intermediate).
 *
 * Not supported and refused: P-521, Ed25519, RSA-PSS, critical name constraints. NOT ENFORCED:
 * name constraints that are not marked critical (RFC 5280 wants them critical); the engine passes
 * over them. Revocation is not looked at. What is downloaded has signatures of its own.
 */
#ifndef NET_CHAIN_H
#define NET_CHAIN_H

#include "base/err.h"
#include "net/certificate.h"

#include <bearssl_x509.h>

#include <stdbool.h>
#include <stdint.h>

struct chain {
	const br_x509_class *vtable; /* first: what the TLS engine is given is &vtable */
	br_x509_minimal_context minimal;
	int64_t now;
	bool judged;           /* the certificates that come now do not matter */
	bool unsupported;      /* `at` has a key that is not */
	bool constrained;      /* `at` has a critical name constraint */
	size_t matched;        /* bytes of that extension's beginning */
	struct certificate at; /* the one to blame, or the last one that mattered */
	size_t head_len;
	uint8_t head[CERTIFICATE_HEAD];
};

/*
 * chain_init() - for one handshake
 * @roots: must stay
 * @now:   seconds since 1970
 *
 * Implementations of RSA, ECDSA and hashes are the caller's to set in @c->minimal.
 */
void chain_init(struct chain *c, const br_x509_trust_anchor *roots, size_t count, int64_t now);

/*
 * chain_refuse() - why @code (BR_ERR_X509_*) came out, and what to do
 *
 * The message is the reason alone: "its certificate ...". Always returns -1, with ERR_DATA.
 */
int chain_refuse(const struct chain *c, int code, const char *host, struct err *e);

#endif
