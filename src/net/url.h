/* SPDX-License-Identifier: MIT */
/*
 * url - http and https URLs, strictly (RFC 3986, less than all of it)
 *
 * Pure. A URL here is "http" or "https", a host (name, IPv4, or IPv6 in brackets), an optional
 * port, a path and a query. Only the characters that RFC 3986 allows may stand in it, so that
 * whatever is sent in a request line is one word of it. A fragment is dropped. A user name and
 * password are refused here; proxies have them, see proxy.h.
 *
 * Errors are ERR_DATA. A text with "@" in it may hold a password and is not quoted.
 */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define URL_MAX 2048      /* bytes of the whole text, with the NUL */
#define URL_HOST_MAX 254  /* a name of DNS and the NUL */
#define URL_SHOWN_MAX 200 /* room for url_show() */

enum url_scheme { URL_HTTP, URL_HTTPS };
enum url_host { URL_NAME, URL_IPV4, URL_IPV6 };

struct url {
	enum url_scheme scheme;
	enum url_host kind;
	char host[URL_HOST_MAX]; /* in lower case, IPv6 without brackets */
	uint16_t port;           /* never 0 */
	char target[URL_MAX];    /* path and query; begins with '/' */
};

/* One absolute URL. */
int url_parse(const char *text, struct url *u, struct err *e);

/*
 * url_resolve() - where a Location of @base's answer leads
 *
 * Absolute, or a path from the root ("/x"). Relative paths and "//host" are refused: no server
 * that is asked here sends them.
 */
int url_resolve(const struct url *base, const char *location, struct url *u, struct err *e);

/*
 * url_host_port() - "host:port" as CONNECT wants it, IPv6 in brackets
 * url_host_field() - the same without the scheme's own port, as Host wants it
 */
void url_host_port(const struct url *u, struct buf *out);
void url_host_field(const struct url *u, struct buf *out);

/* The whole URL. */
void url_text(const struct url *u, struct buf *out);

/* For messages: the whole of it, cut with "..." when long; without the query, which may be a
 * ticket. */
const char *url_show(const struct url *u, char mem[static URL_SHOWN_MAX]);

bool url_equal(const struct url *a, const struct url *b);

#endif
