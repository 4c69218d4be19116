/* SPDX-License-Identifier: MIT */
/* roots_pem - certificates in PEM to trust anchors, piece by piece (part of roots) */
#ifndef NET_ROOTS_PEM_H
#define NET_ROOTS_PEM_H

#include "net/roots.h"

#include <bearssl_pem.h>

#include <stdint.h>

#define ROOTS_PEM_NAME_MAX 1024 /* of a name in DER; certificates with more are passed over */

struct roots_pem {
	struct roots *roots;
	br_pem_decoder_context pem;
	br_x509_decoder_context x509;
	size_t seen;    /* certificates that could be used, known ones too */
	bool inside;    /* a certificate */
	bool oversized; /* its name */
	size_t name_len;
	uint8_t name[ROOTS_PEM_NAME_MAX];
};

void roots_pem_init(struct roots_pem *p, struct roots *r);

/* The next bytes of the text. -1: ERR_IO, out of memory; ERR_DATA, more than ROOTS_MAX. */
int roots_pem_push(struct roots_pem *p, const char *data, size_t len, struct err *e);

/* One whole certificate without PEM around it; errors as above. */
int roots_pem_add_der(struct roots_pem *p, const unsigned char *der, size_t len, struct err *e);

#endif
