/* SPDX-License-Identifier: MIT */
/* localapi - see localapi.h */
#include "localapi/localapi.h"

#include "base/auto.h"
#include "base/buf.h"
#include "base/json.h"
#include "net/http_head.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

/* A listener that is alive accepts at once; its queue is full only when it hangs. */
#define CONNECT_MS 5000

#define FIRST_ROOM 4096

/* An answer under way: head and body in one growing block. */
struct answer {
	char *data;
	size_t len, cap;
};

static int connect_failed(const char *path, int sys, struct err *e)
{
	errno = sys;
	if (sys == EAGAIN || sys == EINTR)
		return err_set(e, ERR_TIMEOUT,
			       "cannot connect to tailscaled at %s: it does not "
			       "accept connections",
			       path);
	err_sys(e, err_code_of(sys, ERR_UNAVAILABLE), "cannot connect to tailscaled at %s", path);
	if (e->code == ERR_UNAVAILABLE)
		err_cure(e, "start tailscaled, or name its socket with --socket");
	return -1;
}

static int connect_until(const char *socket_path, struct deadline until, struct err *e)
{
	const char *path = socket_path[0] == '\0' ? LOCALAPI_SOCKET : socket_path;
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int left = deadline_left_ms(until);
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval tv;

	if (strlen(path) >= sizeof(addr.sun_path))
		return connect_failed(path, ENAMETOOLONG, e);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (fd < 0)
		return err_sys(e, ERR_IO, "cannot make a socket");
	/* A non-blocking connect to a full queue fails with EAGAIN and nothing to poll for; a
	 * blocking one keeps the send time-out (unix(7)). Zero would mean without limit. */
	if (left <= 0)
		left = left < 0 ? CONNECT_MS : 1;
	tv = (struct timeval){.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) != 0)
		return err_sys(e, ERR_IO, "cannot set up a socket");
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0)
		return connect_failed(path, errno, e);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return err_sys(e, ERR_IO, "cannot set up a socket");
	return fd_steal(&fd);
}

int localapi_connect(const char *socket, struct err *e)
{
	return connect_until(socket, deadline_in(CONNECT_MS), e);
}

static int tie = -1;

void localapi_tie(int fd)
{
	tie = fd;
}

static int poll_once(struct pollfd *p, nfds_t count, int ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};
	sigset_t none;

	if (tie < 0)
		return poll(p, count, ms);
	sigemptyset(&none);
	return ppoll(p, count, ms < 0 ? NULL : &ts, &none);
}

/* Blocks until @fd is ready for @events; errors of the socket show in the call that follows. */
static int wait_for(int fd, short events, struct deadline until, struct err *e)
{
	struct pollfd p[] = {{.fd = fd, .events = events}, {.fd = tie}};
	int n;

	while ((n = poll_once(p, 2, deadline_left_ms(until))) < 0)
		if (errno != EINTR || tie >= 0)
			return err_sys(e, ERR_IO, "cannot wait for tailscaled");
	if (n == 0)
		return err_set(e, ERR_TIMEOUT, "cannot talk to tailscaled: no answer in time");
	if (p[1].revents != 0)
		return err_set(e, ERR_IO, "cannot wait for tailscaled: nobody needs it any more");
	return 0;
}

static int send_all(int fd, const char *data, size_t len, struct deadline until, struct err *e)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			if (wait_for(fd, POLLOUT, until, e) != 0)
				return -1;
		} else if (errno != EINTR) {
			return err_sys(e, ERR_UNAVAILABLE, "cannot write to tailscaled");
		}
	}
	return 0;
}

int localapi_send(int fd, const struct localapi_request *q, struct deadline until, struct err *e)
{
	size_t len = q->body == NULL ? 0 : strlen(q->body);
	char mem[1024];
	struct buf head = BUF_OF(mem);

	/* Host, Referer and Origin are left out: they must be absent or right
	 * (ipn/localapi/localapi.go:285-306). */
	buf_printf(&head, "%s %s HTTP/1.0\r\n", q->method, q->path);
	if (q->body != NULL)
		buf_printf(&head, "Content-Type: application/json\r\nContent-Length: %zu\r\n", len);
	if (q->etag != NULL)
		buf_printf(&head, "If-Match: %s\r\n", q->etag);
	buf_add(&head, "\r\n");
	if (buf_full(&head))
		return err_set(e, ERR_BUG, "cannot ask tailscaled: the request is too long");
	if (send_all(fd, head.data, head.len, until, e) != 0)
		return -1;
	return len == 0 ? 0 : send_all(fd, q->body, len, until, e);
}

