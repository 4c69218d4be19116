/* SPDX-License-Identifier: MIT */
/*
 * live - does a funnel stand now, by what tailscaled itself says
 *
 * Live means: the backend runs, and the serve configuration holds an entry on the public port
 * that is allowed on the internet under the node's present name, which control permits on this
 * port. A process being there proves nothing (after a logout the CLI stays and serves nothing),
 * nor does the entry alone (tailscaled keeps it when Funnel is taken away, the ingress refuses).
 */
#ifndef LAUNCH_LIVE_H
#define LAUNCH_LIVE_H

#include "base/deadline.h"
#include "base/err.h"
#include "localapi/node.h"
#include "localapi/serveconfig.h"

#include <stdbool.h>

struct live {
	bool daemon; /* tailscaled answered; if not, the node is zero and nothing is served */
	struct node node;
	struct serveconfig serve;
};

/* Asks once. -1 only for what is no state of affairs: ERR_DATA, ERR_PERMISSION. */
int live_ask(const char *socket, struct deadline until, struct live *l, struct err *e);

/* The standing entry on a public port, whosever it is; NULL when the port is not live. */
const struct serve_entry *live_entry(const struct live *l, unsigned port);

/*
 * As live_entry(), if it is the one that @service made: its launcher found the port free, became
 * the CLI and still runs. While another session holds the port, the launcher waits.
 */
const struct serve_entry *live_own_entry(const struct live *l, const char *service, unsigned port);

#endif
