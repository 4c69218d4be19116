/* SPDX-License-Identifier: MIT */
/*
 * init - the init systems, one row each
 *
 * A row knows the files of a service, how each is rendered (pure), and how the running manager is
 * asked and told. Callers hold a row and never name an init system themselves.
 *
 * To add one: a file with its row (renderer apart where it is large), a line in the table of
 * init.c, golden files, and a row in the tests that boot it. What a row leaves out (NULL) is done
 * from its files alone: a service exists when its first file does, is enabled when all links that
 * enable it are there, and enabling makes them. So nothing but paths, bytes and links is needed for
 * a machine that is not running.
 */
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include "base/buf.h"
#include "base/err.h"
#include "funnel/funnel.h"
#include "init/confinement.h"
#include "init/job.h"
#include "init/sandbox.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* First line of every file we write (the second, below "#!"); a file without it is foreign. */
#define INIT_MARKER "# Managed by tsfunnel"

/* What stands behind the marker in a service file. */
#define INIT_MARKED                                                                                \
	INIT_MARKER ": `tsfunnel install` rewrites this file, `tsfunnel uninstall` removes it.\n"

/* The comment in a service file that names what of the sandbox is not in it. */
#define INIT_LEFT_OUT "# Left out, because this machine refuses it:"

/* Room for what stands in that comment. */
#define INIT_LEFT_OUT_MAX 512

/* Room for any rendered service file. */
#define INIT_UNIT_MAX 16384

/* Room for the path of any file of a service. */
#define INIT_PATH_MAX 256

struct service_state {
	bool exists;        /* the manager knows a file for it */
	bool enabled;       /* starts at boot */
	bool active;        /* started, or being started again (activating, auto-restart) */
	bool starting;      /* being started, for the first time or again and again */
	bool orphaned;      /* may run, but what would start it again is gone */
	unsigned refused;   /* enum confinement: what the last start ended with, 0: nothing */
	bool stale;         /* the file changed since the manager read it (daemon-reload) */
	pid_t pid;          /* main process, 0 without */
	int restarts;       /* by the manager, since it was started by hand or boot */
	int64_t since;      /* of the present state, seconds since 1970; 0 unknown */
	char text[64];      /* the manager's own words: "active (running)" */
	char said[512];     /* the service's own last words (STATUS=), "" unknown */
	char fragment[256]; /* path of the service file in use, "" without */
};

/*
 * One file or link of a service. In all templates of a row `%s` stands for the service. Files have
 * the mode and the renderer, links have the target, lines the program.
 */
struct init_file {
	const char *path;
	int (*render)(const struct job *job, struct buf *out, struct err *e);
	const char *link;
	/* No file of ours, but the line of a table of somebody else's (init/inittab.h): the program
	 * that it starts. Enables; a line that is commented out does not. */
	const char *line;
	mode_t mode;  /* 0: a link */
	bool enables; /* a link that is there exactly when the service starts at boot */
};

/* What a person is told to do; templates. */
struct init_hints {
	const char *logs;  /* "`journalctl -u %s`": where its words are */
	const char *start; /* "`systemctl start %s`" */
	const char *stop;
	const char *edit; /* how to change a service and keep it apart from ours, "" without */
};

/*
 * What a row can tell of, and do in, an image that is not running, by its files alone. A service
 * that is enabled counts as active: it will be when the image has booted.
 */
struct init_image {
	bool (*is_there)(void);
	int (*version)(struct err *e); /* 0: cannot be told */
	int (*query)(const char *service, struct service_state *s, struct err *e);
	int (*has_variable)(const char *service, const char *key, bool *has, struct err *e);
	int (*enable)(const char *service, struct err *e);
	int (*disable)(const char *service, struct err *e);
};

