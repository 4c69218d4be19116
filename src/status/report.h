/* SPDX-License-Identifier: MIT */
/*
 * report - what `status` says, gathered once and printed as text or JSON
 *
 * Sources: the launcher's status.json, the manifest (root only), the init system and its files,
 * and tailscaled itself, whose word on "live" is the one that counts.
 *
 * JSON, schema version 1; members are added, never renamed or removed; texts may be "":
 *
 *     {"version":1, "live":true, "problem":"",
 *      "tailscaled":{"running":true,"version":"1.102.3","state":"Running",
 *                    "name":"node.tailnet.ts.net","login_url":"","health":""},
 *      "funnels":[{"service":"tailscale-funnel","live":true,
 *                  "url":"https://node.tailnet.ts.net/","port":443,"target":"8888",
 *                  "state":"published","text":"...","visit":"","certificate":"ok","error":"",
 *                  "since":1790000000,
 *                  "unit":{"path":"...","enabled":true,"active":true,"text":"active (running)",
 *                          "pid":123,"restarts":0,"since":1790000000,
 *                          "left_out":"PrivateUsers"}}],
 *      "others":[{"port":8443,"public":true,"background":true,"target":"..."}]}
 *
 * `problem` is what could not be looked at, as a damaged manifest; the rest is as true without.
 * `port` is 0 where it is not known. `left_out` names, with blanks between, what of the sandbox is
 * not in the unit because this machine refuses it. `since` are seconds since 1970, 0 when unknown.
 * `others` are entries in tailscaled's serve configuration that no funnel of ours made.
 */
#ifndef STATUS_REPORT_H
#define STATUS_REPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "init/init.h"
#include "launch/live.h"
#include "store/manifest.h"
#include "store/rundir.h"

#include <stdbool.h>
#include <stddef.h>

struct report_funnel {
	char service[FUNNEL_SERVICE_MAX];
	unsigned port;
	char target[TARGET_MAX];
	char url[512];
	bool live;
	pid_t holder;          /* of its lock: the launcher or what it became, 0 without */
	struct run_status run; /* of the launcher; all zero when it never ran */
	struct service_state unit;
	char left_out[INIT_LEFT_OUT_MAX]; /* what of its sandbox the unit says it lacks */
};

struct report {
	const struct init_system *init; /* NULL: none that we know */
	struct live now;
	char problem[512]; /* "" without */
	size_t count;
	struct report_funnel funnels[MANIFEST_FUNNELS];
};

struct report_args {
	const char *name;   /* of --name, NULL for all funnels that are set up or running */
	const char *socket; /* of tailscaled, NULL for the default */
	const char *init;   /* of --init, NULL for the one that runs */
};

/*
 * report_make() - gather
 *
 * -1 for ERR_USAGE (a bad name), ERR_FAILED (one that is not set up), and what is no state of
 * affairs: what answers on the socket is no tailscaled, or does not let us ask.
 */
int report_make(const struct report_args *args, struct report *r, struct err *e);

/* Does its launcher wait for something, so that its URL is a page to visit? */
bool report_waits(const struct report_funnel *f);

/* Did a funnel of ours make this entry? */
bool report_owns(const struct report *r, const struct serve_entry *entry);

void report_print_text(const struct report *r, struct buf *out);
int report_print_json(const struct report *r, struct buf *out, struct err *e);

/*
 * report_alive() - does every funnel have a process that serves it or waits to?
 *
 * The question of a liveness probe: what waits for a login or for the network is not to be
 * restarted for that. -1 with ERR_FAILED.
 */
int report_alive(const struct report *r, struct err *e);

/* 0 when there is a funnel and all are live; else -1 with ERR_FAILED or ERR_UNAVAILABLE. */
int report_verdict(const struct report *r, struct err *e);

#endif
