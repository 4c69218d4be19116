/* SPDX-License-Identifier: MIT */
/* base64 - see base64.h */
#include "base/base64.h"

void base64_add(struct buf *out, const void *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = data;
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | bytes[i];
		for (held += 8; held >= 6; held -= 6)
			buf_add_char(out, digits[bits >> (held - 6) & 63]);
	}
	if (held > 0)
		buf_add_char(out, digits[bits << (6 - held) & 63]);
	if (len % 3 > 0)
		buf_add(out, len % 3 == 1 ? "==" : "=");
}
