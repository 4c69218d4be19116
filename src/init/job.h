/* SPDX-License-Identifier: MIT */
/*
 * job - a process that an init system keeps running, in words that every init system has
 *
 * There are two: the funnel's launcher, and tailscaled where no package brings a service for it.
 * Renderers get a job and nothing else, so one renderer makes both.
 */
#ifndef INIT_JOB_H
#define INIT_JOB_H

#include "base/err.h"
#include "funnel/funnel.h"
#include "init/sandbox.h"

#include <stdbool.h>

/* What the launcher of a service knows itself by, see JOB_SUPERVISED in job_funnel(). */
#define JOB_SUPERVISED "TSFUNNEL_SUPERVISED"

/* PORT and FLAGS of tailscaled, from its package. */
#define JOB_DEFAULTS "/etc/default/tailscaled"

/* All that the funnel's service is made of. */
struct unit_spec {
	const struct funnel *funnel;
	const char *self;              /* absolute path of the tsfunnel that it starts */
	const char *cli;               /* the tailscale CLI where run would not find it, else "" */
	const char *daemon;            /* name of tailscaled's service */
	const struct sandbox *sandbox; /* what the sandbox must yield; all zero: nothing */
	int manager_version;           /* of the init system; 0: the newest known */
	unsigned left_out;             /* enum confinement: what this machine refuses */
	bool first_login;              /* it may log the machine in by itself */
};

struct job_variable {
	const char *key; /* of A-Z and _ */
	const char *value;
};

#define JOB_VARIABLES_MAX 3

/*
 * Lists end with NULL. All words are plain text (base/text.h), but may hold blanks, quotes, `$` and
 * whatever else means something to a shell. @more is not quoted: a shell is to expand it.
 */
struct job {
	const char *service; /* of [A-Za-z0-9_.-] */
	const char *description;
	const char *const *argv; /* argv[0] is an absolute path */
	const char *more;        /* sh: words after argv, from the variables of @files; or NULL */
	struct job_variable variables[JOB_VARIABLES_MAX + 1];
	const char *const *files;     /* of KEY="value" lines as sh reads them; may be missing */
	const char *after;            /* service to be started before, if it is to be; or NULL */
	bool network;                 /* after the network, where that is a service */
	const char *const *cleanup;   /* argv to run after a stop, or NULL */
	const struct unit_spec *spec; /* of a funnel: for managers that have a sandbox */
};

/* Room that a funnel's job points into. */
struct job_room {
	struct funnel_argv words;
	const char *cleanup[5];
	char name[FUNNEL_SERVICE_MAX + 8];
	char description[TARGET_MAX + 64];
};

/*
 * job_funnel() - `tsfunnel run ...`
 *
 * It is told by JOB_SUPERVISED=SERVICE that a service manager starts it: when a supervisor was
 * killed, the copy that it started lives on, and the one that the next supervisor starts may end it
 * (store/rundir.h). A stop that finds no supervisor finds no copy either, so `run --end` follows
 * it.
 * @spec and @room must live as long as @job. ERR_USAGE as funnel_run_argv(), and for control
 * characters in a path.
 */
int job_funnel(const struct unit_spec *spec, struct job_room *room, struct job *job, struct err *e);

/* Room that tailscaled's job points into. */
struct job_daemon_room {
	const char *argv[4];
	const char *cleanup[3];
	const char *files[3];
};

/*
 * job_tailscaled() - tailscaled as its package's unit runs it; it makes its folders itself
 * @program:     its absolute path
 * @environment: a file of KEY="value" lines that it is given, too
 */
void job_tailscaled(const char *service, const char *program, const char *environment,
		    struct job_daemon_room *room, struct job *job);

#endif
