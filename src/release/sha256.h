/* SPDX-License-Identifier: MIT */
/*
 * sha256 - the file NAME.sha256 beside a package
 *
 * Not signed; it tells a damaged download from a forged one before the signature is tried.
 */
#ifndef RELEASE_SHA256_H
#define RELEASE_SHA256_H

#include "base/err.h"
#include "trust/digest.h"

#include <stddef.h>

#define SHA256_MAX ((size_t)512) /* bytes of such a file at most */

/*
 * sha256_read() - the sum in it
 *
 * 64 hexadecimal digits; a file name may follow after white space, as sha256sum(1) writes it, and
 * is not looked at. One line. Errors: ERR_DATA (a web page: with the cure for captive portals).
 */
int sha256_read(const char *text, size_t len, unsigned char sum[static DIGEST_LEN], struct err *e);

#endif
