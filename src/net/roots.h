/* SPDX-License-Identifier: MIT */
/*
 * roots - whom TLS trusts
 *
 * In this order: SSL_CERT_FILE and SSL_CERT_DIR when one of them is set; the bundle of the system
 * (the paths that Go's crypto/x509 knows on Linux); where there is none, the roots built in. What
 * --cacert names comes on top.
 *
 * Certificates that BearSSL cannot use (P-521, say) are passed over. Of each the name and the
 * key are kept, and nothing else: about 700 bytes.
 */
#ifndef NET_ROOTS_H
#define NET_ROOTS_H

#include "base/buf.h"
#include "base/err.h"

#include <bearssl_x509.h>

#include <stdbool.h>
#include <stddef.h>

#define ROOTS_MAX 1024               /* certificates */
#define ROOTS_FILE_MAX (4 * 1048576) /* bytes read of one file */

/* Zero-filled is empty. */
struct roots {
	br_x509_trust_anchor *anchors;
	size_t count, cap;
	bool embedded;    /* the system has none: those built in are used */
	char source[256]; /* the file, the folder, or "the roots built in" */
};

/*
 * roots_load() - find and read them
 * @cacert: NULL without
 *
 * Errors: ERR_IO, ERR_PERMISSION or ERR_DATA when a file that was named (by @cacert or in the
 * environment) cannot be read or holds no certificate. Release with roots_done() in any case.
 */
int roots_load(struct roots *r, const char *cacert, struct err *e);

/* Adds the certificates of one file in PEM; ERR_DATA when there is none in it. */
int roots_add_file(struct roots *r, const char *path, struct err *e);

/* Appends those built in, in PEM. */
void roots_print_embedded(struct buf *out);

/* The bundle that the system has, NULL without: what programs find when no variable is set. */
const char *roots_system_file(void);

void roots_done(struct roots *r);

#endif
