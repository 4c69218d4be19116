/* SPDX-License-Identifier: MIT */
/* sha256 - see sha256.h */
#include "release/sha256.h"

#include "release/portal.h"

#include <string.h>

#define WHAT "the .sha256 file"

/* 0 to 15, or -1. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int bad(struct err *e)
{
	return err_set(e, ERR_DATA,
		       "cannot read " WHAT ": not one line with 64 hexadecimal digits");
}

/* What may follow: nothing, or white space and one more word on the same line. */
static int check_rest(const char *text, size_t len, struct err *e)
{
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (len > 0 && text[0] != ' ' && text[0] != '\t')
		return bad(e);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\t') || c == 0x7F)
			return bad(e);
	}
	return 0;
}

int sha256_read(const char *text, size_t len, unsigned char sum[static DIGEST_LEN], struct err *e)
{
	unsigned char found[DIGEST_LEN];

	if (portal_is_page(text, len))
		return portal_error(WHAT, e);
	if (len > SHA256_MAX || len < (size_t)2 * DIGEST_LEN)
		return bad(e);
	for (size_t i = 0; i < DIGEST_LEN; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return bad(e);
		found[i] = (unsigned char)(high << 4 | low);
	}
	if (check_rest(text + (size_t)2 * DIGEST_LEN, len - (size_t)2 * DIGEST_LEN, e) != 0)
		return -1;
	memcpy(sum, found, sizeof(found));
	return 0;
}
