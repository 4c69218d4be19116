/* SPDX-License-Identifier: MIT */
/*
 * options - the command line: one table of options, one of verbs, and what they were set to
 *
 * The tables (options.c, verbs.c) are the only place that knows an option or a verb: the
 * parser, --help, `help`, and the offers for mistyped words are generated from them. Parsing is
 * pure: no file, no environment.
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "base/err.h"
#include "funnel/funnel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings are borrowed from argv. Zero is "not given" for all but timeout_ms. */
struct options {
	struct funnel_args funnel; /* TARGET and what describes the funnel */
	const char *auth_key_file; /* PATH or "-" */
	const char *login_server;
	const char *hostname;
	const char *self_path; /* where our binary goes */
	const char *init;      /* name of an init system */
	const char *root;      /* folder of an image */
	const char *self;      /* tsfunnel for it */
	const char *systemd;   /* version to write the unit for, as text */
	const char *topic;     /* of help */
	const char *check;     /* "live" or "ready" */
	const char *track;     /* of Tailscale's releases */
	const char *release;   /* --version of install and fetch */
	const char *arch;
	const char *base_url; /* of the package server */
	const char *cacert;
	const char *package; /* a tarball on disk */
	const char *to;      /* folder */
	const char *prefix;  /* for Tailscale's programs */
	int64_t timeout_ms;  /* default 10 min; 0 = do not wait */
	bool timeout_given;
	bool allow_downgrade;
	bool dry_run;
	bool adopt;
	bool no_wait;
	bool end;
	bool plain;
	bool json;
	bool quiet;
	bool all;
	bool logout;
	bool purge;
	bool help;
	bool version;
};

/* One bit each: the table of options says which verbs take one. */
enum verb_bit {
	VERB_INSTALL = 1,
	VERB_UNINSTALL = 2,
	VERB_UNIT = 4,
	VERB_RUN = 8,
	VERB_STATUS = 16,
	VERB_VERSION = 32,
	VERB_HELP = 64,
	VERB_FETCH = 128,
};

struct verb {
	enum verb_bit bit;
	const char *name;
	const char *args;            /* "[TARGET]" */
	const char *summary;         /* one line */
	const char *const *examples; /* NULL-terminated; shown first in --help */
	int (*run)(const struct options *o, struct err *e);
};

/* Terminated by a row with name NULL. */
extern const struct verb verbs[];

struct option_row {
	const char *name;
	const char *value; /* what --help calls its value, NULL for a flag */
	unsigned verbs;    /* verb_bit of those that take it */
	const char *help;
	size_t at; /* of its member in struct options */
	/* Judges the value and stores what is not the text itself; NULL: any text will do. */
	int (*take)(const char *name, const char *value, struct options *o, struct err *e);
};

/* Terminated by a row with name NULL. */
extern const struct option_row option_rows[];

/*
 * options_parse() - argv[0] is the verb's name
 *
 * GNU long options, "--" ends them, abbreviations that are unambiguous are taken (getopt_long).
 * An option that is given twice is refused, but for --set-path. --help and --version anywhere
 * before "--" win over all else. ERR_USAGE with the nearest option offered as the cure.
 */
int options_parse(const struct verb *v, int argc, char **argv, struct options *o, struct err *e);

/* The verb of that name; NULL with ERR_USAGE and the nearest one offered. */
const struct verb *verb_find(const char *name, struct err *e);

#endif
