/* SPDX-License-Identifier: MIT */
/* url - see url.h */
#include "net/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LABEL_MAX 63

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int refuse(const char *text, const char *reason, struct err *e)
{
	if (strchr(text, '@') != NULL)
		return err_set(e, ERR_DATA, "cannot use a URL: %s", reason);
	return err_set(e, ERR_DATA, "cannot use the URL %.120s: %s", text, reason);
}

/* Path and query: unreserved, sub-delims, and ":@/?" and whole "%XX". */
static const char *check_target(const char *s)
{
	for (; *s != '\0' && *s != '#'; s++) {
		if (*s == '%') {
			if (!is_hex(s[1]) || !is_hex(s[2]))
				return "a % without two hexadecimal digits";
			s += 2;
		} else if (!is_letter(*s) && !is_digit(*s) &&
			   strchr("-._~!$&'()*+,;=:@/?", *s) == NULL) {
			return "a character that must be written as %XX";
		}
	}
	return NULL;
}

/* Letters, digits, '-' and '_' in labels of 1 to 63; '_' is no host name but is met in DNS. */
static const char *check_name(const char *s)
{
	size_t label = 0;

	for (; *s != '\0'; s++) {
		if (*s == '.') {
			if (label == 0 || s[-1] == '-')
				return "a host name that is not well formed";
			label = 0;
			continue;
		}
		if (!is_letter(*s) && !is_digit(*s) && *s != '_' && (*s != '-' || label == 0))
			return "a host name that is not well formed";
		if (++label > LABEL_MAX)
			return "a host name with a part of more than 63 characters";
	}
	return label == 0 || s[-1] == '-' ? "a host name that is not well formed" : NULL;
}

/* A name that ends in a number is an IPv4 address, or one of the odd notations that some
 * resolvers take for one (127.1, 0x7f.1). */
static bool ends_in_number(const char *host)
{
	const char *last = strrchr(host, '.');

	return last == NULL ? is_digit(host[0]) : is_digit(last[1]);
}

static const char *check_host(struct url *u)
{
	struct in6_addr addr;

	if (u->kind == URL_IPV6)
		return inet_pton(AF_INET6, u->host, &addr) == 1 ? NULL : "no IPv6 address";
	if (u->host[0] == '\0')
		return "there is no host in it";
	u->kind = URL_NAME;
	if (inet_pton(AF_INET, u->host, &addr) == 1)
		u->kind = URL_IPV4;
	else if (ends_in_number(u->host))
		return "neither a host name nor an IPv4 address";
	return u->kind == URL_IPV4 ? NULL : check_name(u->host);
}

/* ":PORT" or nothing, up to @end. */
static const char *parse_port(const char *s, const char *end, struct url *u)
{
	unsigned port = 0;

	u->port = u->scheme == URL_HTTPS ? 443 : 80;
	if (s == end)
		return NULL;
	if (*s++ != ':' || s == end || end - s > 5)
		return "a port that is no number from 1 to 65535";
	for (; s < end; s++) {
		if (!is_digit(*s))
			return "a port that is no number from 1 to 65535";
		port = port * 10 + (unsigned)(*s - '0');
	}
	if (port == 0 || port > UINT16_MAX)
		return "a port that is no number from 1 to 65535";
	u->port = (uint16_t)port;
	return NULL;
}

static const char *parse_authority(const char *s, const char *end, struct url *u)
{
	const char *host = s, *host_end = end;
	const char *wrong;
	size_t len;

	if (memchr(s, '@', (size_t)(end - s)) != NULL)
		return "a user name or password has no place in it";
	u->kind = URL_NAME;
	if (s < end && *s == '[') {
		u->kind = URL_IPV6;
		host++;
		host_end = memchr(host, ']', (size_t)(end - host));
		if (host_end == NULL)
			return "a [ without ]";
		s = host_end + 1;
	} else {
		const char *colon = memchr(s, ':', (size_t)(end - s));

		if (colon != NULL)
			host_end = colon;
		s = host_end;
	}
	len = (size_t)(host_end - host);
	if (len >= sizeof(u->host))
		return "a host name of more than 253 characters";
	for (size_t i = 0; i < len; i++)
		u->host[i] = (char)(host[i] >= 'A' && host[i] <= 'Z' ? host[i] + 32 : host[i]);
	u->host[len] = '\0';
	wrong = check_host(u);
	return wrong != NULL ? wrong : parse_port(s, end, u);
}

static int set_target(const char *whole, const char *s, struct url *u, struct err *e)
{
	const char *wrong = check_target(s);
	size_t len = strcspn(s, "#");
	size_t slash = s[0] == '/' ? 0 : 1; /* "http://host?query" */

	if (wrong != NULL)
		return refuse(whole, wrong, e);
	if (len + slash >= sizeof(u->target))
		return refuse(whole, "it is too long", e);
	u->target[0] = '/';
	memcpy(u->target + slash, s, len);
	u->target[len + slash] = '\0';
	return 0;
}

int url_parse(const char *text, struct url *u, struct err *e)
{
	const char *s = text, *wrong, *end;

	if (strlen(text) >= URL_MAX)
		return refuse(text, "it is too long", e);
	if (strncasecmp(s, "https://", 8) == 0) {
		u->scheme = URL_HTTPS;
		s += 8;
	} else if (strncasecmp(s, "http://", 7) == 0) {
		u->scheme = URL_HTTP;
		s += 7;
	} else {
		return refuse(text, "it begins neither with http:// nor with https://", e);
	}
	end = s + strcspn(s, "/?#");
	wrong = parse_authority(s, end, u);
	if (wrong != NULL)
		return refuse(text, wrong, e);
	return set_target(text, end, u, e);
}

int url_resolve(const struct url *base, const char *location, struct url *u, struct err *e)
{
	struct url next = *base;

	if (location[0] != '/') {
		if (url_parse(location, &next, e) != 0)
			return -1;
	} else if (location[1] == '/') {
		return refuse(location, "a redirect without http: or https:", e);
	} else if (set_target(location, location, &next, e) != 0) {
		return -1;
	}
	*u = next;
	return 0;
}

static void add_host(const struct url *u, struct buf *out)
{
	buf_printf(out, u->kind == URL_IPV6 ? "[%s]" : "%s", u->host);
}

void url_host_port(const struct url *u, struct buf *out)
{
	add_host(u, out);
	buf_printf(out, ":%u", u->port);
}

void url_host_field(const struct url *u, struct buf *out)
{
	add_host(u, out);
	if (u->port != (u->scheme == URL_HTTPS ? 443 : 80))
		buf_printf(out, ":%u", u->port);
}

void url_text(const struct url *u, struct buf *out)
{
	buf_add(out, u->scheme == URL_HTTPS ? "https://" : "http://");
	url_host_field(u, out);
	buf_add(out, u->target);
}

const char *url_show(const struct url *u, char mem[static URL_SHOWN_MAX])
{
	char whole[URL_MAX + URL_HOST_MAX + 32];
	struct buf out = BUF_OF(whole);
	const size_t room = URL_SHOWN_MAX - 4;

	url_text(u, &out);
	whole[strcspn(whole, "?")] = '\0';
	snprintf(mem, URL_SHOWN_MAX, "%.*s%s", (int)room, whole, strlen(whole) > room ? "..." : "");
	return mem;
}

bool url_equal(const struct url *a, const struct url *b)
{
	return a->scheme == b->scheme && a->port == b->port && strcmp(a->host, b->host) == 0 &&
	       strcmp(a->target, b->target) == 0;
}
