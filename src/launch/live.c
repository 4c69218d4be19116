/* SPDX-License-Identifier: MIT */
/* live - see live.h */
#include "launch/live.h"

#include "launch/state.h"
#include "store/rundir.h"

#include <string.h>

/* Errors that say "nobody is there, or not yet". */
static bool means_absent(const struct err *e)
{
	return e->code == ERR_UNAVAILABLE || e->code == ERR_TIMEOUT;
}

int live_ask(const char *socket, struct deadline until, struct live *l, struct err *e)
{
	/* Not all of it: rows that are not used are memory that is not touched. */
	l->daemon = false;
	l->node = (struct node){0};
	l->serve.count = 0;
	l->serve.cut = false;
	if (node_get(socket, until, &l->node, e) != 0)
		return means_absent(e) ? 0 : -1;
	if (serveconfig_get(socket, until, &l->serve, e) != 0)
		return means_absent(e) ? 0 : -1;
	l->daemon = true;
	return 0;
}

const struct serve_entry *live_entry(const struct live *l, unsigned port)
{
	const struct serve_entry *entry;

	if (!l->daemon || l->node.backend != BACKEND_RUNNING || l->node.dns_name[0] == '\0')
		return NULL;
	if (!l->node.funnel || !node_allows_port(&l->node, port))
		return NULL;
	entry = serveconfig_on_port(&l->serve, port);
	if (entry == NULL || !entry->funnel || strcmp(entry->host, l->node.dns_name) != 0)
		return NULL;
	return entry;
}

const struct serve_entry *live_own_entry(const struct live *l, const char *service, unsigned port)
{
	const struct serve_entry *entry = live_entry(l, port);
	struct run_status s;
	struct err ignored;

	/* What the CLI holds is a foreground session. */
	if (entry == NULL || entry->session[0] == '\0' || rundir_read(service, &s, &ignored) != 0)
		return NULL;
	if (state_waits(state_named(s.state)) || s.pid == 0 || s.pid != rundir_holder(service))
		return NULL;
	return entry;
}
