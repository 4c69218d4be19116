/* SPDX-License-Identifier: MIT */
/* json - a report for a program, see report.h for the schema */
#include "base/json.h"

#include "status/report.h"

static void put_unit(cJSON *row, const struct report_funnel *f)
{
	const struct service_state *u = &f->unit;
	cJSON *unit = cJSON_AddObjectToObject(row, "unit");

	cJSON_AddStringToObject(unit, "path", u->fragment);
	cJSON_AddBoolToObject(unit, "enabled", u->enabled);
	cJSON_AddBoolToObject(unit, "active", u->active);
	cJSON_AddStringToObject(unit, "text", u->text);
	cJSON_AddNumberToObject(unit, "pid", u->pid);
	cJSON_AddNumberToObject(unit, "restarts", u->restarts);
	cJSON_AddNumberToObject(unit, "since", (double)u->since);
	cJSON_AddStringToObject(unit, "left_out", f->left_out);
}

static void put_funnel(cJSON *rows, const struct report_funnel *f)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddItemToArray(rows, row);
	cJSON_AddStringToObject(row, "service", f->service);
	cJSON_AddBoolToObject(row, "live", f->live);
	cJSON_AddStringToObject(row, "url", f->url);
	cJSON_AddNumberToObject(row, "port", f->port);
	cJSON_AddStringToObject(row, "target", f->target);
	cJSON_AddStringToObject(row, "state", f->run.state);
	cJSON_AddStringToObject(row, "text", f->run.text);
	cJSON_AddStringToObject(row, "visit", !f->live && report_waits(f) ? f->run.url : "");
	cJSON_AddStringToObject(row, "certificate", f->run.certificate);
	cJSON_AddStringToObject(row, "error", f->run.error);
	cJSON_AddNumberToObject(row, "since", (double)f->run.since);
	put_unit(row, f);
}

static void put_tailscaled(cJSON *doc, const struct live *now)
{
	cJSON *row = cJSON_AddObjectToObject(doc, "tailscaled");

	cJSON_AddBoolToObject(row, "running", now->daemon);
	cJSON_AddStringToObject(row, "version", now->node.version);
	cJSON_AddStringToObject(row, "state", now->daemon ? backend_name(now->node.backend) : "");
	cJSON_AddStringToObject(row, "name", now->node.dns_name);
	cJSON_AddStringToObject(row, "login_url", now->node.auth_url);
	cJSON_AddStringToObject(row, "health", now->node.health);
}

static void put_others(cJSON *doc, const struct report *r)
{
	cJSON *rows = cJSON_AddArrayToObject(doc, "others");

	for (size_t i = 0; i < r->now.serve.count; i++) {
		const struct serve_entry *entry = &r->now.serve.entries[i];
		cJSON *row;

		if (report_owns(r, entry))
			continue;
		row = cJSON_CreateObject();
		cJSON_AddItemToArray(rows, row);
		cJSON_AddNumberToObject(row, "port", entry->port);
		cJSON_AddBoolToObject(row, "public", entry->funnel);
		cJSON_AddBoolToObject(row, "background", entry->session[0] == '\0');
		cJSON_AddStringToObject(row, "target", entry->target);
	}
}

int report_print_json(const struct report *r, struct buf *out, struct err *e)
{
	AUTO_JSON cJSON *doc = cJSON_CreateObject();
	struct err ignored;
	cJSON *rows;

	cJSON_AddNumberToObject(doc, "version", 1);
	cJSON_AddBoolToObject(doc, "live", report_verdict(r, &ignored) == 0);
	cJSON_AddStringToObject(doc, "problem", r->problem);
	put_tailscaled(doc, &r->now);
	rows = cJSON_AddArrayToObject(doc, "funnels");
	for (size_t i = 0; i < r->count; i++)
		put_funnel(rows, &r->funnels[i]);
	put_others(doc, r);
	return json_print(doc, out, e);
}
