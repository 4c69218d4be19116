/* SPDX-License-Identifier: MIT */
/* dial - see dial.h */
#include "net/dial.h"

#include "base/auto.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void free_addresses(struct addrinfo **list)
{
	if (*list != NULL)
		freeaddrinfo(*list);
}

#define AUTO_ADDRESSES __attribute__((cleanup(free_addresses)))

/* 0 when @fd is ready, ETIMEDOUT at the deadline, another errno. */
static int wait_for(int fd, short events, struct deadline until)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n;

	while ((n = poll(&p, 1, deadline_left_ms(until))) < 0)
		if (errno != EINTR)
			return errno;
	return n == 0 ? ETIMEDOUT : 0;
}

static int io_failed(const char *verb, int sys, struct err *e)
{
	if (sys == ETIMEDOUT)
		return err_set(e, ERR_TIMEOUT, "cannot %s the network: no answer in time", verb);
	errno = sys;
	return err_sys(e, ERR_UNAVAILABLE, "cannot %s the network", verb);
}

static int dial_read(struct stream *s, char *mem, size_t cap, struct deadline until, size_t *got,
		     struct err *e)
{
	struct dial *d = (struct dial *)s;

	for (;;) {
		ssize_t n = recv(d->fd, mem, cap, 0);
		int sys = errno;

		if (n >= 0) {
			*got = (size_t)n;
			return 0;
		}
		if (sys == EAGAIN)
			sys = wait_for(d->fd, POLLIN, until);
		if (sys != 0 && sys != EINTR)
			return io_failed("read from", sys, e);
	}
}

static int dial_write(struct stream *s, const char *data, size_t len, struct deadline until,
		      struct err *e)
{
	struct dial *d = (struct dial *)s;

	while (len > 0) {
		ssize_t n = send(d->fd, data, len, MSG_NOSIGNAL);
		int sys = errno;

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (sys == EAGAIN)
			sys = wait_for(d->fd, POLLOUT, until);
		if (sys != 0 && sys != EINTR)
			return io_failed("write to", sys, e);
	}
	return 0;
}

static void dial_close(struct stream *s)
{
	struct dial *d = (struct dial *)s;

	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static const struct stream_ops dial_ops = {dial_read, dial_write, dial_close};

void dial_init(struct dial *d)
{
	*d = (struct dial){.stream = {&dial_ops}, .fd = -1};
}

static int lookup_failed(const char *host, int rc, int sys, struct err *e)
{
	if (rc == EAI_NONAME) {
		err_set(e, ERR_UNAVAILABLE, "cannot find the host %s: DNS has no such name", host);
		err_cure(e, "check the name, and DNS: does `getent hosts %s` answer?", host);
		e->sys = ENOENT;
	} else if (rc == EAI_MEMORY || rc == EAI_SYSTEM) {
		errno = rc == EAI_MEMORY ? ENOMEM : sys;
		err_sys(e, ERR_IO, "cannot find the host %s", host);
	} else {
		err_set(e, ERR_UNAVAILABLE, "cannot find the host %s: no DNS server answers", host);
		err_cure(e, "check the network of this machine and the servers in "
			    "/etc/resolv.conf");
	}
	/* Without the file resolvers ask 127.0.0.1, and mostly nothing listens there. */
	if (access("/etc/resolv.conf", F_OK) != 0)
		err_cure(e, "there is no /etc/resolv.conf on this machine: name a DNS server in "
			    "it, as in \"nameserver 192.0.2.53\"");
	return -1;
}

static int lookup(const char *host, uint16_t port, struct addrinfo **list, struct err *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	char service[8];
	int rc;

	snprintf(service, sizeof(service), "%u", port);
	rc = getaddrinfo(host, service, &hints, list);
	if (rc == 0)
		return 0;
	*list = NULL;
	return lookup_failed(host, rc, errno, e);
}

/* One address; the errno, or 0 with *out an open socket. */
static int connect_one(const struct addrinfo *a, struct deadline until, int *out)
{
	AUTO_FD int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int sys = 0, yes = 1;
	socklen_t len = sizeof(sys);

	if (fd < 0)
		return errno;
	/* Requests are whole when they are sent: nothing is gained by waiting for more. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
		if (errno != EINPROGRESS && errno != EINTR)
			return errno;
		sys = wait_for(fd, POLLOUT, until);
		if (sys != 0)
			return sys;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &sys, &len) != 0)
			return errno;
		if (sys != 0)
			return sys;
	}
	*out = fd_steal(&fd);
	return 0;
}

/* What of the time an address may use while @rest others (with it) wait for their turn. */
static struct deadline share(struct deadline until, int rest)
{
	int left = deadline_left_ms(until);

	if (rest <= 1)
		return until;
	if (left < 0 || left / rest > DIAL_TRY_MS)
		return deadline_sooner(until, deadline_in(DIAL_TRY_MS));
	return deadline_in(left / rest);
}

static int connect_failed(const char *host, uint16_t port, int sys, struct err *e)
{
	const char *open = strchr(host, ':') == NULL ? "" : "[";
	const char *close = strchr(host, ':') == NULL ? "" : "]";

	if (sys == ETIMEDOUT) {
		err_set(e, ERR_TIMEOUT, "cannot connect to %s%s%s:%u: no answer in time", open,
			host, close, port);
	} else {
		errno = sys;
		err_sys(e, ERR_UNAVAILABLE, "cannot connect to %s%s%s:%u", open, host, close, port);
	}
	return err_cure(e, "check the network of this machine, its firewall, and whether it needs "
			   "a proxy (https_proxy)");
}

int dial_tcp(struct dial *d, const char *host, uint16_t port, struct deadline until, struct err *e)
{
	AUTO_ADDRESSES struct addrinfo *list = NULL;
	int rest = 0, sys = ENOENT, first = 0;

	dial_init(d);
	if (lookup(host, port, &list, e) != 0)
		return -1;
	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
		rest++;
	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next, rest--) {
		sys = connect_one(a, share(until, rest), &d->fd);
		if (sys == 0)
			return 0;
		/* The word of the address that was reached tells more than "no IPv6 here". */
		if (first == 0 || first == ENETUNREACH || first == EADDRNOTAVAIL ||
		    first == EAFNOSUPPORT)
			first = sys;
		if (deadline_passed(until))
			break;
	}
	return connect_failed(host, port, first == 0 ? sys : first, e);
}
