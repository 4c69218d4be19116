/* SPDX-License-Identifier: MIT */
/*
 * target - see target.h
 *
 * The order of the tests is the CLI's: text:, an absolute path, then what
 * ExpandProxyTargetValue() takes: a number, unix:, and a URL read by Go's
 * url.ParseRequestURI(), with the default scheme in front when there is no "://".
 */
#include "funnel/target.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define UNIX_PATH_MAX 107 /* sun_path without its NUL */
#define DNS_NAME_MAX 253
#define DNS_LABEL_MAX 63

/* A URL's parts: slices of the text. */
struct slice {
	const char *at;
	size_t len;
};

struct url {
	struct slice scheme; /* empty: the text had no "://" */
	struct slice authority;
	struct slice host; /* without brackets */
	struct slice port; /* digits, may be empty */
	struct slice rest; /* path and query, from "/" or "?" on */
	bool brackets;
};

/* Words of the CLI that are no target, and what to do instead. */
static const struct {
	const char *word;
	const char *cure;
} commands[] = {
	{"off", "`tsfunnel uninstall` ends a funnel"},
	{"reset", "`tsfunnel uninstall --all` ends all funnels that it made"},
	{"status", "see `tsfunnel status`"},
};

static int refuse(struct err *e, const char *text, const char *reason)
{
	/* A long target must not push the reason out of the message. */
	return err_set(e, ERR_USAGE, "cannot expose \"%.80s%s\": %s", text,
		       strlen(text) > 80 ? "..." : "", reason);
}

static struct slice slice_of(const char *at, size_t len)
{
	return (struct slice){.at = at, .len = len};
}

static bool slice_is(struct slice s, const char *word)
{
	return strlen(word) == s.len && strncasecmp(s.at, word, s.len) == 0;
}

static bool is_exactly(struct slice s, const char *word)
{
	return strlen(word) == s.len && memcmp(s.at, word, s.len) == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool all_digits(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.at[i]))
			return false;
	return true;
}

/* 1-65535, or 0 when the digits name no port. Leading zeros count for nothing, as in Go. */
static unsigned port_of(struct slice digits)
{
	unsigned port = 0;

	for (size_t i = 0; i < digits.len; i++) {
		port = port * 10 + (unsigned)(digits.at[i] - '0');
		if (port > 65535)
			return 0;
	}
	return port;
}

static int check_port(const char *text, struct slice digits, unsigned *port, struct err *e)
{
	*port = port_of(digits);
	if (*port != 0)
		return 0;
	refuse(e, text, "there is no such port");
	return err_cure(e, "a port is a number from 1 to 65535");
}

static int parse_text(struct target *t, enum front front, struct err *e)
{
	t->kind = TARGET_TEXT;
	if (front != FRONT_HTTPS)
		return refuse(e, t->text, "a text can be served by --https only");
	if (strcmp(t->text, "text:") == 0)
		return refuse(e, t->text, "the text is empty");
	return 0;
}

static int parse_path(struct target *t, enum front front, struct err *e)
{
	t->kind = TARGET_PATH;
	t->path = t->text;
	if (front != FRONT_HTTPS)
		return refuse(e, t->text, "files and folders can be served by --https only");
	return 0;
}

static int parse_unix(struct target *t, struct err *e)
{
	t->kind = TARGET_UNIX;
	t->path = t->text + strlen("unix:");
	if (t->path[0] != '/') {
		/* tailscaled would look for it in its own working directory. */
		refuse(e, t->text, "the socket's path is not absolute");
		return err_cure(e, "write unix:/run/app.sock");
	}
	if (strlen(t->path) > UNIX_PATH_MAX)
		return refuse(e, t->text, "a socket's path has at most 107 bytes");
	return 0;
}

static int parse_port(struct target *t, struct err *e)
{
	t->kind = TARGET_PORT;
	return check_port(t->text, slice_of(t->text, strlen(t->text)), &t->port, e);
}

/* Length of a scheme at the start of @s as Go's getScheme() reads it, 0 without. */
static size_t scheme_len(const char *s)
{
	size_t n = 0;

	while (is_alnum(s[n]) || (n > 0 && s[n] != '\0' && strchr("+-.", s[n]) != NULL))
		n++;
	return s[n] == ':' && !is_digit(s[0]) ? n : 0;
}

