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

bool text_is_plain(const char *s)
{
	while (*s != '\0') {
		uint32_t c = next_char(&s);

		if (c == UINT32_MAX || c < 0x20 || (c >= 0x7f && c < 0xa0))
			return false;
	}
	return true;
}

bool text_is_number(const char *s, unsigned digits)
{
	size_t len = strspn(s, "0123456789");

	return len > 0 && len <= digits && s[len] == '\0';
}
