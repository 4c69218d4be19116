/* SPDX-License-Identifier: MIT */
/* serveconfig - see serveconfig.h */
#include "localapi/serveconfig.h"

#include "base/json.h"
#include "base/text.h"
#include "localapi/localapi.h"

#include <string.h>

_Static_assert(sizeof(((struct serve_doc *)0)->etag) == sizeof(((struct localapi_reply *)0)->etag),
	       "an ETag is copied whole");

#define TEXT_PREFIX "text:"

/* IPv6 hosts do not occur in it. */
unsigned serveconfig_port_of(const char *text)
{
	const char *colon = strrchr(text, ':');
	unsigned port = 0;

	text = colon == NULL ? text : colon + 1;
	if (*text == '\0')
		return 0;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		port = port * 10 + (unsigned)(*text - '0');
		if (port > 65535)
			return 0;
	}
	return port;
}

static void host_of(const char *host_port, struct serve_entry *x)
{
	text_copy(x->host, sizeof(x->host), host_port);
	x->host[strcspn(x->host, ":")] = '\0';
}

/* ipn.HTTPHandler: one of Proxy, Path, Text, Redirect (ipn/serve.go:160). */
static void target_of(const cJSON *handler, struct serve_entry *x)
{
	static const char *const keys[] = {"Proxy", "Path", "Redirect"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = json_string(handler, keys[i]);

		if (value[0] != '\0') {
			text_copy(x->target, sizeof(x->target), value);
			return;
		}
	}
	if (json_get(handler, "Text") != NULL) {
		memcpy(x->target, TEXT_PREFIX, sizeof(TEXT_PREFIX));
		text_copy(x->target + strlen(TEXT_PREFIX), sizeof(x->target) - strlen(TEXT_PREFIX),
			  json_string(handler, "Text"));
	}
}

/* The web server on the entry's port: host, and its first handler. */
static void add_web(const cJSON *web, struct serve_entry *x)
{
	const cJSON *server;

	if (!cJSON_IsObject(web))
		return;
	cJSON_ArrayForEach(server, web)
	{
		const cJSON *handlers = json_get(server, "Handlers");
		const cJSON *first = cJSON_IsObject(handlers) ? handlers->child : NULL;

		if (serveconfig_port_of(server->string) != x->port)
			continue;
		host_of(server->string, x);
		if (first == NULL)
			return;
		text_copy(x->mount, sizeof(x->mount), first->string);
		target_of(first, x);
		return;
	}
}

static void add_funnel(const cJSON *allow, struct serve_entry *x)
{
	const cJSON *item;

	if (!cJSON_IsObject(allow))
		return;
	cJSON_ArrayForEach(item, allow)
	{
		if (serveconfig_port_of(item->string) != x->port || !cJSON_IsTrue(item))
			continue;
		x->funnel = true;
		host_of(item->string, x);
	}
}

/* Where rows go. */
struct rows {
	struct serve_entry *at;
	size_t count, room;
	bool cut;           /* there were more */
	unsigned only;      /* rows of that port; 0: of all */
	const char *except; /* but not of that session; NULL: of all */
};

/* One listener. */
static void add_row(const cJSON *config, const cJSON *port, const char *session, struct rows *r)
{
	struct serve_entry *x = &r->at[r->count++];
	const char *forward = json_string(port, "TCPForward");

	*x = (struct serve_entry){.port = serveconfig_port_of(port->string)};
	text_copy(x->session, sizeof(x->session), session);
	if (forward[0] != '\0')
		text_copy(x->target, sizeof(x->target), forward);
	else
		add_web(json_get(config, "Web"), x);
	add_funnel(json_get(config, "AllowFunnel"), x);
}

/* One configuration: the document itself, or one session of Foreground. */
static void add_config(const cJSON *config, const char *session, struct rows *r)
{
	const cJSON *tcp = json_get(config, "TCP");
	const cJSON *port;

	if (!cJSON_IsObject(tcp) || (r->except != NULL && strcmp(session, r->except) == 0))
		return;
	cJSON_ArrayForEach(port, tcp)
	{
		unsigned number = serveconfig_port_of(port->string);

		if (number == 0 || (r->only != 0 && r->only != number))
			continue;
		if (r->count == r->room) {
			r->cut = true;
			return;
		}
		add_row(config, port, session, r);
	}
}

/* Sessions first: there are few, and they are what a cut must not hide. */
static void add_all(const cJSON *doc, struct rows *r)
{
	const cJSON *foreground = json_get(doc, "Foreground");
	const cJSON *session;

	if (cJSON_IsObject(foreground))
		cJSON_ArrayForEach(session, foreground) add_config(session, session->string, r);
	add_config(doc, "", r);
}

static void flatten(const cJSON *doc, struct serveconfig *sc)
{
	struct rows r = {.at = sc->entries, .room = SERVECONFIG_ENTRIES};

	add_all(doc, &r);
	sc->count = r.count;
	sc->cut = r.cut;
}

static cJSON *read_doc(const char *text, size_t len, struct err *e)
{
	cJSON *doc = json_parse(text, len, "the serve configuration", e);

	if (doc == NULL || cJSON_IsNull(doc) || cJSON_IsObject(doc))
		return doc;
	cJSON_Delete(doc);
	err_set(e, ERR_DATA, "cannot read the serve configuration: no JSON object");
	return NULL;
}

int serveconfig_parse(const char *text, size_t len, struct serveconfig *sc, struct err *e)
{
	AUTO_JSON cJSON *doc = read_doc(text, len, e);

	flatten(doc, sc);
	return doc == NULL ? -1 : 0;
}

bool serveconfig_find(const cJSON *doc, unsigned port, const char *except, struct serve_entry *x)
{
	struct rows r = {.at = x, .room = 1, .only = port, .except = except};

	x->port = 0;
	add_all(doc, &r);
	return r.count > 0;
}

int serveconfig_ask(const char *socket, struct deadline until, struct serve_doc *d, struct err *e)
{
	const struct localapi_request q = {"GET", "/localapi/v0/serve-config", NULL, NULL};
	struct localapi_reply r;

	d->root = NULL;
	if (localapi_call(socket, &q, until, &r, e) != 0)
		return -1;
	if (localapi_check(&r, "ask tailscaled what it serves", e) == 0)
		d->root = read_doc(r.body, r.len, e);
	memcpy(d->etag, r.etag, sizeof(d->etag));
	localapi_reply_done(&r);
	return d->root == NULL ? -1 : 0;
}

int serveconfig_get(const char *socket, struct deadline until, struct serveconfig *sc,
		    struct err *e)
{
	struct serve_doc d;

	if (serveconfig_ask(socket, until, &d, e) != 0)
		return -1;
	flatten(d.root, sc);
	cJSON_Delete(d.root);
	return 0;
}

int serveconfig_get_port(const char *socket, struct deadline until, unsigned port,
			 struct serve_entry *x, struct err *e)
{
	struct serve_doc d;

	if (serveconfig_ask(socket, until, &d, e) != 0)
		return -1;
	serveconfig_find(d.root, port, NULL, x);
	cJSON_Delete(d.root);
	return 0;
}

const struct serve_entry *serveconfig_on_port(const struct serveconfig *sc, unsigned port)
{
	const struct serve_entry *background = NULL;

	for (size_t i = 0; i < sc->count; i++) {
		const struct serve_entry *x = &sc->entries[i];

		if (x->port != port)
			continue;
		if (x->session[0] != '\0')
			return x;
		if (background == NULL)
			background = x;
	}
	return background;
}
