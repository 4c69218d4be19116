/* SPDX-License-Identifier: MIT */
/*
 * localapi - requests to tailscaled over its unix socket
 *
 * HTTP/1.0 without a Host header: tailscaled takes it and answers without chunks, until end of
 * file (tailscale-facts B1). Everything that comes back is bounded and untrusted.
 */
#ifndef LOCALAPI_LOCALAPI_H
#define LOCALAPI_LOCALAPI_H

#include "base/deadline.h"
#include "base/err.h"

#include <stddef.h>

/* The CLI's default (paths/paths.go:46); /var/run is a link to /run on any machine of today. */
#define LOCALAPI_SOCKET "/var/run/tailscale/tailscaled.sock"

/* A status with peers=false is a few KiB, a serve-config of hundreds of handlers below this. */
#define LOCALAPI_BODY_MAX (1024 * 1024)

struct localapi_request {
	const char *method; /* "GET", "POST", "PATCH" */
	const char *path;   /* "/localapi/v0/status?peers=false" */
	const char *body;   /* NULL: none */
	const char *etag;   /* If-Match, NULL: none */
};

struct localapi_reply {
	int status;    /* HTTP status */
	char etag[80]; /* "" without */
	char *body;    /* NUL-terminated, owned: localapi_reply_done() */
	size_t len;
};

/*
 * localapi_tie() - end every wait for an answer when something else ends
 * @fd: a descriptor that hangs up then; -1: nothing, as at the start
 *
 * For a process that has no more use for an answer then. A signal with a handler ends the waits
 * of a process that is tied as well, also one that it blocks otherwise. Such a wait fails with
 * ERR_IO. It stays the caller's.
 */
void localapi_tie(int fd);

/*
 * localapi_connect() - a stream socket to tailscaled
 * @socket: path; "" means LOCALAPI_SOCKET
 *
 * Waits at most 5 s for a place in the listener's queue. Return: the descriptor (CLOEXEC,
 * non-blocking) or -1: ERR_UNAVAILABLE with errno when nobody listens (ENOENT, ECONNREFUSED),
 * ERR_TIMEOUT, ERR_PERMISSION.
 */
int localapi_connect(const char *socket, struct err *e);

/*
 * localapi_send() - the request on a connected descriptor
 *
 * The body goes from the caller's memory into the socket, no copy is made (it may be a secret).
 * ERR_TIMEOUT, ERR_UNAVAILABLE when the connection broke.
 */
int localapi_send(int fd, const struct localapi_request *q, struct deadline until, struct err *e);

/*
 * localapi_read() - some bytes, as read(2): 0 is the end
 *
 * Return: 0 with *@got; -1: ERR_TIMEOUT, ERR_UNAVAILABLE when the connection broke.
 */
int localapi_read(int fd, char *mem, size_t cap, struct deadline until, size_t *got, struct err *e);

/*
 * localapi_call() - one request, the whole answer
 *
 * 0 for any HTTP status. -1: as localapi_connect(); ERR_TIMEOUT at the deadline (tailscaled
 * listens before its backend exists, and requests then block: B1); ERR_DATA for an answer that
 * is no HTTP, in chunks, cut short or larger than LOCALAPI_BODY_MAX.
 */
int localapi_call(const char *socket, const struct localapi_request *q, struct deadline until,
		  struct localapi_reply *r, struct err *e);
void localapi_reply_done(struct localapi_reply *r);

/* 0 for 200 and 204, else -1 with tailscaled's own words: 401 and 403 ERR_PERMISSION, else
 * ERR_FAILED. */
int localapi_check(const struct localapi_reply *r, const char *what, struct err *e);

#endif
