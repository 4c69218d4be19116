/* SPDX-License-Identifier: MIT */
/* proxy - see proxy.h; no_proxy is in proxy_except.c */
#include "net/proxy.h"

#include "base/base64.h"
#include "base/build_info.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define USER_MAX 512

static int refuse(const char *name, const char *reason, struct err *e)
{
	err_set(e, ERR_USAGE, "cannot use the proxy in %s: %s", name, reason);
	return err_cure(e,
			"it is written %s=http://HOST:PORT or "
			"http://USER:PASSWORD@HOST:PORT, with %%XX for odd characters",
			name);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* %XX and plain characters; NULL, or what is wrong. */
static const char *decode(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)s[i];

		if (c == '%') {
			if (len - i < 3 || hex_value(s[i + 1]) < 0 || hex_value(s[i + 2]) < 0)
				return "a % without two hexadecimal digits";
			c = hex_value(s[i + 1]) * 16 + hex_value(s[i + 2]);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f)
			return "a control character in user or password";
		buf_add_char(out, (char)c);
	}
	return NULL;
}

/* RFC 7617: base64 of "user:password"; the user has no ':'. */
static const char *set_authorization(const char *user, size_t len, struct proxy *p)
{
	const char *colon = memchr(user, ':', len);
	size_t user_len = colon == NULL ? len : (size_t)(colon - user);
	struct buf out = BUF_OF(p->authorization);
	char plain[USER_MAX];
	struct buf text = BUF_OF(plain);
	const char *wrong = decode(user, user_len, &text);

	if (wrong == NULL && memchr(plain, ':', text.len) != NULL)
		wrong = "a : in the user name";
	buf_add(&text, ":");
	if (wrong == NULL && colon != NULL)
		wrong = decode(colon + 1, len - user_len - 1, &text);
	if (wrong == NULL && buf_full(&text))
		wrong = "user and password are too long";
	buf_add(&out, "Basic ");
	if (wrong == NULL)
		base64_add(&out, plain, text.len);
	explicit_bzero(plain, sizeof(plain));
	return wrong;
}

int proxy_parse(const char *text, const char *name, struct proxy *p, struct err *e)
{
	char plain[URL_MAX];
	struct buf out = BUF_OF(plain);
	const char *scheme = strstr(text, "://"), *at, *wrong;
	struct err inner;
	size_t len;

	*p = (struct proxy){0};
	if (scheme != NULL) {
		if (scheme - text != 4 || strncasecmp(text, "http", 4) != 0)
			return refuse(name, "only proxies that speak plain http are supported", e);
		text = scheme + 3;
	}
	len = strcspn(text, "/?#");
	if (strcspn(text + len, "/") != 0 || strlen(text + len) > 1)
		return refuse(name, "there is more in it than a host and a port", e);
	at = memrchr(text, '@', len);
	if (at != NULL) {
		wrong = set_authorization(text, (size_t)(at - text), p);
		if (wrong != NULL)
			return refuse(name, wrong, e);
		len -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	buf_add(&out, "http://");
	buf_add_bytes(&out, text, len);
	buf_add(&out, "/");
	if (buf_full(&out))
		return refuse(name, "it is too long", e);
	if (url_parse(plain, &p->url, &inner) != 0)
		return refuse(name, "there is no proper host and port in it", e);
	p->used = true;
	return 0;
}

int proxy_for(const struct url *u, struct proxy *p, struct err *e)
{
	const char *name = u->scheme == URL_HTTP ? "http_proxy" : "https_proxy";
	const char *text = getenv(name), *except = getenv("no_proxy");

	if (u->scheme == URL_HTTPS && (text == NULL || text[0] == '\0')) {
		name = "HTTPS_PROXY";
		text = getenv(name);
	}
	if (except == NULL || except[0] == '\0')
		except = getenv("NO_PROXY");
	p->used = false;
	if (text == NULL || text[0] == '\0')
		return 0;
	if (except != NULL && proxy_is_excepted(u, except))
		return 0;
	return proxy_parse(text, name, p, e);
}

static int refused(const struct proxy *p, int status, const char *whereto, struct err *e)
{
	char shown[URL_SHOWN_MAX];

	url_show(&p->url, shown);
	if (status == 407) {
		err_set(e, ERR_UNAVAILABLE,
			"cannot connect through the proxy %s: it wants %s user name and password "
			"(HTTP 407)",
			shown, p->authorization[0] == '\0' ? "a" : "another");
		err_cure(e, "write them into its URL: https_proxy=http://USER:PASSWORD@HOST:PORT");
	} else {
		err_set(e, ERR_UNAVAILABLE,
			"cannot connect through the proxy %s: it does not connect to %s (HTTP %d)",
			shown, whereto, status);
		err_cure(e,
			 "ask the proxy's owner to allow %s, or leave the proxy out with "
			 "no_proxy",
			 whereto);
	}
	if (status < 500)
		e->sys = EPROTO;
	return -1;
}

int proxy_tunnel(const struct proxy *p, struct stream *s, const struct url *u, struct http *h,
		 struct deadline until, struct err *e)
{
	char host[URL_HOST_MAX + 16], request[2 * sizeof(host) + PROXY_AUTHORIZATION_MAX + 256];
	struct buf whereto = BUF_OF(host), text = BUF_OF(request);
	int rc;

	url_host_port(u, &whereto);
	buf_printf(&text, "CONNECT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: tsfunnel/%s\r\n", host,
		   host, build_version);
	if (p->authorization[0] != '\0')
		buf_printf(&text, "Proxy-Authorization: %s\r\n", p->authorization);
	buf_add(&text, "\r\n");
	if (buf_full(&text))
		return err_set(e, ERR_BUG, "cannot ask the proxy: the request is too long");
	rc = http_exchange(h, s, request, until, e);
	explicit_bzero(request, sizeof(request));
	if (rc != 0)
		return err_wrap(e, "cannot connect through the proxy");
	if (h->head.status < 200 || h->head.status > 299)
		return refused(p, h->head.status, host, e);
	/* In TLS the client speaks first. */
	if (http_left_over(h) > 0)
		return err_set(e, ERR_DATA,
			       "cannot connect through the proxy: it says more than "
			       "that it is connected");
	return 0;
}
