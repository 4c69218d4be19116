/* SPDX-License-Identifier: MIT */
/*
 * Answers of servers to a download: the input is one connection's bytes after another, parted by
 * NUL bytes, in pieces as the first byte says.
 *
 * Sources: base/buf.c base/build_info.c base/deadline.c base/err.c base/text.c net/chunked.c
 * Sources: net/download.c net/download_status.c net/http.c net/http_head.c net/url.c
 */
#include "fuzz.h"
#include "net/download.h"

#include <string.h>

struct server {
	struct network network;
	struct stream stream;
	const uint8_t *data;
	size_t left, piece;
	bool open, kept;
};

static struct server server;
static int64_t held;

/* Up to the next NUL, which is the end of this connection. */
static int server_read(struct stream *s, char *mem, size_t cap, struct deadline until, size_t *got,
		       struct err *e)
{
	size_t n = server.left < server.piece ? server.left : server.piece;
	const uint8_t *end;

	(void)s;
	(void)until;
	(void)e;
	n = n < cap ? n : cap;
	end = n == 0 ? NULL : memchr(server.data, '\0', n);
	if (end != NULL)
		n = (size_t)(end - server.data);
	if (n > 0)
		memcpy(mem, server.data, n);
	server.data += n;
	server.left -= n;
	*got = n;
	return 0;
}

static int server_write(struct stream *s, const char *data, size_t len, struct deadline until,
			struct err *e)
{
	const char *end = memmem(data, len, "\r\n\r\n", 4);

	(void)s;
	(void)until;
	(void)e;
	/* One request, whatever a Location or an ETag held. */
	FUZZ_WANT(end == data + len - 4);
	FUZZ_WANT(memcmp(data, "GET /", 5) == 0);
	return 0;
}

static void server_close(struct stream *s)
{
	(void)s;
	server.open = false;
	if (server.left > 0) {
		const uint8_t *end = memchr(server.data, '\0', server.left);
		size_t n = end == NULL ? server.left : (size_t)(end - server.data) + 1;

		server.data += n;
		server.left -= n;
	}
}

static int server_open(struct network *n, const struct url *u, struct deadline until,
		       struct connection *c, struct err *e)
{
	(void)n;
	(void)u;
	(void)until;
	FUZZ_WANT(!server.open);
	if (server.left == 0)
		return err_set(e, ERR_FAILED, "no more");
	server.open = true;
	*c = (struct connection){.stream = &server.stream, .reused = server.kept};
	server.kept = false;
	return 0;
}

/* Kept, what stands behind one answer is the beginning of the next. */
static void server_release(struct network *n, struct connection *c, bool again)
{
	(void)n;
	server.kept = again;
	server.open = false;
	if (!again)
		stream_close(c->stream);
}

static int sink_write(struct download_sink *s, const char *data, size_t len, struct err *e)
{
	(void)s;
	(void)e;
	FUZZ_WANT(len > 0 && data != NULL);
	held += (int64_t)len;
	FUZZ_WANT(held <= 100000);
	return 0;
}

static int sink_restart(struct download_sink *s, struct err *e)
{
	(void)s;
	(void)e;
	FUZZ_WANT(held > 0);
	held = 0;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct stream_ops ops = {server_read, server_write, server_close};
	struct download_sink sink = {sink_write, sink_restart};
	struct url u;
	struct download d = {.url = &u, .what = "it", .max = 100000, .pause_ms = 1, .tries = 3};
	struct download_result r;
	struct err e;

	if (size == 0)
		return 0;
	server = (struct server){.network = {server_open, server_release},
				 .stream = {&ops},
				 .data = data + 1,
				 .left = size - 1,
				 .piece = data[0] == 0 ? SIZE_MAX : data[0]};
	held = 0;
	FUZZ_WANT(url_parse("http://host.example/file", &u, &e) == 0);
	/* Not so long that a Retry-After would be waited for. */
	if (download_run(&d, &server.network, &sink, deadline_in(300), &r, &e) == 0)
		FUZZ_WANT(r.size == held);
	FUZZ_WANT(!server.open);
	return 0;
}
