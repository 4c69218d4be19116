/* SPDX-License-Identifier: MIT */
/* http - see http.h */
#include "net/http.h"

#include "base/buf.h"
#include "base/build_info.h"

#include <string.h>
#include <strings.h>

/* URL twice, validator, proxy's credentials, and the fixed lines. */
#define REQUEST_MAX 8192

static int cut(struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE,
		       "cannot read the HTTP answer: the connection ended before it was complete");
}

/* Reads until mem holds one whole head; *head_len is its length. */
static int read_head(struct http *h, struct deadline until, size_t *head_len, struct err *e)
{
	while ((*head_len = http_head_end(h->mem, h->len)) == 0) {
		size_t got = 0;

		if (h->len == sizeof(h->mem))
			return err_set(e, ERR_DATA,
				       "cannot read the HTTP answer: its head is too large");
		if (stream_read(h->stream, h->mem + h->len, sizeof(h->mem) - h->len, until, &got,
				e) != 0)
			return -1;
		if (got == 0 && h->len == 0)
			return err_set(e, ERR_UNAVAILABLE,
				       "cannot read the HTTP answer: the other side hung up "
				       "without a word");
		if (got == 0)
			return cut(e);
		h->len += got;
		/* "SSH-2.0-..." and the like never come to an empty line. */
		if (h->len >= 5 && memcmp(h->mem, "HTTP/", 5) != 0)
			return err_set(e, ERR_DATA,
				       "cannot read the HTTP answer: the other side does not "
				       "speak HTTP");
	}
	return 0;
}

int http_exchange(struct http *h, struct stream *s, const char *request, struct deadline until,
		  struct err *e)
{
	size_t head_len;

	h->stream = s;
	h->at = 0;
	h->len = 0;
	h->done = false;
	h->left = 0;
	h->chunked = (struct chunked){0};
	if (stream_write(s, request, strlen(request), until, e) != 0)
		return -1;
	for (int i = 0; i <= HTTP_SKIPPED_MAX; i++) {
		if (read_head(h, until, &head_len, e) != 0 ||
		    http_head_parse(h->mem, head_len, &h->head, e) != 0)
			return -1;
		h->at = head_len;
		if (h->head.status >= 200)
			return 0;
		if (h->head.status == 101)
			return err_set(e, ERR_DATA,
				       "cannot read the HTTP answer: a change of protocol that "
				       "was not asked for");
		memmove(h->mem, h->mem + head_len, h->len - head_len);
		h->len -= head_len;
	}
	return err_set(e, ERR_DATA, "cannot read the HTTP answer: preliminary answers without end");
}

size_t http_left_over(const struct http *h)
{
	return h->len - h->at;
}

static void begin_body(struct http *h)
{
	h->left = h->head.length;
	h->done = h->head.body == HTTP_BODY_LENGTH && h->left == 0;
}

int http_get(struct http *h, struct stream *s, const struct http_request *q, struct deadline until,
	     struct err *e)
{
	char mem[REQUEST_MAX];
	struct buf text = BUF_OF(mem);

	buf_add(&text, "GET ");
	if (q->form == HTTP_ABSOLUTE)
		url_text(q->url, &text);
	else
		buf_add(&text, q->url->target);
	buf_add(&text, " HTTP/1.1\r\nHost: ");
	url_host_field(q->url, &text);
	buf_printf(&text,
		   "\r\nUser-Agent: tsfunnel/%s\r\nAccept: */*\r\nAccept-Encoding: identity\r\n",
		   build_version);
	if (q->proxy_authorization != NULL)
		buf_printf(&text, "Proxy-Authorization: %s\r\n", q->proxy_authorization);
	if (q->from > 0)
		buf_printf(&text, "Range: bytes=%lld-\r\n", (long long)q->from);
	if (q->from > 0 && q->if_range != NULL)
		buf_printf(&text, "If-Range: %s\r\n", q->if_range);
	buf_add(&text, "\r\n");
	if (buf_full(&text))
		return err_set(e, ERR_BUG, "cannot ask for a URL: the request is too long");
	if (http_exchange(h, s, mem, until, e) != 0)
		return -1;
	begin_body(h);
	return 0;
}

/* Bytes from behind the head, then from the stream; 0 at its end. */
static int read_raw(struct http *h, char *mem, size_t cap, struct deadline until, size_t *got,
		    struct err *e)
{
	size_t n = h->len - h->at;

	if (n == 0)
		return stream_read(h->stream, mem, cap, until, got, e);
	if (n > cap)
		n = cap;
	memcpy(mem, h->mem + h->at, n);
	h->at += n;
	*got = n;
	return 0;
}

static int read_length(struct http *h, char *mem, size_t cap, struct deadline until, size_t *got,
		       struct err *e)
{
	if (h->left < (int64_t)cap)
		cap = (size_t)h->left;
	if (read_raw(h, mem, cap, until, got, e) != 0)
		return -1;
	if (*got == 0)
		return cut(e);
	h->left -= (int64_t)*got;
	h->done = h->left == 0;
	return 0;
}

static int read_chunked(struct http *h, char *mem, size_t cap, struct deadline until, size_t *got,
			struct err *e)
{
	do {
		size_t n = 0;

		if (read_raw(h, mem, cap, until, &n, e) != 0)
			return -1;
		if (n == 0)
			return cut(e);
		if (chunked_decode(&h->chunked, mem, n, got, e) != 0)
			return -1;
		h->done = h->chunked.state == CHUNKED_DONE;
	} while (*got == 0 && !h->done);
	return 0;
}

int http_read(struct http *h, char *mem, size_t cap, struct deadline until, size_t *got,
	      struct err *e)
{
	*got = 0;
	if (h->done)
		return 0;
	if (h->head.body == HTTP_BODY_LENGTH)
		return read_length(h, mem, cap, until, got, e);
	if (h->head.body == HTTP_BODY_CHUNKED)
		return read_chunked(h, mem, cap, until, got, e);
	if (read_raw(h, mem, cap, until, got, e) != 0)
		return -1;
	h->done = *got == 0;
	return 0;
}

int64_t http_length(const struct http *h)
{
	return h->head.body == HTTP_BODY_LENGTH ? h->head.length : -1;
}

/* "close" ends it, and a server that says anything else but what is the rule is not understood. */
static bool stays_open(const struct http_head *head)
{
	static const char keep[] = "keep-alive";
	const struct http_header *h = http_head_find(head, "Connection");

	return h == NULL || (h->value_len == sizeof(keep) - 1 &&
			     strncasecmp(h->value, keep, sizeof(keep) - 1) == 0);
}

bool http_may_follow(const struct http *h)
{
	return h->done && h->at == h->len && h->head.minor == 1 &&
	       h->head.body == HTTP_BODY_LENGTH && stays_open(&h->head);
}
