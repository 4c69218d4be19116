/* SPDX-License-Identifier: MIT */
/*
 * Edits of a serve configuration: whatever stands in the document and in the words of a target,
 * what was named changes and all else stays.
 *
 * An input is four lines and a document: a session, a public port, a target, a mount point.
 *
 * Sources: base/buf.c base/deadline.c base/err.c base/json.c base/text.c
 * Sources: funnel/entry.c funnel/funnel.c funnel/target.c
 * Sources: localapi/localapi.c localapi/serveconfig.c localapi/serveedit.c net/http_head.c
 */
#include "base/json.h"
#include "funnel/entry.h"
#include "fuzz.h"
#include "localapi/serveconfig.h"
#include "localapi/serveedit.h"

#include <string.h>

#define HOST "node.x.ts.net"
#define INPUT_SIZE (1 << 16)

/* cJSON finds only the first of two members of one name, and Go writes none twice. */
static bool has_twins(const cJSON *doc)
{
	const cJSON *item, *other;

	cJSON_ArrayForEach(item, doc)
	{
		for (other = item->next; cJSON_IsObject(doc) && other != NULL; other = other->next)
			if (strcmp(item->string, other->string) == 0)
				return true;
		if (has_twins(item))
			return true;
	}
	return false;
}

static bool same(const cJSON *a, const cJSON *b)
{
	return (a == NULL && b == NULL) || cJSON_Compare(a, b, true) != 0;
}

/* Members of both but for some, named with a blank before and after each. */
static void all_else_stays(const cJSON *before, const cJSON *after, const char *but)
{
	const cJSON *item;
	char name[32];

	cJSON_ArrayForEach(item, before)
	{
		snprintf(name, sizeof(name), " %.28s ", item->string);
		if (strstr(but, name) == NULL)
			FUZZ_WANT(same(item, json_get(after, item->string)));
	}
	FUZZ_WANT(cJSON_GetArraySize(after) >= cJSON_GetArraySize(before));
}

/* In a member of the background configuration: of the port nothing is left, of the others all. */
static void only_the_port_goes(const cJSON *before, const cJSON *after, unsigned port)
{
	const cJSON *item;

	if (!cJSON_IsObject(before)) {
		FUZZ_WANT(same(before, after));
		return;
	}
	cJSON_ArrayForEach(item, before)
	{
		const cJSON *now = json_get(after, item->string);

		FUZZ_WANT(serveconfig_port_of(item->string) == port ? now == NULL
								    : same(item, now));
	}
}

static void clear_background(const cJSON *before, unsigned port)
{
	AUTO_JSON cJSON *doc = cJSON_Duplicate(before, true);
	static const char *const members[] = {"TCP", "Web", "AllowFunnel"};

	FUZZ_WANT(serveedit_clear(doc, port, "") != same(before, doc));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		only_the_port_goes(json_get(before, members[i]), json_get(doc, members[i]), port);
	all_else_stays(before, doc, " TCP Web AllowFunnel ");
	FUZZ_WANT(!serveedit_clear(doc, port, ""));
}

static void clear_session(const cJSON *before, unsigned port, const char *session)
{
	AUTO_JSON cJSON *doc = cJSON_Duplicate(before, true);
	const cJSON *old = json_get(before, "Foreground"), *now = json_get(doc, "Foreground");
	bool cleared = serveedit_clear(doc, port, session);

	FUZZ_WANT(cleared != same(before, doc));
	all_else_stays(before, doc, " Foreground ");
	if (!cleared)
		return;
	FUZZ_WANT(json_get(now, session) == NULL);
	FUZZ_WANT(cJSON_GetArraySize(now) == cJSON_GetArraySize(old) - 1);
	FUZZ_WANT(!serveedit_clear(doc, port, session));
}

/* Whoever is found on the port is the one that a removal of that name removes. */
static void clear_whom_was_met(const cJSON *before, unsigned port)
{
	AUTO_JSON cJSON *doc = cJSON_Duplicate(before, true);
	struct serve_entry x, next;

	if (!serveconfig_find(doc, port, NULL, &x))
		return;
	FUZZ_WANT(x.port == port);
	/* A name that is empty, no plain text or too long does not tell which member it is. */
	if ((json_get(json_get(doc, "Foreground"), x.session) == NULL) == (x.session[0] != '\0'))
		return;
	FUZZ_WANT(serveedit_clear(doc, port, x.session));
	FUZZ_WANT(!serveconfig_find(doc, port, NULL, &next) ||
		  strcmp(next.session, x.session) != 0 || x.session[0] == '\0');
}

static void put(const cJSON *before, const cJSON *entry, unsigned port, const char *session)
{
	AUTO_JSON cJSON *doc = cJSON_Duplicate(before, true);
	struct serve_entry others, now;
	bool taken = serveconfig_find(doc, port, session, &others);

	FUZZ_WANT(serveedit_put(doc, session, entry));
	FUZZ_WANT(serveedit_has(doc, session, entry));
	all_else_stays(before, doc, " Foreground ");
	FUZZ_WANT(serveconfig_find(doc, port, session, &now) == taken);
	FUZZ_WANT(!taken || memcmp(&now, &others, sizeof(now)) == 0);
	FUZZ_WANT(serveedit_clear(doc, port, session));
	FUZZ_WANT(json_get(json_get(doc, "Foreground"), session) == NULL);
}

/* What is posted reads as what was meant. */
static void is_sound(const cJSON *entry, const struct funnel *f)
{
	AUTO_JSON cJSON *doc = cJSON_CreateObject(), *again = NULL;
	char *text = cJSON_PrintUnformatted(entry);
	struct serve_entry x;
	struct err e;

	FUZZ_WANT(text != NULL);
	again = json_parse(text, strlen(text), "it", &e);
	FUZZ_WANT(same(entry, again));
	free(text);
	FUZZ_WANT(serveedit_put(doc, "s", again));
	FUZZ_WANT(serveconfig_find(doc, f->port, NULL, &x));
	FUZZ_WANT(x.funnel && strcmp(x.host, HOST) == 0 && strcmp(x.session, "s") == 0);
	FUZZ_WANT(x.target[0] != '\0');
}

static char *take_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	*at = end == NULL ? line + strlen(line) : end + 1;
	if (end != NULL)
		*end = '\0';
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char mem[INPUT_SIZE];
	static struct funnel f;
	char *at = mem, *session, *port, *target, *mount;
	AUTO_JSON cJSON *doc = NULL, *entry = NULL;
	struct err e;

	if (size >= sizeof(mem))
		return 0;
	memcpy(mem, data, size);
	mem[size] = '\0';
	session = take_line(&at);
	port = take_line(&at);
	target = take_line(&at);
	mount = take_line(&at);
	const struct funnel_args args = {
		.native = true, .https = port, .target = target, .set_path = {mount}};

	if (session[0] == '\0' || funnel_make(&args, &f, &e) != 0)
		return 0;
	entry = entry_make(&f, HOST);
	FUZZ_WANT(entry != NULL);
	is_sound(entry, &f);
	doc = json_parse(at, strlen(at), "it", &e);
	if (!cJSON_IsObject(doc) || has_twins(doc))
		return 0;
	clear_background(doc, f.port);
	clear_session(doc, f.port, session);
	clear_whom_was_met(doc, f.port);
	put(doc, entry, f.port, session);
	return 0;
}
