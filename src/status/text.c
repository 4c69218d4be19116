/* SPDX-License-Identifier: MIT */
/* text - a report for a person, see report.h */
#include "base/date.h"
#include "status/report.h"

#include <stdio.h>
#include <string.h>

static void put_since(const char *label, int64_t since, struct buf *out)
{
	char when[DATE_TEXT];

	if (since != 0 && date_print(since, DATE_SECOND, when))
		buf_printf(out, "  %-11s %s UTC\n", label, when);
}

static void put(const char *label, const char *value, struct buf *out)
{
	if (value[0] != '\0')
		buf_printf(out, "  %-11s %s\n", label, value);
}

static void put_unit(const struct service_state *u, struct buf *out)
{
	char text[192];

	if (!u->exists)
		return;
	snprintf(text, sizeof(text), "%s, %s, %d restart%s", u->text,
		 u->enabled ? "enabled" : "not enabled", u->restarts, u->restarts == 1 ? "" : "s");
	put("unit", text, out);
}

static void put_funnel(const struct report_funnel *f, struct buf *out)
{
	buf_printf(out, "%s: %s\n", f->service, f->live ? "live" : "not live");
	put("url", f->url, out);
	put("target", f->target, out);
	if (f->port != 0)
		buf_printf(out, "  %-11s %u\n", "port", f->port);
	put_unit(&f->unit, out);
	put("left out", f->left_out, out);
	put_since("unit since", f->unit.since, out);
	put("launcher", f->run.text, out);
	put_since("since", f->run.since, out);
	if (!f->live && report_waits(f))
		put("visit", f->run.url, out);
	put("certificate", f->run.certificate, out);
	put("last error", f->run.error, out);
}

static void put_others(const struct report *r, struct buf *out)
{
	for (size_t i = 0; i < r->now.serve.count; i++) {
		const struct serve_entry *entry = &r->now.serve.entries[i];

		if (!report_owns(r, entry))
			buf_printf(out, "not ours: port %u, %s, %s, %s\n", entry->port,
				   entry->funnel ? "public" : "tailnet only",
				   entry->session[0] == '\0' ? "background" : "foreground",
				   entry->target);
	}
}

void report_print_text(const struct report *r, struct buf *out)
{
	const struct node *n = &r->now.node;

	for (size_t i = 0; i < r->count; i++)
		put_funnel(&r->funnels[i], out);
	if (r->now.daemon)
		buf_printf(out, "tailscaled: %s, version %s%s%s\n", backend_name(n->backend),
			   n->version, n->dns_name[0] != '\0' ? ", " : "", n->dns_name);
	else
		buf_add(out, "tailscaled: does not answer\n");
	put("log in at", n->auth_url, out);
	put("health", n->health, out);
	put_others(r, out);
}
