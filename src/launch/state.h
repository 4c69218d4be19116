/* SPDX-License-Identifier: MIT */
/*
 * state - what is the case with a funnel, as one table
 *
 * state_of() decides from what tailscaled says; the table says all else of a state: its name, its
 * sentence, what ends it, whether a person must act, and what the guard does with a CLI that
 * runs meanwhile. `help states` prints it. Pure.
 */
#ifndef LAUNCH_STATE_H
#define LAUNCH_STATE_H

#include "base/err.h"
#include "funnel/funnel.h"
#include "localapi/node.h"

#include <stdbool.h>

/* What the guard does with a CLI whose funnel comes into the state. */
enum guard_act {
	GUARD_NAME, /* the entry stands, only the page does not come: it heals by itself */
	GUARD_END, /* the entry is gone or stale for good: the CLI ends, the launcher starts anew */
};

/*
 * state, name in status.json, text for STATUS, what ends it, must a person act, guard, exit code
 * of install, status and run --no-wait
 *
 * Facts on what a CLI does meanwhile: tailscale-facts C2, facts-measured 2.
 */
#define STATE_TABLE(X)                                                                             \
	X(STATE_NO_DAEMON, "no-daemon", "tailscaled is not running", "tailscaled starts", false,   \
	  GUARD_NAME, ERR_UNAVAILABLE)                                                             \
	X(STATE_STARTING, "starting", "tailscaled is starting", "tailscaled reports it", false,    \
	  GUARD_NAME, ERR_TIMEOUT)                                                                 \
	X(STATE_NO_NETWORK, "no-network", "tailscaled has not reached the control server yet",     \
	  "the network comes back", false, GUARD_NAME, ERR_TIMEOUT)                                \
	X(STATE_NEEDS_LOGIN, "needs-login", "this machine is not logged in", "a login", true,      \
	  GUARD_END, ERR_PERSON)                                                                   \
	X(STATE_KEY_EXPIRED, "key-expired", "the login of this machine has expired",               \
	  "a login of the same machine", true, GUARD_NAME, ERR_PERSON)                             \
	X(STATE_NEEDS_APPROVAL, "needs-approval",                                                  \
	  "this machine waits for approval by an admin of the tailnet", "the approval", true,      \
	  GUARD_NAME, ERR_PERSON)                                                                  \
	X(STATE_STOPPED, "stopped",                                                                \
	  "Tailscale is down on this machine (`tailscale up` ends that)", "`tailscale up`", true,  \
	  GUARD_NAME, ERR_PERSON)                                                                  \
	X(STATE_SHIELDS_UP, "shields-up",                                                          \
	  "shields are up (`tailscale set --shields-up=false` ends that)",                         \
	  "`tailscale set --shields-up=false`", true, GUARD_NAME, ERR_PERSON)                      \
	X(STATE_NO_HTTPS, "no-https", "HTTPS is not enabled for this tailnet",                     \
	  "an admin enables HTTPS", true, GUARD_NAME, ERR_PERSON)                                  \
	X(STATE_NO_FUNNEL, "no-funnel", "Funnel is not enabled for this machine",                  \
	  "an admin enables Funnel", true, GUARD_NAME, ERR_PERSON)                                 \
	X(STATE_PORT_DENIED, "port-denied", "the tailnet's policy does not permit this port",      \
	  "an admin permits the port", true, GUARD_NAME, ERR_PERSON)                               \
	X(STATE_PORT_TAKEN, "port-taken", "another listener of tailscaled holds the port",         \
	  "the listener goes, or --take-over", true, GUARD_NAME, ERR_PERSON)                       \
	X(STATE_CONFIG_LOCKED, "config-locked",                                                    \
	  "tailscaled's configuration file is locked (`\"Locked\": false` in it ends that)",       \
	  "tailscaled starts with another file", true, GUARD_NAME, ERR_PERSON)                     \
	X(STATE_TOO_OLD, "too-old",                                                                \
	  "tailscaled is too old (unix: targets need 1.94, --proxy-protocol needs 1.92)",          \
	  "a newer Tailscale", true, GUARD_NAME, ERR_PERSON)                                       \
	X(STATE_NOT_PERMITTED, "not-permitted",                                                    \
	  "only root and the operator of tailscaled may serve",                                    \
	  "`tailscale set --operator`, or a start as root", true, GUARD_NAME, ERR_PERMISSION)      \
	X(STATE_REFUSED, "refused", "tailscaled refuses the funnel; its words are logged",         \
	  "the next try, after a pause", false, GUARD_NAME, ERR_FAILED)                            \
	X(STATE_NO_CLI, "no-cli", "the tailscale CLI is not there", "the CLI is there", true,      \
	  GUARD_NAME, ERR_UNAVAILABLE)                                                             \
	X(STATE_FAILED, "failed", "the tailscale CLI ended without serving; its words are logged", \
	  "the next try, after a pause", false, GUARD_NAME, ERR_FAILED)                            \
	X(STATE_READY, "ready", "the tailscale CLI is being started", "its entry stands", false,   \
	  GUARD_NAME, ERR_TIMEOUT)                                                                 \
	X(STATE_PUBLISHED, "published", "published", "one of the others", false, GUARD_NAME,       \
	  ERR_OK)                                                                                  \
	X(STATE_ENTRY_GONE, "entry-gone", "tailscaled no longer holds the funnel's entry",         \
	  "the CLI is started again", false, GUARD_END, ERR_TIMEOUT)                               \
	X(STATE_RENAMED, "renamed", "this machine has another name now",                           \
	  "the CLI is started again", false, GUARD_END, ERR_TIMEOUT)                               \
	X(STATE_ENDED, "ended", "the tailscale CLI has ended", "the service starts again", false,  \
	  GUARD_NAME, ERR_TIMEOUT)

enum state {
#define X(state, name, text, ends, person, guard, code) state,
	STATE_TABLE(X)
#undef X
		STATE_COUNT
};

struct state_row {
	const char *name;
	const char *text;
	const char *ends;
	bool person;
	enum guard_act guard;
	enum err_code code;
};

const struct state_row *state_row(enum state s);

/* The state of that name, STATE_COUNT for none. */
enum state state_named(const char *name);

/* Does a launcher in that state wait, for whatever it is? */
bool state_waits(enum state s);

/*
 * state_of() - what tailscaled's word means for a funnel
 * @n: NULL when nobody answers on the socket
 *
 * STATE_READY: the funnel can be served. States that do not follow from a status (the port, the
 * CLI, the entry) are those of the launcher and the guard.
 */
enum state state_of(const struct node *n, const struct funnel *f);

#endif
