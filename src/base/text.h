/* SPDX-License-Identifier: MIT */
/*
 * text - words that come from a person or a file: are they plain text?
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * text_is_plain() - valid UTF-8 without control characters
 *
 * tailscaled keeps what it serves as JSON and systemd reads its units as UTF-8: other bytes
 * would arrive there as something else. U+0000 to U+001F, U+007F to U+009F, overlong forms,
 * surrogates and what lies above U+10FFFF are not plain.
 */
bool text_is_plain(const char *s);

/*
 * text_copy() - @src as plain text in room for @cap bytes
 *
 * For words of others that a terminal or JSON will show. What is not plain becomes "?", what does
 * not fit is cut between two characters.
 */
void text_copy(char *dst, size_t cap, const char *src);

/* Decimal digits only, at least one and at most @digits. */
bool text_is_number(const char *s, unsigned digits);

#endif
