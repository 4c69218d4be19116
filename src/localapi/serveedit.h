/* SPDX-License-Identifier: MIT */
/*
 * serveedit - changes what tailscaled serves (GET and POST serve-config)
 *
 * The document belongs to everybody who serves on this machine: an edit touches its own members
 * and leaves the others as they came. The ETag keeps two writers apart; whoever comes second
 * reads again (ipn/localapi/serve.go:27, ipn/ipnlocal/serve.go:328).
 */
#ifndef LOCALAPI_SERVEEDIT_H
#define LOCALAPI_SERVEEDIT_H

#include "base/deadline.h"
#include "base/err.h"

#include <cJSON.h>

#include <stdbool.h>

/* Pure: does the foreground session hold this entry, whatever the order of its members? */
bool serveedit_has(const cJSON *doc, const char *session, const cJSON *entry);

/* Pure: puts a copy of the entry there. False when memory is out. */
bool serveedit_put(cJSON *doc, const char *session, const cJSON *entry);

/*
 * serveedit_clear() - pure: one owner has the public port no longer
 * @session: the foreground session, "" for the background configuration
 *
 * Of the background configuration what belongs to the port goes; a foreground session that has
 * the port goes whole, for its process ends with it. Return: was there anything?
 */
bool serveedit_clear(cJSON *doc, unsigned port, const char *session);

/* What is to become of the document that an edit was given. */
enum serveedit {
	SERVEEDIT_LEAVE,
	SERVEEDIT_POST,
	SERVEEDIT_FAIL, /* memory is out */
};

/*
 * serveedit_change() - GET, @edit, POST; again when somebody else was quicker
 * @edit: gets the document, an object; called once for each try
 *
 * 0 when tailscaled took it, or there was nothing to post. -1: the errors of localapi_call();
 * ERR_PERMISSION; ERR_TIMEOUT when somebody else was quicker each time; ERR_FAILED with
 * tailscaled's own words.
 */
int serveedit_change(const char *socket, struct deadline until,
		     enum serveedit (*edit)(cJSON *doc, void *arg), void *arg, struct err *e);

#endif
