/* SPDX-License-Identifier: MIT */
/* base64 - bytes as text (RFC 4648, 4) */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* Appends @len bytes as base64 with padding, without line breaks. */
void base64_add(struct buf *out, const void *data, size_t len);

#endif
