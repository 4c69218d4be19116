/* SPDX-License-Identifier: MIT */
/* bus - see bus.h */
#include "localapi/bus.h"

#include "base/json.h"
#include "base/text.h"
#include "localapi/localapi.h"
#include "net/http_head.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_ROOM 4096

/* The request is 60 bytes: only a listener that hangs lets it wait. */
#define SEND_MS 5000

#define STRING_OF(x) #x
#define TEXT_OF(x) STRING_OF(x)

/* Is there a value? Go writes pointers that are unset as null, or leaves them out. */
static bool has(const cJSON *doc, const char *key)
{
	const cJSON *item = json_get(doc, key);

	return item != NULL && !cJSON_IsNull(item);
}

/* tsconst/health.go:26, health/args.go:40. */
static void take_health(const cJSON *health, struct notify *n)
{
	const cJSON *pending = json_get(json_get(health, "Warnings"), "tls-cert-pending");
	const char *domains = json_string(json_get(pending, "Args"), "domains");

	n->has_health = true;
	if (cJSON_IsObject(pending))
		text_copy(n->fetching, sizeof(n->fetching), domains[0] == '\0' ? "*" : domains);
}

int notify_parse(const char *text, size_t len, struct notify *n, struct err *e)
{
	AUTO_JSON cJSON *doc = json_parse(text, len, "a notification of tailscaled", e);

	*n = (struct notify){0};
	if (doc == NULL)
		return -1;
	if (!cJSON_IsObject(doc))
		return err_set(e, ERR_DATA, "cannot read a notification of tailscaled: no object");
	if (cJSON_IsNumber(json_get(doc, "State"))) {
		int64_t state = json_int(doc, "State");

		n->has_state = true;
		n->backend = BACKEND_UNKNOWN;
		if (state >= BACKEND_NO_STATE && state < BACKEND_UNKNOWN)
			n->backend = (enum backend)state;
	}
	text_copy(n->session, sizeof(n->session), json_string(doc, "SessionID"));
	text_copy(n->browse_url, sizeof(n->browse_url), json_string(doc, "BrowseToURL"));
	text_copy(n->error, sizeof(n->error), json_string(doc, "ErrMessage"));
	n->login_finished = has(doc, "LoginFinished");
	n->self_changed = has(doc, "SelfChange") || has(doc, "NetMap");
	n->prefs_changed = has(doc, "Prefs");
	n->shields_up = json_bool(json_get(doc, "Prefs"), "ShieldsUp");
	if (has(doc, "Health"))
		take_health(json_get(doc, "Health"), n);
	return 0;
}

bool notify_matters(const struct notify *n)
{
	return n->has_state || n->self_changed || n->login_finished || n->prefs_changed ||
	       n->browse_url[0] != '\0';
}

bool bus_fetches(const struct bus *b, const char *domain)
{
	size_t len = strlen(domain);
	const char *at = b->fetching;

	if (strcmp(at, "*") == 0)
		return true;
	while (len > 0 && (at = strstr(at, domain)) != NULL) {
		if ((at == b->fetching || at[-1] == ' ') && (at[len] == ',' || at[len] == '\0'))
			return true;
		at += len;
	}
	return false;
}

bool bus_has_line(const struct bus *b)
{
	return b->head_done && b->len > 0 && memchr(b->line, '\n', b->len) != NULL;
}

void bus_over(struct bus *b, int fd)
{
	*b = (struct bus){.fd = fd};
}

int bus_open(struct bus *b, const char *socket, struct err *e)
{
	const struct localapi_request q = {
		"GET", "/localapi/v0/watch-ipn-bus?mask=" TEXT_OF(BUS_MASK), NULL, NULL};
	int fd = localapi_connect(socket, e);

	bus_over(b, fd);
	if (fd < 0)
		return -1;
	if (localapi_send(fd, &q, deadline_in(SEND_MS), e) == 0)
		return 0;
	bus_close(b);
	return -1;
}

