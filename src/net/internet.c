/* SPDX-License-Identifier: MIT */
/* internet - see internet.h */
#include "net/internet.h"

static int internet_open(struct network *n, const struct url *u, struct deadline until,
			 struct connection *c, struct err *e)
{
	struct internet *i = (struct internet *)n;

	if (u->scheme == URL_HTTPS)
		return err_set(e, ERR_DATA, "cannot use https yet");
	if (dial_tcp(&i->dial, u->host, u->port, until, e) != 0)
		return -1;
	*c = (struct connection){.stream = &i->dial.stream, .form = HTTP_ORIGIN};
	return 0;
}

void internet_init(struct internet *i)
{
	*i = (struct internet){.network = {internet_open}, .dial = {.fd = -1}};
}
