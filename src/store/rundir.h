/* SPDX-License-Identifier: MIT */
/*
 * rundir - /run/tsfunnel/SERVICE: what the launcher says of itself
 *
 * `lock` is held by the launcher and, inherited over exec, by the CLI: a lock of the open file
 * (F_OFD_SETLK), which can be looked at without being taken. `status.json` is replaced
 * atomically and read by `status` under every init system.
 *
 *     {"state":"needs-login","text":"...","since":1790000000,"url":"https://...",
 *      "error":"...","pid":123,"service":"tailscale-funnel","port":443,"target":"8888",
 *      "session":"...","certificate":"ok","asked_for":"node.tailnet.ts.net",
 *      "asked_ms":123456,"failures":0}
 */
#ifndef STORE_RUNDIR_H
#define STORE_RUNDIR_H

#include "base/deadline.h"
#include "base/err.h"
#include "funnel/target.h"

#include <stdint.h>
#include <sys/types.h>

#define RUNDIR_BASE "/run/tsfunnel"
#define RUNDIR_HOLD "/run/tsfunnel.lock" /* there while install or uninstall runs */

struct run_status {
	char state[32];  /* name of a row of the state table, launch/state.h */
	char text[512];  /* one sentence for a person */
	char url[512];   /* public URL, or the page that a person must visit; "" without */
	char error[512]; /* last error, "" without; kept over changes of state */
	int64_t since;   /* of this state, seconds since 1970 */
	pid_t pid;       /* of the launcher, and so of the CLI after exec */
	unsigned port;   /* public */
	char target[TARGET_MAX];
	char session[80];      /* the foreground session that served last, "" without */
	char certificate[512]; /* "ok", "pending", why there is none; "" when none is needed */
	char asked_for[256];   /* the name whose certificate was asked for last, "" without */
	int64_t asked_ms;      /* when: milliseconds since boot, as base/deadline.h has them */
	unsigned failures;     /* CLIs in a row that ended without serving */
};

/*
 * rundir_use_given() - from now on the service's folder is $RUNTIME_DIRECTORY, if systemd set it
 * @service: is remembered, not copied
 *
 * For the launcher alone. Whoever else is run as a service has a folder of that name which is
 * none of ours.
 */
void rundir_use_given(const char *service);

/*
 * rundir_lock() - make the folder if it is not there and take the lock
 *
 * Return: the descriptor, which must stay open (and is NOT close-on-exec, so that the CLI holds
 * the lock on); -1: ERR_TIMEOUT when another process holds it (its pid is in the message),
 * ERR_CREATE, ERR_PERMISSION.
 */
int rundir_lock(const char *service, struct err *e);

/*
 * rundir_write() - replace status.json
 *
 * After rundir_lock(): a folder or a lock that somebody removed is made again, and the lock taken
 * in the name of @s->pid. ERR_TIMEOUT when another process has taken it meanwhile.
 */
int rundir_write(const char *service, const struct run_status *s, struct err *e);

/* ERR_UNAVAILABLE with errno ENOENT when nothing ever ran; ERR_DATA when it is no status. */
int rundir_read(const char *service, struct run_status *s, struct err *e);

/* Is the lock held now? The pid of the holder, 0 when it is free or was never made. */
pid_t rundir_holder(const char *service);

/*
 * rundir_hold() - be the only install or uninstall on this machine
 *
 * Both read the manifest, change things and write it again: two at once would lose half of it.
 * Waits for the other one until @until, and says so. Return: what rundir_release() takes; -1:
 * ERR_TIMEOUT (with its pid), ERR_CREATE, ERR_PERMISSION. A kill releases it.
 */
int rundir_hold(struct deadline until, struct err *e);
void rundir_release(int fd);

/* Removes the folder and what is ours in it; not there is success. */
int rundir_remove(const char *service, struct err *e);

#endif