void bus_close(struct bus *b)
{
	if (b->fd >= 0)
		close(b->fd);
	free(b->line);
	*b = (struct bus){.fd = -1};
}

static void drop(struct bus *b, size_t n)
{
	b->len -= n;
	b->seen = 0;
	memmove(b->line, b->line + n, b->len);
}

/* More bytes behind those that are there. */
static int fill(struct bus *b, struct deadline until, struct err *e)
{
	size_t got = 0;

	if (b->len == b->cap) {
		size_t cap = b->cap == 0 ? FIRST_ROOM : b->cap * 2;
		char *line = realloc(b->line, cap);

		if (line == NULL)
			return err_set(e, ERR_IO, "cannot follow tailscaled: out of memory");
		b->line = line;
		b->cap = cap;
	}
	if (localapi_read(b->fd, b->line + b->len, b->cap - b->len, until, &got, e) != 0)
		return -1;
	if (got == 0)
		return err_set(e, ERR_UNAVAILABLE, "cannot follow tailscaled: it hung up");
	b->len += got;
	return 0;
}

/* A refusal has a short body, which ends with the connection. */
static int refused(struct bus *b, int status, struct deadline until, struct err *e)
{
	struct localapi_reply r = {.status = status};
	bool more = true;

	while (more)
		more = b->len < HTTP_HEAD_MAX && fill(b, until, e) == 0;
	r.body = strndup(b->line, b->len);
	r.len = r.body == NULL ? 0 : strlen(r.body);
	localapi_check(&r, "follow tailscaled", e);
	localapi_reply_done(&r);
	return -1;
}

static int read_head(struct bus *b, struct deadline until, struct err *e)
{
	struct http_head h;
	size_t len;

	while ((len = b->len == 0 ? 0 : http_head_end(b->line, b->len)) == 0) {
		if (b->len >= HTTP_HEAD_MAX)
			return err_set(e, ERR_DATA,
				       "cannot follow tailscaled: its answer has no "
				       "end of head");
		if (fill(b, until, e) != 0)
			return -1;
	}
	if (http_head_parse(b->line, len, &h, e) != 0)
		return err_wrap(e, "tailscaled");
	drop(b, len);
	if (h.status != 200)
		return refused(b, h.status, until, e);
	if (h.body != HTTP_BODY_TO_EOF)
		return err_set(e, ERR_DATA,
			       "cannot follow tailscaled: its answer is no stream of "
			       "lines (HTTP/1.0)");
	b->head_done = true;
	return 0;
}

/* Waits for a whole line: @len is its length with the newline. */
static int read_line(struct bus *b, struct deadline until, size_t *len, struct err *e)
{
	for (;;) {
		const char *from = b->len == 0 ? NULL : b->line + b->seen;
		const char *end = from == NULL ? NULL : memchr(from, '\n', b->len - b->seen);

		if (end != NULL) {
			*len = (size_t)(end - b->line) + 1;
			return 0;
		}
		b->seen = b->len;
		if (b->len >= BUS_LINE_MAX) {
			b->skipping = true;
			drop(b, b->len);
		}
		if (fill(b, until, e) != 0)
			return -1;
	}
}

static void remember(struct bus *b, const struct notify *n)
{
	if (n->session[0] != '\0')
		memcpy(b->session, n->session, sizeof(b->session));
	if (n->prefs_changed) {
		b->has_prefs = true;
		b->shields_up = n->shields_up;
	}
	if (n->has_health)
		memcpy(b->fetching, n->fetching, sizeof(b->fetching));
}

int bus_next(struct bus *b, struct deadline until, struct notify *n, struct err *e)
{
	size_t len;
	int rc = 0;

	if (!b->head_done && read_head(b, until, e) != 0)
		return -1;
	if (read_line(b, until, &len, e) != 0)
		return -1;
	if (b->skipping)
		*n = (struct notify){.self_changed = true};
	else
		rc = notify_parse(b->line, len, n, e);
	if (rc == 0)
		remember(b, n);
	b->skipping = false;
	drop(b, len);
	return rc;
}
