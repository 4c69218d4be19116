/* SPDX-License-Identifier: MIT */
/*
 * buf - bounded text over memory of the caller
 *
 * Always NUL-terminated. What does not fit sets `full` and is dropped whole; the text stays
 * valid, so a writer appends freely and asks buf_full() once at the end.
 *
 *     char mem[4096];
 *     struct buf b = BUF_OF(mem);
 *     buf_printf(&b, "PORT=%u\n", port);
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len; /* bytes without the final NUL */
	size_t cap; /* bytes with it, at least 1 */
	bool full;
};

/* Over an array in scope (not a pointer); its first byte is set to NUL. */
#define BUF_OF(mem) buf_over((mem), sizeof(mem))

struct buf buf_over(char *mem, size_t cap);
void buf_add(struct buf *b, const char *text);
void buf_add_bytes(struct buf *b, const char *data, size_t len);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One byte of a URL's path as Go's url.EscapedPath() writes it: itself, or %XX. */
void buf_add_url(struct buf *b, char c);
void buf_clear(struct buf *b);
bool buf_full(const struct buf *b);

#endif
