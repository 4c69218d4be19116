/* SPDX-License-Identifier: MIT */
/* internet - see internet.h */
#include "net/internet.h"

#include <string.h>

/* TCP to the host, or to the proxy for it; with a tunnel for https. */
static int reach(struct internet *i, const struct url *u, struct deadline until, struct err *e)
{
	const struct url *first = u;

	if (u->scheme == URL_HTTPS && tls_check_host(u->host, e) != 0)
		return -1;
	if (proxy_for(u, &i->proxy, e) != 0)
		return -1;
	if (i->proxy.used)
		first = &i->proxy.url;
	if (dial_tcp(&i->dial, first->host, first->port, until, e) != 0)
		return i->proxy.used ? err_wrap(e, "cannot use the proxy") : -1;
	if (!i->proxy.used || u->scheme == URL_HTTP)
		return 0;
	return proxy_tunnel(&i->proxy, &i->dial.stream, u, &i->answer, until, e);
}

static int secure(struct internet *i, const struct url *u, struct deadline until, struct err *e)
{
	if (!i->has_roots && roots_load(&i->roots, i->cacert, e) != 0) {
		roots_done(&i->roots);
		return -1;
	}
	i->has_roots = true;
	memcpy(i->host, u->host, sizeof(i->host));
	return tls_open(&i->tls, &i->dial.stream, i->host, &i->roots, until, e);
}

static int internet_open(struct network *n, const struct url *u, struct deadline until,
			 struct connection *c, struct err *e)
{
	struct internet *i = (struct internet *)n;

	if (reach(i, u, until, e) != 0 || (u->scheme == URL_HTTPS && secure(i, u, until, e) != 0)) {
		stream_close(&i->dial.stream);
		return -1;
	}
	*c = (struct connection){.stream = &i->dial.stream};
	if (u->scheme == URL_HTTPS) {
		c->stream = &i->tls.stream;
	} else if (i->proxy.used) {
		c->form = HTTP_ABSOLUTE;
		c->proxy_authorization =
			i->proxy.authorization[0] == '\0' ? NULL : i->proxy.authorization;
	}
	return 0;
}

void internet_init(struct internet *i, const char *cacert)
{
	memset(i, 0, sizeof(*i));
	i->network.open = internet_open;
	i->cacert = cacert;
	dial_init(&i->dial);
}

void internet_done(struct internet *i)
{
	stream_close(&i->dial.stream);
	roots_done(&i->roots);
}
