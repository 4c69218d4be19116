/* SPDX-License-Identifier: MIT */
/*
 * login - joins this node to a tailnet as `tailscale up` does (cmd/tailscale/cli/up.go), but
 * without a CLI process: the key goes over the unix socket only, never into an argument
 *
 * Existing preferences are kept: only ControlURL, Hostname, WantRunning and LoggedOut are set.
 */
#ifndef LOCALAPI_LOGIN_H
#define LOCALAPI_LOGIN_H

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "localapi/node.h"

struct login {
	const char *socket;       /* "" default */
	const char *auth_key;     /* NULL: by the login URL */
	const char *login_server; /* NULL: Tailscale's, or what is set already */
	const char *hostname;     /* NULL: the machine's */
	struct deadline until;
	/* Called once for each new login URL, to show it; may be NULL. Not with an auth key: a
	 * URL that is pending then belongs to an earlier attempt. */
	void (*show_url)(const char *url, void *arg);
	void *arg;
	bool *refused; /* set to true when control refuses the key; may be NULL */
};

/*
 * login_run() - until the backend is Running and has a name
 * @n: the node's last status, also on error (auth_url is then the URL to visit)
 *
 * A deadline that has passed already means "do not wait": control still gets a few seconds to
 * give the login URL or to judge the key.
 *
 * -1: ERR_USAGE for an OAuth secret, and for another login server than the one that the node is
 * logged in to; ERR_PERSON when control refuses the key (its own words) or nobody visited the
 * URL in time or the machine needs approval; ERR_TIMEOUT when control or the network did not
 * answer in time; ERR_UNAVAILABLE when tailscaled went away; ERR_PERMISSION.
 */
int login_run(const struct login *l, struct node *n, struct err *e);

/*
 * login_plan() - what login_run() would do, in words; nothing is added when it is nothing
 *
 * Changes nothing. Refuses what login_run() would refuse without asking control. @l->until is
 * how long tailscaled may take to answer.
 */
int login_plan(const struct login *l, struct node *n, struct buf *todo, struct err *e);

/* Logs the node out (uninstall --logout). Already logged out is success. */
int login_out(const char *socket, struct deadline until, struct err *e);

#endif