/* "host", "host:port", "[v6]", "[v6]:port" */
static int split_authority(const char *text, struct slice a, struct url *u, struct err *e)
{
	const char *end = a.at + a.len;
	const char *after = memchr(a.at, ':', a.len);

	u->brackets = a.len > 0 && a.at[0] == '[';
	if (u->brackets) {
		after = memchr(a.at, ']', a.len);
		if (after == NULL)
			return refuse(e, text, "the host has \"[\" without \"]\"");
		u->host = slice_of(a.at + 1, (size_t)(after - a.at) - 1);
		after++;
	} else {
		after = after != NULL ? after : end;
		u->host = slice_of(a.at, (size_t)(after - a.at));
	}
	u->port = slice_of(end, 0);
	if (after == end)
		return 0;
	u->port = slice_of(after + 1, (size_t)(end - after) - 1);
	if (!u->brackets && memchr(u->port.at, ':', u->port.len) != NULL) {
		refuse(e, text, "the host has more than one colon");
		return err_cure(e, "for a server on ::1 write localhost:PORT");
	}
	if (*after != ':' || !all_digits(u->port))
		return refuse(e, text, "what follows the host is no port");
	return 0;
}

static int split_url(const char *text, struct url *u, struct err *e)
{
	const struct slice none = slice_of(text, 0);
	const char *p = text;

	*u = (struct url){.scheme = none, .host = none, .port = none, .rest = none};
	if (strstr(text, "://") != NULL) {
		u->scheme = slice_of(text, scheme_len(text));
		p += u->scheme.len;
		if (u->scheme.len == 0 || strncmp(p, "://", 3) != 0)
			return refuse(e, text, "it is no URL");
		p += 3;
	}
	u->authority = slice_of(p, strcspn(p, "/?"));
	u->rest = slice_of(p + u->authority.len, strlen(p) - u->authority.len);
	if (memchr(u->authority.at, '@', u->authority.len) != NULL) {
		refuse(e, text, "tailscaled does not pass on the user of a URL");
		return err_cure(e, "leave out what stands before the \"@\"");
	}
	return split_authority(text, u->authority, u, e);
}

static bool is_ip(struct slice host, int family)
{
	unsigned char addr[16];
	char text[INET6_ADDRSTRLEN];

	if (host.len >= sizeof(text))
		return false;
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	return inet_pton(family, text, addr) == 1;
}

static bool is_label(struct slice l)
{
	if (l.len == 0 || l.len > DNS_LABEL_MAX || !is_alnum(l.at[0]) || !is_alnum(l.at[l.len - 1]))
		return false;
	for (size_t i = 0; i < l.len; i++)
		if (!is_alnum(l.at[i]) && l.at[i] != '-')
			return false;
	return true;
}

/*
 * A name that the CLI takes (dnsname.ValidHostname) and that can exist: it also takes a leading
 * dot, and a last label of digits only, as in http://8888, which no resolver knows.
 */
static bool is_hostname(struct slice host)
{
	struct slice label = {0};

	if (host.len > 0 && host.at[host.len - 1] == '.')
		host.len--;
	if (host.len > DNS_NAME_MAX)
		return false;
	for (size_t at = 0; at <= host.len; at += label.len + 1) {
		const char *dot = memchr(host.at + at, '.', host.len - at);

		label.at = host.at + at;
		label.len = dot != NULL ? (size_t)(dot - label.at) : host.len - at;
		if (!is_label(label))
			return false;
	}
	return !all_digits(label);
}

/* The three that the CLI takes for this machine; it does not look at case or at 127.0.0.2. */
static bool is_localhost(struct slice host)
{
	return is_exactly(host, "localhost") || is_exactly(host, "127.0.0.1") ||
	       is_exactly(host, "::1");
}

static bool is_this_machine(struct slice host)
{
	return slice_is(host, "localhost") || is_localhost(host) || is_exactly(host, "0.0.0.0") ||
	       (is_ip(host, AF_INET) && strncmp(host.at, "127.", 4) == 0);
}

