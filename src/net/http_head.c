/* SPDX-License-Identifier: MIT */
/* http_head - see http_head.h */
#include "net/http_head.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* 10^18: more than any body, and its next digit still fits an int64_t. */
#define LENGTH_DIGITS 18

static int refuse(struct err *e, const char *reason)
{
	return err_set(e, ERR_DATA, "cannot read the HTTP answer: %s", reason);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* token (RFC 9110, 5.6.2), what a header's name is made of. */
static bool is_token(char c)
{
	if (is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return true;
	return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

/* Text of a value or a reason: visible, blank, or beyond ASCII. */
static bool is_text(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
			return false;
	return true;
}

static bool is_named(const struct http_header *h, const char *name)
{
	return h->name_len == strlen(name) && strncasecmp(h->name, name, h->name_len) == 0;
}

size_t http_head_end(const char *data, size_t len)
{
	const char *end = memmem(data, len, "\r\n\r\n", 4);

	return end == NULL ? 0 : (size_t)(end - data) + 4;
}

/* "HTTP/1.1 200 OK"; the blank behind the status may be missing with the reason. */
static int parse_status(const char *line, size_t len, struct http_head *h, struct err *e)
{
	if (len < 12 || memcmp(line, "HTTP/1.", 7) != 0)
		return refuse(e, "it does not begin with HTTP/1.x");
	if ((line[7] != '0' && line[7] != '1') || line[8] != ' ')
		return refuse(e, "neither HTTP/1.0 nor HTTP/1.1");
	for (size_t i = 9; i < 12; i++)
		if (!is_digit(line[i]))
			return refuse(e, "a status that is no number");
	h->minor = (unsigned)(line[7] - '0');
	h->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
	if (h->status < 100 || h->status > 599)
		return refuse(e, "a status beyond 100-599");
	if (len > 12 && line[12] != ' ')
		return refuse(e, "a status of more than three digits");
	return is_text(line, len) ? 0 : refuse(e, "a control character in the status line");
}

static int parse_header(const char *line, size_t len, struct http_head *h, struct err *e)
{
	struct http_header *out = &h->headers[h->count];
	size_t n = 0;

	if (h->count == HTTP_HEADER_MAX)
		return refuse(e, "too many headers");
	if (line[0] == ' ' || line[0] == '\t')
		return refuse(e, "a folded header");
	while (n < len && is_token(line[n]))
		n++;
	if (n == 0 || n == len || line[n] != ':')
		return refuse(e, "a header without a proper name");
	out->name = line;
	out->name_len = n++;
	while (n < len && (line[n] == ' ' || line[n] == '\t'))
		n++;
	while (len > n && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	out->value = line + n;
	out->value_len = len - n;
	if (!is_text(out->value, out->value_len))
		return refuse(e, "a control character in a header");
	h->count++;
	return 0;
}

static int parse_length(const struct http_header *h, int64_t *length, struct err *e)
{
	int64_t n = 0;

	if (h->value_len == 0 || h->value_len > LENGTH_DIGITS)
		return refuse(e, "a Content-Length that is no sensible number");
	for (size_t i = 0; i < h->value_len; i++) {
		if (!is_digit(h->value[i]))
			return refuse(e, "a Content-Length that is no number");
		n = n * 10 + (h->value[i] - '0');
	}
	*length = n;
	return 0;
}

/*
 * RFC 9112, 6.3. Twice Content-Length, and it beside Transfer-Encoding, are how answers are
 * smuggled past a reader: refused although the RFC would let a client take some of them.
 */
static int find_body(struct http_head *h, struct err *e)
{
	int lengths = 0, codings = 0;

	for (size_t i = 0; i < h->count; i++) {
		const struct http_header *x = &h->headers[i];

		if (is_named(x, "Content-Length")) {
			lengths++;
			if (parse_length(x, &h->length, e) != 0)
				return -1;
		} else if (is_named(x, "Transfer-Encoding")) {
			codings++;
			if (x->value_len != 7 || strncasecmp(x->value, "chunked", 7) != 0)
				return refuse(e, "a Transfer-Encoding other than chunked");
		}
	}
	if (lengths + codings > 1)
		return refuse(e, "more than one length of the body");
	h->body = HTTP_BODY_TO_EOF;
	if (lengths == 1)
		h->body = HTTP_BODY_LENGTH;
	if (codings == 1)
		h->body = HTTP_BODY_CHUNKED;
	if (h->status < 200 || h->status == 204 || h->status == 304) {
		h->body = HTTP_BODY_LENGTH;
		h->length = 0;
	}
	return 0;
}

int http_head_parse(const char *data, size_t len, struct http_head *h, struct err *e)
{
	const char *line = data;
	bool first = true;

	h->length = 0;
	h->count = 0;
	if (len > HTTP_HEAD_MAX)
		return refuse(e, "its head is too large");
	if (len < 4 || http_head_end(data, len) != len)
		return refuse(e, "its head is cut short");
	/* The last line is the empty one. */
	while (line < data + len - 2) {
		size_t left = (size_t)(data + len - line);
		const char *end = memmem(line, left, "\r\n", 2);
		size_t n = (size_t)(end - line);

		if (first && parse_status(line, n, h, e) != 0)
			return -1;
		if (!first && parse_header(line, n, h, e) != 0)
			return -1;
		first = false;
		line = end + 2;
	}
	return find_body(h, e);
}

const struct http_header *http_head_find(const struct http_head *h, const char *name)
{
	for (size_t i = 0; i < h->count; i++)
		if (is_named(&h->headers[i], name))
			return &h->headers[i];
	return NULL;
}

void http_head_copy(const struct http_head *h, const char *name, char *mem, size_t cap)
{
	const struct http_header *x = http_head_find(h, name);

	mem[0] = '\0';
	if (x == NULL || x->value_len >= cap)
		return;
	memcpy(mem, x->value, x->value_len);
	mem[x->value_len] = '\0';
}
