/* SPDX-License-Identifier: MIT */
/*
 * state - what is the case with a funnel, as one table
 *
 * state_of() decides from what tailscaled says; the table gives each state its name, the text
 * for STATUS and status.json, and whether a person must act. Pure.
 */
#ifndef LAUNCH_STATE_H
#define LAUNCH_STATE_H

#include "base/err.h"
#include "funnel/funnel.h"
#include "localapi/node.h"

#include <stdbool.h>

/* state, name in status.json, text, must a person act, exit code of install and status */
#define STATE_TABLE(X)                                                                             \
	X(STATE_NO_DAEMON, "no-daemon", "tailscaled is not running", false, ERR_UNAVAILABLE)       \
	X(STATE_STARTING, "starting", "tailscaled is starting", false, ERR_TIMEOUT)                \
	X(STATE_NO_NETWORK, "no-network", "tailscaled has not reached the control server yet",     \
	  false, ERR_TIMEOUT)                                                                      \
	X(STATE_NEEDS_LOGIN, "needs-login", "this machine is not logged in", true, ERR_PERSON)     \
	X(STATE_KEY_EXPIRED, "key-expired", "the login of this machine has expired", true,         \
	  ERR_PERSON)                                                                              \
	X(STATE_NEEDS_APPROVAL, "needs-approval",                                                  \
	  "this machine waits for approval by an admin of the tailnet", true, ERR_PERSON)          \
	X(STATE_STOPPED, "stopped",                                                                \
	  "Tailscale is down on this machine (`tailscale up` ends that)", true, ERR_PERSON)        \
	X(STATE_NO_HTTPS, "no-https", "HTTPS is not enabled for this tailnet", true, ERR_PERSON)   \
	X(STATE_NO_FUNNEL, "no-funnel", "Funnel is not enabled for this machine", true,            \
	  ERR_PERSON)                                                                              \
	X(STATE_PORT_DENIED, "port-denied", "the tailnet's policy does not permit this port",      \
	  true, ERR_PERSON)                                                                        \
	X(STATE_PORT_TAKEN, "port-taken", "another listener of tailscaled holds the port", true,   \
	  ERR_PERSON)                                                                              \
	X(STATE_NO_CLI, "no-cli", "the tailscale CLI is not there", true, ERR_UNAVAILABLE)         \
	X(STATE_READY, "ready", "the tailscale CLI serves the funnel", false, ERR_OK)

enum state {
#define X(state, name, text, person, code) state,
	STATE_TABLE(X)
#undef X
		STATE_COUNT
};

struct state_row {
	const char *name;
	const char *text;
	bool person;
	enum err_code code;
};

const struct state_row *state_row(enum state s);

/*
 * @n NULL: nobody answers on the socket. STATE_PORT_TAKEN and STATE_NO_CLI are the launcher's:
 * they do not follow from a status.
 */
enum state state_of(const struct node *n, const struct funnel *f);

#endif
