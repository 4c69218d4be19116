/* SPDX-License-Identifier: MIT */
/* internet - see internet.h */
#include "net/internet.h"

#include <string.h>

/* TCP to the host, or to the proxy for it; with a tunnel for https. */
static int reach(struct internet *i, struct line *l, const struct url *u, struct deadline until,
		 struct err *e)
{
	const struct url *first = u;

	if (u->scheme == URL_HTTPS && tls_check_host(u->host, e) != 0)
		return -1;
	if (proxy_for(u, &l->proxy, e) != 0)
		return -1;
	if (l->proxy.used)
		first = &l->proxy.url;
	if (dial_tcp(&l->dial, first->host, first->port, until, e) != 0)
		return l->proxy.used ? err_wrap(e, "cannot use the proxy") : -1;
	if (!l->proxy.used || u->scheme == URL_HTTP)
		return 0;
	return proxy_tunnel(&l->proxy, &l->dial.stream, u, &i->answer, until, e);
}

static int secure(struct internet *i, struct line *l, struct deadline until, struct err *e)
{
	if (!i->has_roots && roots_load(&i->roots, i->cacert, e) != 0) {
		roots_done(&i->roots);
		return -1;
	}
	i->has_roots = true;
	return tls_open(&l->tls, &l->dial.stream, l->host, &i->roots, until, e);
}

static bool is_to(const struct line *l, const struct url *u)
{
	return l->scheme == u->scheme && l->port == u->port && strcmp(l->host, u->host) == 0;
}

/* An idle one to the host of @u, or else the one that was used least recently. */
static struct line *choose(struct internet *i, const struct url *u)
{
	struct line *oldest = &i->lines[0];

	for (size_t n = 0; n < INTERNET_LINES; n++) {
		struct line *l = &i->lines[n];

		if (l->idle && is_to(l, u))
			return l;
		if (l->used_at < oldest->used_at)
			oldest = l;
	}
	stream_close(&oldest->dial.stream);
	oldest->idle = false;
	return oldest;
}

static int connect_line(struct internet *i, struct line *l, const struct url *u,
			struct deadline until, struct err *e)
{
	l->scheme = u->scheme;
	l->port = u->port;
	memcpy(l->host, u->host, sizeof(l->host));
	if (reach(i, l, u, until, e) == 0 && (u->scheme == URL_HTTP || secure(i, l, until, e) == 0))
		return 0;
	stream_close(&l->dial.stream);
	return -1;
}

static int internet_open(struct network *n, const struct url *u, struct deadline until,
			 struct connection *c, struct err *e)
{
	struct internet *i = (struct internet *)n;
	struct line *l = choose(i, u);
	bool reused = l->idle;

	l->idle = false;
	l->used_at = ++i->requests;
	if (!reused && connect_line(i, l, u, until, e) != 0)
		return -1;
	*c = (struct connection){.stream = &l->dial.stream, .reused = reused};
	if (u->scheme == URL_HTTPS) {
		c->stream = &l->tls.stream;
	} else if (l->proxy.used) {
		c->form = HTTP_ABSOLUTE;
		c->proxy_authorization =
			l->proxy.authorization[0] == '\0' ? NULL : l->proxy.authorization;
	}
	return 0;
}

static void internet_release(struct network *n, struct connection *c, bool again)
{
	struct internet *i = (struct internet *)n;

	for (size_t k = 0; k < INTERNET_LINES; k++) {
		struct line *l = &i->lines[k];

		if (c->stream == &l->dial.stream || c->stream == &l->tls.stream)
			l->idle = again;
	}
	if (!again)
		stream_close(c->stream);
}

void internet_init(struct internet *i, const char *cacert)
{
	memset(i, 0, sizeof(*i));
	i->network.open = internet_open;
	i->network.release = internet_release;
	i->cacert = cacert;
	for (size_t n = 0; n < INTERNET_LINES; n++)
		dial_init(&i->lines[n].dial);
}

void internet_done(struct internet *i)
{
	for (size_t n = 0; n < INTERNET_LINES; n++)
		stream_close(&i->lines[n].dial.stream);
	roots_done(&i->roots);
}
