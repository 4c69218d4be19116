/* SPDX-License-Identifier: MIT */
/*
 * What tailscaled says: a status, preferences, a serve configuration, a line of the bus, each from
 * any bytes.
 *
 * Sources: base/buf.c base/deadline.c base/err.c base/json.c base/text.c funnel/funnel.c
 * Sources: funnel/target.c launch/state.c
 * Sources: localapi/bus.c localapi/localapi.c localapi/node.c localapi/serveconfig.c
 * Sources: net/http_head.c
 */
#include "fuzz.h"
#include "launch/state.h"
#include "localapi/bus.h"
#include "localapi/node.h"
#include "localapi/serveconfig.h"

#include <string.h>

#define WHOLE(text) (memchr(text, '\0', sizeof(text)) != NULL)

static void status(const char *text, size_t size)
{
	static const struct funnel f = {.port = 8443, .proxy_protocol = 2};
	struct node n;
	struct err e;

	if (node_parse(text, size, &n, &e) != 0) {
		FUZZ_WANT(e.code == ERR_DATA);
		return;
	}
	FUZZ_WANT(WHOLE(n.version) && WHOLE(n.dns_name) && WHOLE(n.auth_url) && WHOLE(n.health) &&
		  WHOLE(n.funnel_ports));
	FUZZ_WANT(state_of(&n, &f) < STATE_COUNT);
	if (state_of(&n, &f) == STATE_READY)
		FUZZ_WANT(n.funnel && n.https && node_allows_port(&n, f.port));
}

static void preferences(const char *text, size_t size)
{
	struct node n = {0};
	struct err e;

	if (node_parse_prefs(text, size, &n, &e) != 0)
		FUZZ_WANT(e.code == ERR_DATA && !n.shields_up);
}

static void served(const char *text, size_t size)
{
	static struct serveconfig sc;
	struct err e;

	if (serveconfig_parse(text, size, &sc, &e) != 0) {
		FUZZ_WANT(e.code == ERR_DATA);
		return;
	}
	FUZZ_WANT(sc.count <= SERVECONFIG_ENTRIES);
	for (size_t i = 0; i < sc.count; i++) {
		const struct serve_entry *x = &sc.entries[i];

		FUZZ_WANT(x->port > 0 && x->port <= 65535);
		FUZZ_WANT(WHOLE(x->session) && WHOLE(x->host) && WHOLE(x->mount) &&
			  WHOLE(x->target));
		FUZZ_WANT(serveconfig_on_port(&sc, x->port) != NULL);
	}
}

static void news(const char *text, size_t size)
{
	struct notify n;
	struct err e;

	if (notify_parse(text, size, &n, &e) != 0) {
		FUZZ_WANT(e.code == ERR_DATA);
		return;
	}
	FUZZ_WANT(n.backend <= BACKEND_UNKNOWN);
	FUZZ_WANT(WHOLE(n.session) && WHOLE(n.browse_url) && WHOLE(n.error));
	if (n.has_state)
		FUZZ_WANT(notify_matters(&n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	status((const char *)data, size);
	preferences((const char *)data, size);
	served((const char *)data, size);
	news((const char *)data, size);
	return 0;
}
