/* SPDX-License-Identifier: MIT */
/*
 * init - the init systems, one row each
 *
 * A row knows where its service files live, how one is rendered (pure), and how the running
 * manager is asked and told. Callers hold a row and never name an init system themselves.
 */
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include "base/buf.h"
#include "base/err.h"
#include "funnel/funnel.h"
#include "init/confinement.h"
#include "init/sandbox.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* First line of every file we write; a file without it is foreign. */
#define INIT_MARKER "# Managed by tsfunnel"

/* The comment in a service file that names what of the sandbox is not in it. */
#define INIT_LEFT_OUT "# Left out, because this machine refuses it:"

/* Room for what stands in that comment. */
#define INIT_LEFT_OUT_MAX 512

/* Room for any rendered service file. */
#define INIT_UNIT_MAX 16384

/* All that a service file is made of. */
struct unit_spec {
	const struct funnel *funnel;
	const char *self;              /* absolute path of the tsfunnel that it starts */
	const char *cli;               /* the tailscale CLI where run would not find it, else "" */
	const struct sandbox *sandbox; /* what the sandbox must yield; all zero: nothing */
	int manager_version;           /* of the init system; 0: the newest known */
	unsigned left_out;             /* enum confinement: what this machine refuses */
};

struct service_state {
	bool exists;        /* the manager knows a file for it */
	bool enabled;       /* starts at boot */
	bool active;        /* started, or being started again (activating, auto-restart) */
	bool starting;      /* being started, for the first time or again and again */
	unsigned refused;   /* enum confinement: what the last start ended with, 0: nothing */
	bool stale;         /* the file changed since the manager read it (daemon-reload) */
	pid_t pid;          /* main process, 0 without */
	int restarts;       /* by the manager, since it was started by hand or boot */
	int64_t since;      /* of the present state, seconds since 1970; 0 unknown */
	char text[64];      /* the manager's own words: "active (running)" */
	char fragment[256]; /* path of the service file in use, "" without */
};

struct init_system {
	const char *name;
	bool (*is_running)(void);      /* is it PID 1 here? */
	int (*version)(struct err *e); /* > 0, or -1 */
	int (*unit_path)(const char *service, char *path, size_t cap, struct err *e);
	int (*render)(const struct unit_spec *spec, struct buf *out, struct err *e);
	int (*query)(const char *service, struct service_state *s, struct err *e);
	/* Does the manager give the service a variable of that name? Not from files. */
	int (*has_variable)(const char *service, const char *key, bool *has, struct err *e);
	int (*reload)(struct err *e); /* read changed files again */
	int (*enable)(const char *service, struct err *e);
	int (*disable)(const char *service, struct err *e);
	int (*start)(const char *service, struct err *e);
	int (*restart)(const char *service, struct err *e);
	int (*stop)(const char *service, struct err *e);
};

extern const struct init_system init_systemd;

/* The one that runs as PID 1; NULL with ERR_UNAVAILABLE, naming what was seen. */
const struct init_system *init_find(struct err *e);

/* What of the sandbox a service file says it lacks: names with blanks between; "" nothing. */
void init_left_out(const char *unit, struct buf *out);

/* The recipe's own unit (design 1): `tailscale funnel TARGET` under systemd, nothing of ours. */
int init_render_recipe(const struct funnel *f, struct buf *out, struct err *e);

#endif
