/* SPDX-License-Identifier: MIT */
/* state - see state.h */
#include "launch/state.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct state_row table[STATE_COUNT] = {
#define X(state, name, text, ends, person, guard, code)                                            \
	[state] = {name, text, ends, person, guard, code},
	STATE_TABLE(X)
#undef X
};

/*
 * The CLI judges port 443, whatever port was asked for (cmd/tailscale/cli/serve_v2.go:410), and
 * tailscaled judges none; control's ingress refuses the real one.
 */
#define CLI_PORT 443

const struct state_row *state_row(enum state s)
{
	return &table[s];
}

enum state state_named(const char *name)
{
	int s = 0;

	while (s < STATE_COUNT && strcmp(table[s].name, name) != 0)
		s++;
	return (enum state)s;
}

bool state_waits(enum state s)
{
	return s != STATE_READY && s != STATE_PUBLISHED;
}

/*
 * An older tailscaled takes an entry and does without what it does not know: to a unix: target it
 * answers 502, and it drops the member ProxyProtocol (seen with 1.80.3; ipn/serve.go of 1.90.9,
 * 1.92.5 and 1.94.0). A newer CLI does not look.
 */
#define MINOR_PROXY_PROTOCOL 92
#define MINOR_UNIX 94

/* "1.80.3-t0123456-g89abcde"; a version that is none of 1 is new enough. */
static bool is_older(const char *version, unsigned long minor)
{
	return strncmp(version, "1.", 2) == 0 && strtoul(version + 2, NULL, 10) < minor;
}

static bool is_too_old(const char *version, const struct funnel *f)
{
	struct mount m;

	if (f->proxy_protocol != 0 && is_older(version, MINOR_PROXY_PROTOCOL))
		return true;
	for (size_t i = 0; i <= f->more_count && is_older(version, MINOR_UNIX); i++) {
		funnel_mount(f, i, &m);
		if (m.target.kind == TARGET_UNIX)
			return true;
	}
	return false;
}

/* What `tailscale funnel` demands before it serves, in its order (cli/funnel.go:139): both
 * capabilities, also for the TCP fronts, which need no certificate of their own. */
static enum state running(const struct node *n, const struct funnel *f)
{
	if (n->dns_name[0] == '\0')
		return STATE_STARTING;
	if (is_too_old(n->version, f))
		return STATE_TOO_OLD;
	if (n->shields_up)
		return STATE_SHIELDS_UP;
	if (!n->https)
		return STATE_NO_HTTPS;
	if (!n->funnel)
		return STATE_NO_FUNNEL;
	if ((!f->native && !node_allows_port(n, CLI_PORT)) || !node_allows_port(n, f->port))
		return STATE_PORT_DENIED;
	return STATE_READY;
}

enum state state_of(const struct node *n, const struct funnel *f)
{
	if (n == NULL)
		return STATE_NO_DAEMON;
	switch (n->backend) {
	case BACKEND_NO_STATE:
		/* A logged-in node is in this state until control has answered once. */
		return n->has_node_key ? STATE_NO_NETWORK : STATE_STARTING;
	case BACKEND_NEEDS_LOGIN:
		/* A logout drops the node key; Self.Expired stays unset (seen with 1.102.3). */
		return n->has_node_key ? STATE_KEY_EXPIRED : STATE_NEEDS_LOGIN;
	case BACKEND_NEEDS_MACHINE_AUTH:
		return STATE_NEEDS_APPROVAL;
	case BACKEND_STOPPED:
		return STATE_STOPPED;
	case BACKEND_RUNNING:
		return running(n, f);
	case BACKEND_IN_USE_OTHER_USER:
	case BACKEND_STARTING:
	case BACKEND_UNKNOWN:
		break;
	}
	return STATE_STARTING;
}