int localapi_read(int fd, char *mem, size_t cap, struct deadline until, size_t *got, struct err *e)
{
	for (;;) {
		ssize_t n = read(fd, mem, cap);

		if (n >= 0) {
			*got = (size_t)n;
			return 0;
		}
		if (errno == EAGAIN) {
			if (wait_for(fd, POLLIN, until, e) != 0)
				return -1;
		} else if (errno != EINTR) {
			return err_sys(e, ERR_UNAVAILABLE, "cannot read from tailscaled");
		}
	}
}

static int make_room(struct answer *a, struct err *e)
{
	size_t cap = a->cap == 0 ? FIRST_ROOM : a->cap * 2;
	char *data;

	/* One byte is kept for the NUL. */
	if (a->data != NULL && a->len + 1 < a->cap)
		return 0;
	if (a->len >= LOCALAPI_BODY_MAX + HTTP_HEAD_MAX)
		return err_set(e, ERR_DATA, "cannot read the answer of tailscaled: too large");
	data = realloc(a->data, cap);
	if (data == NULL)
		return err_set(e, ERR_IO, "cannot read the answer of tailscaled: out of memory");
	a->data = data;
	a->cap = cap;
	return 0;
}

static int read_all(int fd, struct answer *a, struct deadline until, struct err *e)
{
	size_t got = 0;

	do {
		if (make_room(a, e) != 0)
			return -1;
		if (localapi_read(fd, a->data + a->len, a->cap - 1 - a->len, until, &got, e) != 0)
			return -1;
		a->len += got;
	} while (got > 0);
	return 0;
}

/* Splits the answer; its block becomes the body. */
static int take(struct answer *a, struct localapi_reply *r, struct err *e)
{
	struct http_head h;
	size_t head_len;

	if (a->data == NULL || a->len == 0)
		return err_set(e, ERR_UNAVAILABLE, "cannot read from tailscaled: it hung up");
	a->data[a->len] = '\0';
	head_len = http_head_end(a->data, a->len);
	if (head_len == 0)
		head_len = a->len;
	if (http_head_parse(a->data, head_len, &h, e) != 0)
		return err_wrap(e, "tailscaled");
	r->status = h.status;
	r->len = a->len - head_len;
	http_head_copy(&h, "Etag", r->etag, sizeof(r->etag));
	if (h.body == HTTP_BODY_CHUNKED || h.status < 200)
		return err_set(e, ERR_DATA,
			       "cannot read the answer of tailscaled: not asked for "
			       "in that form (HTTP/1.0)");
	if (h.body == HTTP_BODY_LENGTH && (int64_t)r->len != h.length)
		return err_set(e, ERR_DATA,
			       "cannot read the answer of tailscaled: %zu bytes "
			       "instead of %lld",
			       r->len, (long long)h.length);
	if (r->len > LOCALAPI_BODY_MAX)
		return err_set(e, ERR_DATA, "cannot read the answer of tailscaled: too large");
	memmove(a->data, a->data + head_len, r->len + 1);
	r->body = a->data;
	a->data = NULL;
	return 0;
}

int localapi_call(const char *socket, const struct localapi_request *q, struct deadline until,
		  struct localapi_reply *r, struct err *e)
{
	struct answer a = {0};
	AUTO_FD int fd = -1;
	int rc = -1;

	*r = (struct localapi_reply){0};
	fd = connect_until(socket, deadline_sooner(until, deadline_in(CONNECT_MS)), e);
	if (fd < 0)
		return -1;
	if (localapi_send(fd, q, until, e) == 0 && read_all(fd, &a, until, e) == 0)
		rc = take(&a, r, e);
	free(a.data);
	return rc;
}

void localapi_reply_done(struct localapi_reply *r)
{
	free(r->body);
	r->body = NULL;
}

/* tailscaled's own words: a plain line, or {"error":"..."} (localapi.go:1073). */
static void words_of(const struct localapi_reply *r, char *mem, size_t cap)
{
	struct buf out = buf_over(mem, cap);
	struct err unused;
	AUTO_JSON cJSON *doc = NULL;
	const char *text = r->body == NULL ? "" : r->body;
	size_t len;

	if (text[0] == '{')
		doc = json_parse(text, r->len, "the answer", &unused);
	if (json_string(doc, "error")[0] != '\0')
		text = json_string(doc, "error");
	len = strcspn(text, "\r\n");
	buf_add_bytes(&out, text, len < cap ? len : cap - 1);
}

int localapi_check(const struct localapi_reply *r, const char *what, struct err *e)
{
	bool denied = r->status == 401 || r->status == 403;
	char words[256];

	if (r->status == 200 || r->status == 204)
		return 0;
	words_of(r, words, sizeof(words));
	if (words[0] == '\0')
		snprintf(words, sizeof(words), "no reason given");
	err_set(e, denied ? ERR_PERMISSION : ERR_FAILED, "cannot %s: %s (HTTP %d)", what, words,
		r->status);
	if (denied)
		err_cure(e, "run it as root, or as the operator of tailscaled "
			    "(`tailscale set --operator`)");
	return -1;
}
