/* SPDX-License-Identifier: MIT */
/* serveconfig - see serveconfig.h */
#include "localapi/serveconfig.h"

#include "base/json.h"
#include "base/text.h"
#include "localapi/localapi.h"

#include <string.h>

#define TEXT_PREFIX "text:"

/* "host:443" → 443, 0 when there is no port; IPv6 hosts do not occur in it. */
static unsigned port_of(const char *text)
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

		if (port_of(server->string) != x->port)
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
		if (port_of(item->string) != x->port || !cJSON_IsTrue(item))
			continue;
		x->funnel = true;
		host_of(item->string, x);
	}
}

/* One configuration: the document itself, or one session of Foreground. */
static void add_config(const cJSON *config, const char *session, struct serveconfig *sc)
{
	const cJSON *tcp = json_get(config, "TCP");
	const cJSON *port;

	if (!cJSON_IsObject(tcp))
		return;
	cJSON_ArrayForEach(port, tcp)
	{
		struct serve_entry *x = &sc->entries[sc->count];
		const char *forward = json_string(port, "TCPForward");

		if (port_of(port->string) == 0)
			continue;
		if (sc->count == SERVECONFIG_ENTRIES) {
			sc->cut = true;
			return;
		}
		sc->count++;
		*x = (struct serve_entry){.port = port_of(port->string)};
		text_copy(x->session, sizeof(x->session), session);
		if (forward[0] != '\0')
			text_copy(x->target, sizeof(x->target), forward);
		else
			add_web(json_get(config, "Web"), x);
		add_funnel(json_get(config, "AllowFunnel"), x);
	}
}

int serveconfig_parse(const char *text, size_t len, struct serveconfig *sc, struct err *e)
{
	AUTO_JSON cJSON *doc = json_parse(text, len, "the serve configuration", e);
	const cJSON *foreground, *session;

	sc->count = 0;
	sc->cut = false;
	if (doc == NULL)
		return -1;
	if (cJSON_IsNull(doc))
		return 0;
	if (!cJSON_IsObject(doc))
		return err_set(e, ERR_DATA, "cannot read the serve configuration: no JSON object");
	/* Sessions first: there are few, and they are what a cut must not hide. */
	foreground = json_get(doc, "Foreground");
	if (cJSON_IsObject(foreground))
		cJSON_ArrayForEach(session, foreground) add_config(session, session->string, sc);
	add_config(doc, "", sc);
	return 0;
}

int serveconfig_get(const char *socket, struct deadline until, struct serveconfig *sc,
		    struct err *e)
{
	const struct localapi_request q = {"GET", "/localapi/v0/serve-config", NULL, NULL};
	struct localapi_reply r;
	int rc;

	if (localapi_call(socket, &q, until, &r, e) != 0)
		return -1;
	rc = localapi_check(&r, "ask tailscaled what it serves", e);
	if (rc == 0)
		rc = serveconfig_parse(r.body, r.len, sc, e);
	localapi_reply_done(&r);
	return rc;
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
