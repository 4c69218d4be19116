/* SPDX-License-Identifier: MIT */
/* text - see text.h */
#include "base/text.h"

#include <stdint.h>
#include <string.h>

/* Bytes of the sequence that @lead starts, 0 when none does. */
static unsigned sequence_len(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return 2;
	if (lead >= 0xe0 && lead < 0xf0)
		return 3;
	return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/* One character of UTF-8 at *@s, which is moved behind it; UINT32_MAX when there is none. */
static uint32_t next_char(const char **s)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)*s;
	unsigned len = sequence_len(p[0]);
	uint32_t c;

	if (len == 0)
		return UINT32_MAX;
	c = len == 1 ? p[0] : p[0] & (0x7fU >> len);
	for (unsigned i = 1; i < len; i++) {
		/* The final NUL is no continuation byte, so this ends within the text. */
		if ((p[i] & 0xc0) != 0x80)
			return UINT32_MAX;
		c = (c << 6) | (p[i] & 0x3fU);
	}
	*s += len;
	return c < lowest[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? UINT32_MAX : c;
}

static bool is_plain(uint32_t c)
{
	return c != UINT32_MAX && c >= 0x20 && (c < 0x7f || c >= 0xa0);
}

bool text_is_plain(const char *s)
{
	while (*s != '\0')
		if (!is_plain(next_char(&s)))
			return false;
	return true;
}

void text_copy(char *dst, size_t cap, const char *src)
{
	size_t len = 0;

	while (*src != '\0') {
		const char *from = src;
		uint32_t c = next_char(&src);
		size_t n;

		if (!is_plain(c)) {
			/* A sequence that is broken gives up its first byte only. */
			src = c == UINT32_MAX ? from + 1 : src;
			from = "?";
			n = 1;
		} else {
			n = (size_t)(src - from);
		}
		if (len + n >= cap)
			break;
		memcpy(dst + len, from, n);
		len += n;
	}
	dst[len] = '\0';
}

bool text_is_number(const char *s, unsigned digits)
{
	size_t len = strspn(s, "0123456789");

	return len > 0 && len <= digits && s[len] == '\0';
}
