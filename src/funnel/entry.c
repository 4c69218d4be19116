/* SPDX-License-Identifier: MIT */
/* entry - see entry.h */
#include "funnel/entry.h"

#include <stdio.h>

/* DNS names have at most 253 bytes, ports five digits. */
#define HOST_PORT_MAX 272

/* What a handler of the web server calls its target (ipn.HTTPHandler). */
static const char *const handler_keys[] = {
	[TARGET_PORT] = "Proxy", [TARGET_HOST] = "Proxy", [TARGET_URL] = "Proxy",
	[TARGET_UNIX] = "Proxy", [TARGET_PATH] = "Path",  [TARGET_TEXT] = "Text",
};

static bool add_handler(cJSON *handlers, const struct mount *m)
{
	cJSON *handler = cJSON_AddObjectToObject(handlers, m->path);
	char mem[TARGET_EXPANDED_MAX];
	struct buf text = BUF_OF(mem);

	target_expand(&m->target, FRONT_HTTPS, &text);
	return cJSON_AddStringToObject(handler, handler_keys[m->target.kind], mem) != NULL;
}

static bool add_web(cJSON *entry, cJSON *listener, const struct funnel *f, const char *host_port)
{
	cJSON *web = cJSON_AddObjectToObject(entry, "Web");
	cJSON *server = cJSON_AddObjectToObject(web, host_port);
	cJSON *handlers = cJSON_AddObjectToObject(server, "Handlers");
	bool ok = cJSON_AddTrueToObject(listener, "HTTPS") != NULL;
	struct mount m;

	for (size_t i = 0; ok && i <= f->more_count; i++) {
		funnel_mount(f, i, &m);
		ok = add_handler(handlers, &m);
	}
	return ok;
}

static bool add_tcp(cJSON *listener, const struct funnel *f, const char *dns_name)
{
	char mem[TARGET_EXPANDED_MAX];
	struct buf text = BUF_OF(mem);

	target_expand(&f->target, f->front, &text);
	if (cJSON_AddStringToObject(listener, "TCPForward", mem) == NULL)
		return false;
	if (f->front == FRONT_TLS_TCP &&
	    cJSON_AddStringToObject(listener, "TerminateTLS", dns_name) == NULL)
		return false;
	return f->proxy_protocol == 0 ||
	       cJSON_AddNumberToObject(listener, "ProxyProtocol", f->proxy_protocol) != NULL;
}

cJSON *entry_make(const struct funnel *f, const char *dns_name)
{
	char port[8], host_port[HOST_PORT_MAX];
	cJSON *entry = cJSON_CreateObject();
	cJSON *tcp = cJSON_AddObjectToObject(entry, "TCP");
	cJSON *listener, *allow;

	snprintf(port, sizeof(port), "%u", f->port);
	snprintf(host_port, sizeof(host_port), "%s:%u", dns_name, f->port);
	listener = cJSON_AddObjectToObject(tcp, port);
	if (f->front == FRONT_HTTPS ? add_web(entry, listener, f, host_port)
				    : add_tcp(listener, f, dns_name)) {
		allow = cJSON_AddObjectToObject(entry, "AllowFunnel");
		if (cJSON_AddTrueToObject(allow, host_port) != NULL)
			return entry;
	}
	cJSON_Delete(entry);
	return NULL;
}
