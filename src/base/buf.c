/* SPDX-License-Identifier: MIT */
/* buf - see buf.h */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct buf buf_over(char *mem, size_t cap)
{
	mem[0] = '\0';
	return (struct buf){.data = mem, .cap = cap};
}

void buf_add_bytes(struct buf *b, const char *data, size_t len)
{
	if (len >= b->cap - b->len) {
		b->full = true;
		return;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const char *text)
{
	buf_add_bytes(b, text, strlen(text));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add_bytes(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t room = b->cap - b->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(b->data + b->len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		b->data[b->len] = '\0';
		b->full = true;
		return;
	}
	b->len += (size_t)n;
}

void buf_add_url(struct buf *b, char c)
{
	bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		     (c != '\0' && strchr("-_.~$&+,/:;=@", c) != NULL);

	if (plain)
		buf_add_char(b, c);
	else
		buf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->full = false;
	b->data[0] = '\0';
}

bool buf_full(const struct buf *b)
{
	return b->full;
}
