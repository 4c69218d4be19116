/* SPDX-License-Identifier: MIT */
/*
 * serveconfig - what tailscaled serves now (GET serve-config, ipn/serve.go:53)
 *
 * The document is flattened into one row per listening port, of the background configuration
 * and of every foreground session (which `tailscale funnel status` hides).
 */
#ifndef LOCALAPI_SERVECONFIG_H
#define LOCALAPI_SERVECONFIG_H

#include "base/deadline.h"
#include "base/err.h"

#include <cJSON.h>

#include <stdbool.h>
#include <stddef.h>

#define SERVECONFIG_ENTRIES 32

struct serve_entry {
	unsigned port;
	bool funnel;       /* AllowFunnel for HOST:port: on the internet */
	char session[80];  /* foreground session, "" for the background configuration */
	char host[256];    /* of AllowFunnel or Web, "" when neither names one */
	char mount[256];   /* of the first handler: "/", "/api"; "" for TCP */
	char target[1024]; /* what is behind it: "http://127.0.0.1:8888", "/srv/www", "text:hi" */
};

struct serveconfig {
	size_t count;
	bool cut; /* there were more than SERVECONFIG_ENTRIES */
	struct serve_entry entries[SERVECONFIG_ENTRIES];
};

/* Pure: one document, "null" included. ERR_DATA when it is no JSON object. */
int serveconfig_parse(const char *text, size_t len, struct serveconfig *sc, struct err *e);

/* Asks tailscaled. */
int serveconfig_get(const char *socket, struct deadline until, struct serveconfig *sc,
		    struct err *e);

/* The document itself, as tailscaled gave it. */
struct serve_doc {
	cJSON *root;   /* null or an object; owned: cJSON_Delete() */
	char etag[80]; /* names this version of it, "" without */
};

/* Asks tailscaled; on error there is nothing to release. */
int serveconfig_ask(const char *socket, struct deadline until, struct serve_doc *d, struct err *e);

/*
 * Pure: what is on one public port of a document, as serveconfig_on_port() has it, but for the
 * foreground session @except (NULL: none). False, and @x->port 0, when there is nothing.
 */
bool serveconfig_find(const cJSON *doc, unsigned port, const char *except, struct serve_entry *x);

/* Asks tailscaled for that alone, which takes 1.7 KiB instead of 50. */
int serveconfig_get_port(const char *socket, struct deadline until, unsigned port,
			 struct serve_entry *x, struct err *e);

/* The port in "443" or "host:443", 0 when there is none. */
unsigned serveconfig_port_of(const char *text);

/* The entry on a public port, NULL without. Foreground entries win over background ones. */
const struct serve_entry *serveconfig_on_port(const struct serveconfig *sc, unsigned port);

#endif