static int check_host(const char *text, const struct url *u, struct err *e)
{
	bool ok = u->brackets ? is_ip(u->host, AF_INET6)
			      : is_ip(u->host, AF_INET) || is_hostname(u->host);

	if (u->host.len == 0)
		return refuse(e, text, "it has no host");
	if (!ok && all_digits(u->host)) {
		refuse(e, text, "the host is a bare number");
		return err_cure(e, "for a port of this machine write the number alone");
	}
	if (!ok)
		return refuse(e, text, "the host is neither a host name nor an IP address");
	if (u->brackets && u->port.len > 0) {
		refuse(e, text, "the tailscale CLI drops the brackets, and nothing is reached");
		return err_cure(e, "for a server on ::1 write localhost:%.*s", (int)u->port.len,
				u->port.at);
	}
	if (is_localhost(u->host) && u->port.len == 0) {
		refuse(e, text, "it has no port");
		return err_cure(e, "write localhost:8888");
	}
	if (!is_localhost(u->host) && u->scheme.len == 0) {
		refuse(e, text, "a target on another host needs a scheme");
		return err_cure(e, "write http://HOST:PORT or, with --tcp, tcp://HOST:PORT");
	}
	return 0;
}

static int check_scheme(const char *text, struct slice scheme, enum front front, struct err *e)
{
	if (scheme.len == 0)
		return 0;
	if (front != FRONT_HTTPS) {
		if (slice_is(scheme, "tcp"))
			return 0;
		refuse(e, text, "with --tcp and --tls-terminated-tcp a URL starts with tcp://");
		return err_cure(e, "leave out --tcp and --tls-terminated-tcp for a web server");
	}
	if (slice_is(scheme, "http") || slice_is(scheme, "https") ||
	    slice_is(scheme, "https+insecure"))
		return 0;
	refuse(e, text, "a URL starts with http://, https:// or https+insecure://");
	return slice_is(scheme, "tcp") ? err_cure(e, "tcp:// needs --tcp or --tls-terminated-tcp")
				       : -1;
}

/* Go refuses a path with a damaged %xx; the query it leaves alone. */
static int check_rest(const char *text, struct slice rest, enum front front, struct err *e)
{
	const char *query = memchr(rest.at, '?', rest.len);
	size_t len = query != NULL ? (size_t)(query - rest.at) : rest.len;

	if (front != FRONT_HTTPS && rest.len > 0) {
		refuse(e, text, "a TCP target has no path");
		return err_cure(e, "write HOST:PORT");
	}
	for (size_t i = 0; i < len; i++)
		if (rest.at[i] == '%' &&
		    (len - i < 3 || strspn(rest.at + i + 1, "0123456789abcdefABCDEF") < 2))
			return refuse(e, text, "\"%\" in a URL is followed by two hex digits");
	return 0;
}

static int parse_url(struct target *t, enum front front, struct err *e)
{
	unsigned port = 0;
	struct url u;

	if (split_url(t->text, &u, e) != 0 || check_scheme(t->text, u.scheme, front, e) != 0 ||
	    check_host(t->text, &u, e) != 0 || check_rest(t->text, u.rest, front, e) != 0)
		return -1;
	if (u.port.len > 0 && check_port(t->text, u.port, &port, e) != 0)
		return -1;
	if (front != FRONT_HTTPS && u.port.len == 0)
		return refuse(e, t->text, "a TCP target needs a port");
	t->kind = u.scheme.len > 0 ? TARGET_URL : TARGET_HOST;
	t->port = is_this_machine(u.host) ? port : 0;
	return 0;
}

static int parse_other(struct target *t, enum front front, struct err *e)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(t->text, commands[i].word) != 0)
			continue;
		refuse(e, t->text, "it is a command, no target");
		return err_cure(e, "%s", commands[i].cure);
	}
	if (all_digits(slice_of(t->text, strlen(t->text))))
		return parse_port(t, e);
	if (strncmp(t->text, "unix:", 5) == 0)
		return parse_unix(t, e);
	return parse_url(t, front, e);
}

