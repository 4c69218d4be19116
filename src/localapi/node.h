/* SPDX-License-Identifier: MIT */
/*
 * node - what tailscaled says of this machine (GET status, ipn/ipnstate)
 */
#ifndef LOCALAPI_NODE_H
#define LOCALAPI_NODE_H

#include "base/deadline.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* ipn/backend.go:27; the values are those of Notify.State. */
enum backend {
	BACKEND_NO_STATE = 0,
	BACKEND_IN_USE_OTHER_USER = 1,
	BACKEND_NEEDS_LOGIN = 2,
	BACKEND_NEEDS_MACHINE_AUTH = 3,
	BACKEND_STOPPED = 4,
	BACKEND_STARTING = 5,
	BACKEND_RUNNING = 6,
	BACKEND_UNKNOWN = 7, /* a name that this version does not know */
};

struct node {
	char version[64];
	enum backend backend;
	bool has_node_key;
	char auth_url[512];
	char dns_name[256]; /* without the final dot; "" before the first netmap */
	char tailnet[256];
	bool online;            /* Self.Online */
	bool expired;           /* Self.Expired: the node key is past its expiry */
	bool https;             /* capability "https" */
	bool funnel;            /* capability "funnel" */
	char funnel_ports[128]; /* "443,8443,10000-10010"; "" when the capability is missing */
	char health[512];       /* first warning, "" without */
	bool shields_up;        /* of the preferences: node_get_prefs() */
};

/* Pure: one status document. ERR_DATA when it is no JSON object with a BackendState. */
int node_parse(const char *text, size_t len, struct node *n, struct err *e);

/* Pure: adds what a funnel depends on of a document of preferences. ERR_DATA when it is no JSON. */
int node_parse_prefs(const char *text, size_t len, struct node *n, struct err *e);

/* Asks tailscaled. Errors of localapi_call() and node_parse(). */
int node_get(const char *socket, struct deadline until, struct node *n, struct err *e);

/* Asks for the preferences. Errors of localapi_call() and node_parse_prefs(). */
int node_get_prefs(const char *socket, struct deadline until, struct node *n, struct err *e);

/* Is a public port within funnel_ports ("443,8443,1000-2000")? */
bool node_allows_port(const struct node *n, unsigned port);

const char *backend_name(enum backend b); /* "NeedsLogin" */
enum backend backend_of(const char *name);

#endif
