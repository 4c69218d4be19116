/* SPDX-License-Identifier: MIT */
/* serveedit - see serveedit.h */
#include "localapi/serveedit.h"

#include "base/json.h"
#include "localapi/localapi.h"
#include "localapi/serveconfig.h"

#include <stdlib.h>
#include <string.h>

/* Writers are people and services that start: more of them at once than this is no race. */
#define TRIES 8

/* The member of that name, made when it is not there or is null. */
static cJSON *object_in(cJSON *doc, const char *key)
{
	if (!cJSON_IsObject(json_get(doc, key))) {
		cJSON_DeleteItemFromObjectCaseSensitive(doc, key);
		return cJSON_AddObjectToObject(doc, key);
	}
	return cJSON_GetObjectItemCaseSensitive(doc, key);
}

bool serveedit_has(const cJSON *doc, const char *session, const cJSON *entry)
{
	return cJSON_Compare(json_get(json_get(doc, "Foreground"), session), entry, true) != 0;
}

bool serveedit_put(cJSON *doc, const char *session, const cJSON *entry)
{
	cJSON *foreground = object_in(doc, "Foreground");
	cJSON *copy = cJSON_Duplicate(entry, true);

	if (foreground == NULL || copy == NULL) {
		cJSON_Delete(copy);
		return false;
	}
	cJSON_DeleteItemFromObjectCaseSensitive(foreground, session);
	if (cJSON_AddItemToObject(foreground, session, copy))
		return true;
	cJSON_Delete(copy);
	return false;
}

static bool is_of_port(const cJSON *item, unsigned port)
{
	return item->string != NULL && serveconfig_port_of(item->string) == port;
}

/* Takes out all that is of the port. */
static bool drop(cJSON *object, unsigned port)
{
	cJSON *item = cJSON_IsObject(object) ? object->child : NULL;
	bool dropped = false;

	while (item != NULL) {
		cJSON *next = item->next;

		if (is_of_port(item, port)) {
			cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
			dropped = true;
		}
		item = next;
	}
	return dropped;
}

static bool is_session_on(const cJSON *item, unsigned port)
{
	const cJSON *tcp = json_get(item, "TCP");
	const cJSON *listener = tcp == NULL ? NULL : tcp->child;

	while (listener != NULL && !is_of_port(listener, port))
		listener = listener->next;
	return listener != NULL;
}

static bool drop_session(cJSON *foreground, const char *session, unsigned port)
{
	if (!cJSON_IsObject(foreground) || !is_session_on(json_get(foreground, session), port))
		return false;
	cJSON_DeleteItemFromObjectCaseSensitive(foreground, session);
	return true;
}

bool serveedit_clear(cJSON *doc, unsigned port, const char *session)
{
	static const char *const members[] = {"TCP", "Web", "AllowFunnel"};
	bool dropped = false;

	if (session[0] != '\0')
		return drop_session(cJSON_GetObjectItemCaseSensitive(doc, "Foreground"), session,
				    port);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		dropped |= drop(cJSON_GetObjectItemCaseSensitive(doc, members[i]), port);
	return dropped;
}

/* 1: somebody else was quicker. */
static int post(const char *socket, struct deadline until, const struct serve_doc *d, struct err *e)
{
	char *body = cJSON_PrintUnformatted(d->root);
	const struct localapi_request q = {"POST", "/localapi/v0/serve-config", body,
					   d->etag[0] == '\0' ? NULL : d->etag};
	struct localapi_reply r = {0};
	int rc = -1;

	if (body == NULL)
		err_set(e, ERR_IO, "cannot change what tailscaled serves: out of memory");
	else if (strlen(body) > LOCALAPI_BODY_MAX)
		err_set(e, ERR_DATA, "cannot change what tailscaled serves: it is too large");
	else if (localapi_call(socket, &q, until, &r, e) == 0)
		rc = r.status == 412 ? 1 : localapi_check(&r, "change what tailscaled serves", e);
	localapi_reply_done(&r);
	free(body);
	return rc;
}

/* One try, as post(). */
static int change(const char *socket, struct deadline until,
		  enum serveedit (*edit)(cJSON *doc, void *arg), void *arg, struct err *e)
{
	struct serve_doc d;
	enum serveedit verdict;
	int rc = 0;

	if (serveconfig_ask(socket, until, &d, e) != 0)
		return -1;
	if (cJSON_IsNull(d.root)) {
		cJSON_Delete(d.root);
		d.root = cJSON_CreateObject();
	}
	verdict = d.root == NULL ? SERVEEDIT_FAIL : edit(d.root, arg);
	if (verdict == SERVEEDIT_FAIL)
		rc = err_set(e, ERR_IO, "cannot change what tailscaled serves: out of memory");
	else if (verdict == SERVEEDIT_POST)
		rc = post(socket, until, &d, e);
	cJSON_Delete(d.root);
	return rc;
}

int serveedit_change(const char *socket, struct deadline until,
		     enum serveedit (*edit)(cJSON *doc, void *arg), void *arg, struct err *e)
{
	for (int i = 0; i < TRIES; i++) {
		int rc = change(socket, until, edit, arg, e);

		if (rc <= 0)
			return rc;
	}
	return err_set(e, ERR_TIMEOUT,
		       "cannot change what tailscaled serves: others change it all the time");
}
