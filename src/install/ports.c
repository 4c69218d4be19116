/* SPDX-License-Identifier: MIT */
/* ports - see ports.h */
#include "install/ports.h"

#include "base/buf.h"

#include <string.h>

/* Our funnel, other than @f, on a port. */
static const struct manifest_funnel *other_of_ours(const struct funnel *f, const struct manifest *m,
						   unsigned port)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->funnels[i].port == port && strcmp(m->funnels[i].service, f->service) != 0)
			return &m->funnels[i];
	return NULL;
}

static void list_free(const struct funnel *f, const struct manifest *m, const struct live *l,
		      struct buf *out)
{
	for (size_t i = 0; i < FUNNEL_PORT_COUNT; i++) {
		unsigned port = funnel_ports[i];

		if (port == f->port || other_of_ours(f, m, port) != NULL ||
		    (l->daemon && serveconfig_on_port(&l->serve, port) != NULL))
			continue;
		buf_printf(out, "%s%u", out->len > 0 ? ", " : "", port);
	}
	if (out->len == 0)
		buf_add(out, "none");
}

int ports_check(const struct funnel *f, const struct manifest *m, const struct live *l, bool mine,
		struct err *e)
{
	const struct manifest_funnel *other = other_of_ours(f, m, f->port);
	const struct serve_entry *entry =
		l->daemon ? serveconfig_on_port(&l->serve, f->port) : NULL;
	char mem[64];
	struct buf spare = BUF_OF(mem);

	list_free(f, m, l, &spare);
	if (other != NULL) {
		err_set(e, ERR_PERSON, "cannot use public port %u: %s has it (target %s)", f->port,
			other->service, other->target);
		return err_cure(e, "free ports: %s (--https PORT)", mem);
	}
	/* With --take-over the launcher removes what is not ours when it starts. */
	if (entry == NULL || f->take_over || (mine && entry->session[0] != '\0'))
		return 0;
	if (entry->session[0] != '\0') {
		err_set(e, ERR_PERSON,
			"cannot use public port %u: a `tailscale funnel` or `serve` in the "
			"foreground has it (target %s)",
			f->port, entry->target);
		return err_cure(e,
				"end that process or give --take-over, or use a free port: %s "
				"(--https PORT)",
				mem);
	}
	err_set(e, ERR_PERSON,
		"cannot use public port %u: a background configuration of tailscaled has it "
		"(target %s)",
		f->port, entry->target);
	return err_cure(e,
			"`tailscale funnel --https=%u off` or --take-over removes it; free ports: "
			"%s (--https PORT)",
			f->port, mem);
}
