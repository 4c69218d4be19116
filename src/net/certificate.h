/* SPDX-License-Identifier: MIT */
/*
 * certificate - what an X.509 certificate says of itself, for messages
 *
 * Pure and without any judgement: BearSSL judges (see chain.h), and says little about why.
 * What cannot be read stays empty; nothing here is an error.
 */
#ifndef NET_CERTIFICATE_H
#define NET_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#define CERTIFICATE_HEAD 2048 /* bytes that hold all that is read, but for huge names */
#define CERTIFICATE_NAME_MAX 128

/* What it is signed with, as far as that is a reason to refuse it. */
enum certificate_signature {
	CERTIFICATE_SIGNED, /* unknown, or nothing to say */
	CERTIFICATE_SHA1,
	CERTIFICATE_MD5,
	CERTIFICATE_PSS,
	CERTIFICATE_EDDSA,
};

/* The key in it, likewise. */
enum certificate_key { CERTIFICATE_KEY, CERTIFICATE_KEY_P521, CERTIFICATE_KEY_ED };

struct certificate {
	char issuer[CERTIFICATE_NAME_MAX]; /* "CN=R11, O=Let's Encrypt, C=US" */
	char subject[CERTIFICATE_NAME_MAX];
	int64_t not_before, not_after; /* seconds since 1970; 0 unknown */
	enum certificate_signature signature;
	enum certificate_key key;
};

/* certificate_read() - from its first bytes, in DER; @len may be less than all of them */
void certificate_read(const uint8_t *der, size_t len, struct certificate *c);

#endif