struct init_system {
	const char *name;
	bool (*is_running)(void); /* is it PID 1 here, or started by it? */
	/* The file that carries the service, and our marker, first; ended by a zero row. */
	const struct init_file *files;
	/* An empty file (template) that keeps a service from starting at boot; NULL: there is none.
	 * Where no link enables a service, it starts unless that file is there. */
	const char *down;
	/* What tailscaled's service may be called, ours first; ended by NULL. */
	const char *const *daemons;
	/* How a service that is not ours is given a file of variables: where (template), and what
	 * text; its first `%s` is the file, the second the service. NULL: it cannot be. */
	const char *dropin_path;
	const char *dropin_text;
	/* Tailscale's package brings a service for it, so none of ours is written. */
	bool packaged;
	/* Its services run in a sandbox, so that a target may have to be shown to them. */
	bool sandboxes;
	/* Its services are up when they say so (sd_notify). */
	bool readiness;
	struct init_hints hints;
	int (*version)(struct err *e); /* > 0, or -1; NULL: it does not matter */
	int (*query)(const char *service, struct service_state *s, struct err *e);
	/* Does the manager give the service a variable of that name? Not from files of ours. */
	int (*has_variable)(const char *service, const char *key, bool *has, struct err *e);
	int (*reload)(struct err *e); /* read changed files again; NULL: it does by itself */
	int (*enable)(const char *service, struct err *e);  /* NULL: by the links */
	int (*disable)(const char *service, struct err *e); /* NULL: by the links */
	int (*start)(const char *service, struct err *e);
	int (*restart)(const char *service, struct err *e);
	int (*stop)(const char *service, struct err *e);
	/* After its first file is gone: end what watched over it, remove what the manager made for
	 * it; NULL: nothing. */
	int (*forget)(const char *service, struct err *e);
	const struct init_image *image; /* NULL: --root does not know it */
};

extern const struct init_system init_systemd;
extern const struct init_system init_openrc;
extern const struct init_system init_runit;
extern const struct init_system init_s6;
extern const struct init_system init_sysv;
extern const struct init_system init_busybox;

/*
 * init_find() - the one to write for and to tell
 * @name: of --init; NULL: the one that runs here
 *
 * NULL with ERR_USAGE for a name that none has; with ERR_UNAVAILABLE, naming what was seen as PID
 * 1, when none of them runs.
 */
const struct init_system *init_find(const char *name, struct err *e);

/*
 * init_of_image() - the one of the image that "/" is
 * @name: of --init; NULL: the one that is installed there
 *
 * A row of which each call looks at files and writes them, or does nothing. NULL with ERR_USAGE,
 * or ERR_UNAVAILABLE, naming what was seen.
 */
const struct init_system *init_of_image(const char *name, struct err *e);

/* Pure: the template with the service's name, or other words in their order, in its `%s`. */
void init_fill(const char *template, const char *const words[], struct buf *out);

/* One that has one word: the service. Cut to what fits. Returns @text. */
const char *init_text(const char *template, const char *service, char *text, size_t cap);

/* Pure: the path of a file of a service; ERR_BUG when it does not fit. */
int init_path(const struct init_file *file, const char *service, char path[static INIT_PATH_MAX],
	      struct err *e);

/* The name of tailscaled's service here: of those that it may have the first that is there. */
const char *init_daemon(const struct init_system *init);

/* The calls of a row, or what its files say where it has none. */
int init_reload(const struct init_system *init, struct err *e);
int init_enable(const struct init_system *init, const char *service, struct err *e);
int init_disable(const struct init_system *init, const char *service, struct err *e);

/* What the files alone say: all links that enable it are there, and nothing keeps it down. */
bool init_is_linked(const struct init_system *init, const char *service);

/* When the service's first file is gone: what the row's call does, and the links that enable it. */
int init_forget(const struct init_system *init, const char *service, struct err *e);

/* Is a link of a service there and leads where ours does? */
bool init_link_stands(const struct init_file *link, const char *service);

/* Does a file of settings that sh reads, or what lies there, set a variable? Not there: no. */
bool init_sets_variable(const char *path, const char *key);

/* Was PID 1 started with that variable, so that what it starts has it? Only root can tell. */
bool init_first_has_variable(const char *key);

/* Pure: a line [export ]KEY=... that is no comment. */
bool init_text_sets(const char *text, const char *key);

/* What of the sandbox a service file says it lacks: names with blanks between; "" nothing. */
void init_left_out(const char *unit, struct buf *out);

/* The recipe's own unit (design 1): `tailscale funnel TARGET` under systemd, nothing of ours. */
int init_render_recipe(const struct funnel *f, struct buf *out, struct err *e);

#endif
