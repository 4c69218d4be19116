/* SPDX-License-Identifier: MIT */
/* chunked - see chunked.h */
#include "net/chunked.h"

#include <string.h>

static int refuse(struct err *e, const char *reason)
{
	return err_set(e, ERR_DATA, "cannot read the HTTP answer: %s", reason);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_text(char c)
{
	return c == '\t' || ((unsigned char)c >= 0x20 && c != 0x7f);
}

static int take_size(struct chunked *c, char byte, struct err *e)
{
	int value = hex_value(byte);

	if (value >= 0) {
		if (++c->digits > CHUNKED_DIGITS)
			return refuse(e, "a chunk of senseless size");
		c->left = c->left * 16 + (unsigned)value;
		return 0;
	}
	if (c->digits == 0)
		return refuse(e, "a chunk without a size");
	if (byte == '\r')
		c->state = CHUNKED_SIZE_LF;
	else if (byte == ';')
		c->state = CHUNKED_EXTENSION;
	else
		return refuse(e, "a chunk whose size is no number");
	return 0;
}

static int take_text(struct chunked *c, char byte, enum chunked_state at_cr, struct err *e)
{
	if (byte == '\r')
		c->state = at_cr;
	else if (!is_text(byte))
		return refuse(e, "a control character between two chunks");
	return 0;
}

static int want(struct chunked *c, char byte, char wanted, enum chunked_state next, struct err *e)
{
	if (byte != wanted)
		return refuse(e, "a chunk that does not end where it should");
	c->state = next;
	return 0;
}

static void begin_chunk(struct chunked *c)
{
	c->left = 0;
	c->digits = 0;
	c->line = 0;
	c->state = CHUNKED_SIZE;
}

/* The bytes of lines count against their bound, those around data do not. */
static int count(struct chunked *c, struct err *e)
{
	size_t max = CHUNKED_LINE_MAX;

	if (c->state >= CHUNKED_TRAILER)
		max = CHUNKED_TRAILER_MAX;
	if (c->state != CHUNKED_DATA_CR && c->state != CHUNKED_DATA_LF && ++c->line > max)
		return refuse(e, "too much between two chunks");
	return 0;
}

/* One byte that is no data. */
static int take(struct chunked *c, char byte, struct err *e)
{
	if (count(c, e) != 0)
		return -1;
	switch (c->state) {
	case CHUNKED_SIZE:
		return take_size(c, byte, e);
	case CHUNKED_EXTENSION:
		return take_text(c, byte, CHUNKED_SIZE_LF, e);
	case CHUNKED_SIZE_LF:
		c->line = 0;
		return want(c, byte, '\n', c->left == 0 ? CHUNKED_TRAILER : CHUNKED_DATA, e);
	case CHUNKED_DATA_CR:
		return want(c, byte, '\r', CHUNKED_DATA_LF, e);
	case CHUNKED_DATA_LF:
		begin_chunk(c);
		return want(c, byte, '\n', CHUNKED_SIZE, e);
	case CHUNKED_TRAILER:
		c->state = CHUNKED_TRAILER_TEXT;
		return take_text(c, byte, CHUNKED_END_LF, e);
	case CHUNKED_TRAILER_TEXT:
		return take_text(c, byte, CHUNKED_TRAILER_LF, e);
	case CHUNKED_TRAILER_LF:
		return want(c, byte, '\n', CHUNKED_TRAILER, e);
	case CHUNKED_END_LF:
		return want(c, byte, '\n', CHUNKED_DONE, e);
	case CHUNKED_DATA:
	case CHUNKED_DONE:
		break;
	}
	return err_set(e, ERR_BUG, "cannot read the HTTP answer: a chunk in no state");
}

int chunked_decode(struct chunked *c, char *data, size_t len, size_t *got, struct err *e)
{
	size_t in = 0, out = 0;

	while (in < len && c->state != CHUNKED_DONE) {
		if (c->state == CHUNKED_DATA) {
			size_t n = len - in;

			if (n > c->left)
				n = (size_t)c->left;
			memmove(data + out, data + in, n);
			in += n;
			out += n;
			c->left -= n;
			if (c->left == 0)
				c->state = CHUNKED_DATA_CR;
		} else if (take(c, data[in++], e) != 0) {
			return -1;
		}
	}
	*got = out;
	return 0;
}
