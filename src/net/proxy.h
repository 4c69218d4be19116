/* SPDX-License-Identifier: MIT */
/*
 * proxy - HTTP proxies, as the environment names them
 *
 * By the rules that curl set: http_proxy (in lower case only: HTTP_PROXY is what CGI makes of a
 * request's header "Proxy"), https_proxy or HTTPS_PROXY, no_proxy or NO_PROXY. A proxy is
 * "[http://][USER[:PASSWORD]@]HOST[:PORT]", port 80 unless said (as in Go, which tailscaled is
 * written in). Proxies that speak TLS or SOCKS are refused in words.
 *
 * no_proxy is a list with commas or blanks of host names, which stand for the hosts below them
 * too (a leading dot is ignored), addresses, networks (10.0.0.0/8), each with ":PORT" if that
 * matters, or "*" for all.
 *
 * User and password go into Proxy-Authorization and nowhere else: not in a message, not in a URL.
 */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include "base/err.h"
#include "net/http.h"
#include "net/url.h"

#include <stdbool.h>

#define PROXY_AUTHORIZATION_MAX 1024

struct proxy {
	bool used;
	struct url url;
	char authorization[PROXY_AUTHORIZATION_MAX]; /* "Basic ...", "" without */
};

/*
 * proxy_for() - the proxy that the environment wants for @u
 * @p: p->used false when there is none
 *
 * ERR_USAGE when the variable holds no proxy that can be used.
 */
int proxy_for(const struct url *u, struct proxy *p, struct err *e);

/* Takes "[http://][USER[:PASSWORD]@]HOST[:PORT]" apart; @name is the variable, for messages. */
int proxy_parse(const char *text, const char *name, struct proxy *p, struct err *e);

/* Is @u in the list @no_proxy? */
bool proxy_is_excepted(const struct url *u, const char *no_proxy);

/*
 * proxy_tunnel() - ask the proxy at the other end of @s for a connection to @u's host
 * @h: room for the answer
 *
 * Afterwards @s is that connection. ERR_UNAVAILABLE when the proxy refuses (e->sys EPROTO when it
 * would refuse again), ERR_DATA for an answer that is none.
 */
int proxy_tunnel(const struct proxy *p, struct stream *s, const struct url *u, struct http *h,
		 struct deadline until, struct err *e);

#endif