int target_parse(const char *text, enum front front, struct target *t, struct err *e)
{
	size_t len = strlen(text);

	memset(t, 0, sizeof(*t));
	if (len == 0) {
		refuse(e, text, "it is empty");
		return err_cure(e, "give a port, as in 8888");
	}
	if (len >= sizeof(t->text))
		return refuse(e, text, "it is longer than 1023 bytes");
	if (!text_is_plain(text))
		return refuse(e, text, "it has control characters or is not valid UTF-8");
	memcpy(t->text, text, len + 1);
	if (strncmp(text, "text:", 5) == 0)
		return parse_text(t, front, e);
	if (text[0] == '/')
		return parse_path(t, front, e);
	return parse_other(t, front, e);
}

void target_copy(struct target *to, const struct target *from)
{
	*to = *from;
	to->path = from->path != NULL ? to->text + (from->path - from->text) : NULL;
}

/* As Go's filepath.Clean() of an absolute path. */
static void expand_path(const char *path, struct buf *out)
{
	size_t start = out->len, len;

	for (const char *p = path; *p != '\0'; p += len) {
		p += strspn(p, "/");
		len = strcspn(p, "/");
		if (len == 0 || (len == 1 && p[0] == '.'))
			continue;
		if (len == 2 && p[0] == '.' && p[1] == '.') {
			while (out->len > start && out->data[--out->len] != '/')
				;
			out->data[out->len] = '\0';
			continue;
		}
		buf_add_char(out, '/');
		buf_add_bytes(out, p, len);
	}
	if (out->len == start)
		buf_add_char(out, '/');
}

/* Go keeps a path as it was written if it could have been escaped so (url.validEncoded()). */
static bool is_escaped(struct slice path)
{
	for (size_t i = 0; i < path.len; i++)
		if (!is_alnum(path.at[i]) && strchr("-_.~!$&'()*+,;=:@[]%/", path.at[i]) == NULL)
			return false;
	return true;
}

static unsigned hex_of(char c)
{
	return is_digit(c) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static void put_path(struct slice path, struct buf *out)
{
	if (is_escaped(path)) {
		buf_add_bytes(out, path.at, path.len);
		return;
	}
	for (size_t i = 0; i < path.len; i++) {
		char c = path.at[i];

		if (c == '%') {
			c = (char)(hex_of(path.at[i + 1]) * 16 + hex_of(path.at[i + 2]));
			i += 2;
		}
		buf_add_url(out, c);
	}
}

/* One of those that check_scheme() let pass, in lower case. */
static const char *scheme_of(const struct url *u)
{
	if (slice_is(u->scheme, "https"))
		return "https";
	return slice_is(u->scheme, "https+insecure") ? "https+insecure" : "http";
}

/* Scheme in lower case, port without zeros in front, path escaped, query as it is. */
static void expand_url(const struct target *t, enum front front, struct buf *out)
{
	struct err never;
	struct url u;
	size_t path_len;

	/* A target is made by target_parse() alone, which has split it before. */
	if (split_url(t->text, &u, &never) != 0)
		return;
	path_len = strcspn(u.rest.at, "?");
	if (front == FRONT_HTTPS)
		buf_printf(out, "%s://", scheme_of(&u));
	buf_add_bytes(out, u.authority.at, (size_t)(u.port.at - u.authority.at));
	if (u.port.len > 0)
		buf_printf(out, "%u", port_of(u.port));
	put_path(slice_of(u.rest.at, path_len), out);
	buf_add(out, u.rest.at + path_len);
}

void target_expand(const struct target *t, enum front front, struct buf *out)
{
	switch (t->kind) {
	case TARGET_PORT:
		buf_printf(out, "%s127.0.0.1:%u", front == FRONT_HTTPS ? "http://" : "", t->port);
		break;
	case TARGET_UNIX:
		buf_add(out, t->text);
		break;
	case TARGET_PATH:
		expand_path(t->path, out);
		break;
	case TARGET_TEXT:
		buf_add(out, t->text + strlen("text:"));
		break;
	case TARGET_HOST:
	case TARGET_URL:
		expand_url(t, front, out);
		break;
	}
}
