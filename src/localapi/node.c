/* SPDX-License-Identifier: MIT */
/* node - see node.h */
#include "localapi/node.h"

#include "base/json.h"
#include "base/text.h"
#include "localapi/localapi.h"

#include <stdio.h>
#include <string.h>

/* tailcfg/nodecap: capabilities are keys of Self.CapMap. */
#define CAP_HTTPS "https"
#define CAP_FUNNEL "funnel"
#define CAP_FUNNEL_PORTS "https://tailscale.com/cap/funnel-ports?"

static const char *const names[] = {
	[BACKEND_NO_STATE] = "NoState",       [BACKEND_IN_USE_OTHER_USER] = "InUseOtherUser",
	[BACKEND_NEEDS_LOGIN] = "NeedsLogin", [BACKEND_NEEDS_MACHINE_AUTH] = "NeedsMachineAuth",
	[BACKEND_STOPPED] = "Stopped",        [BACKEND_STARTING] = "Starting",
	[BACKEND_RUNNING] = "Running",        [BACKEND_UNKNOWN] = "unknown",
};

const char *backend_name(enum backend b)
{
	return names[b];
}

enum backend backend_of(const char *name)
{
	for (int b = BACKEND_NO_STATE; b < BACKEND_UNKNOWN; b++)
		if (strcmp(names[b], name) == 0)
			return (enum backend)b;
	return BACKEND_UNKNOWN;
}

/* "…?ports=443,8443" or "…?x=y&ports=443"; the first "ports" counts (ipn/serve.go:667). */
static void take_ports(const char *query, struct node *n)
{
	while (strncmp(query, "ports=", 6) != 0) {
		query = strchr(query, '&');
		if (query == NULL)
			return;
		query++;
	}
	query += 6;
	snprintf(n->funnel_ports, sizeof(n->funnel_ports), "%.*s", (int)strcspn(query, "&"), query);
}

static void take_caps(const cJSON *caps, struct node *n)
{
	const cJSON *cap;

	n->https = json_get(caps, CAP_HTTPS) != NULL;
	n->funnel = json_get(caps, CAP_FUNNEL) != NULL;
	if (!cJSON_IsObject(caps))
		return;
	cJSON_ArrayForEach(cap, caps)
	{
		if (strncmp(cap->string, CAP_FUNNEL_PORTS, strlen(CAP_FUNNEL_PORTS)) != 0)
			continue;
		take_ports(cap->string + strlen(CAP_FUNNEL_PORTS), n);
		return;
	}
}

static void take_self(const cJSON *self, struct node *n)
{
	size_t len;

	text_copy(n->dns_name, sizeof(n->dns_name), json_string(self, "DNSName"));
	len = strlen(n->dns_name);
	if (len > 0 && n->dns_name[len - 1] == '.')
		n->dns_name[len - 1] = '\0';
	n->online = json_bool(self, "Online");
	n->expired = json_bool(self, "Expired");
	take_caps(json_get(self, "CapMap"), n);
}

int node_parse(const char *text, size_t len, struct node *n, struct err *e)
{
	AUTO_JSON cJSON *doc = json_parse(text, len, "the status of tailscaled", e);
	const cJSON *health;

	*n = (struct node){.backend = BACKEND_UNKNOWN};
	if (doc == NULL)
		return -1;
	if (json_string(doc, "BackendState")[0] == '\0')
		return err_set(e, ERR_DATA,
			       "cannot read the status of tailscaled: it names no "
			       "BackendState");
	text_copy(n->version, sizeof(n->version), json_string(doc, "Version"));
	n->backend = backend_of(json_string(doc, "BackendState"));
	n->has_node_key = json_bool(doc, "HaveNodeKey");
	text_copy(n->auth_url, sizeof(n->auth_url), json_string(doc, "AuthURL"));
	text_copy(n->tailnet, sizeof(n->tailnet),
		  json_string(json_get(doc, "CurrentTailnet"), "Name"));
	take_self(json_get(doc, "Self"), n);
	health = json_get(doc, "Health");
	health = cJSON_IsArray(health) ? cJSON_GetArrayItem(health, 0) : NULL;
	if (health != NULL && cJSON_IsString(health))
		text_copy(n->health, sizeof(n->health), health->valuestring);
	return 0;
}

int node_get(const char *socket, struct deadline until, struct node *n, struct err *e)
{
	const struct localapi_request q = {"GET", "/localapi/v0/status?peers=false", NULL, NULL};
	struct localapi_reply r;
	int rc;

	if (localapi_call(socket, &q, until, &r, e) != 0)
		return -1;
	rc = localapi_check(&r, "ask tailscaled for its status", e);
	if (rc == 0)
		rc = node_parse(r.body, r.len, n, e);
	localapi_reply_done(&r);
	return rc;
}

int node_parse_prefs(const char *text, size_t len, struct node *n, struct err *e)
{
	AUTO_JSON cJSON *prefs = json_parse(text, len, "the preferences of tailscaled", e);

	if (prefs == NULL)
		return -1;
	n->shields_up = json_bool(prefs, "ShieldsUp");
	return 0;
}

int node_get_prefs(const char *socket, struct deadline until, struct node *n, struct err *e)
{
	const struct localapi_request q = {"GET", "/localapi/v0/prefs", NULL, NULL};
	struct localapi_reply r;
	int rc;

	if (localapi_call(socket, &q, until, &r, e) != 0)
		return -1;
	rc = localapi_check(&r, "ask tailscaled for its preferences", e);
	if (rc == 0)
		rc = node_parse_prefs(r.body, r.len, n, e);
	localapi_reply_done(&r);
	return rc;
}

/* Digits up to @end, at most a port; *@port is left alone otherwise. */
static bool take_port(const char *s, const char *end, unsigned *port)
{
	unsigned n = 0;

	if (s == end)
		return false;
	for (; s < end; s++) {
		if (*s < '0' || *s > '9')
			return false;
		n = n * 10 + (unsigned)(*s - '0');
		if (n > 65535)
			return false;
	}
	*port = n;
	return true;
}

/* Items that are neither N nor A-B are passed over, as ipn/serve.go:721 does. */
bool node_allows_port(const struct node *n, unsigned port)
{
	const char *s = n->funnel_ports;

	while (*s != '\0') {
		const char *end = s + strcspn(s, ",");
		const char *dash = memchr(s, '-', (size_t)(end - s));
		unsigned first = 1, last = 0;

		if (dash == NULL) {
			if (take_port(s, end, &first))
				last = first;
		} else if (!take_port(s, dash, &first) || !take_port(dash + 1, end, &last)) {
			first = 1;
			last = 0;
		}
		if (first <= port && port <= last)
			return true;
		s = *end == ',' ? end + 1 : end;
	}
	return false;
}
