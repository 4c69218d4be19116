/* SPDX-License-Identifier: MIT */
/*
 * install - from the present state of a machine to a funnel that stands, step by step
 *
 * A plan is a table of named steps. Each is checked first and applied only when something is
 * to be done, so a second run changes nothing. What can never work is refused by
 * install_prepare(), before the first step. The manifest is saved before each change.
 */
#ifndef INSTALL_INSTALL_H
#define INSTALL_INSTALL_H

#include "base/deadline.h"
#include "base/err.h"
#include "fetch/package.h"
#include "funnel/funnel.h"
#include "init/init.h"
#include "init/sandbox.h"
#include "install/authkey.h"
#include "install/environment.h"
#include "install/place.h"
#include "install/self.h"
#include "install/unitfile.h"
#include "localapi/node.h"
#include "os/image.h"
#include "store/manifest.h"

#include <stdbool.h>
#include <stdint.h>

struct install_args {
	struct funnel_args funnel;
	const char *init; /* of --init, NULL without */
	const char *root; /* of --root: an image that is not running; NULL: this machine */
	const char *self; /* of --self: tsfunnel for the image's processor, NULL: this one */
	const char *arch; /* of --arch: the image's; NULL: look */
	const char *auth_key_file;
	const char *login_server;
	const char *hostname;
	const char *self_path;
	struct package_request package; /* where Tailscale comes from when it is not there */
	const char *cacert;             /* for https, and for tailscaled */
	const char *prefix;             /* for Tailscale's programs */
	int64_t timeout_ms;             /* 0: do not wait for a person */
	bool allow_downgrade;           /* of a Tailscale that install placed */
	bool adopt;
	bool dry_run;
};

/* Everything that a step may look at. Made by install_prepare(), released by install_done(). */
struct install {
	const struct install_args *args;
	const struct init_system *init;
	const char *daemon; /* name of tailscaled's service */
	struct funnel funnel;
	struct sandbox sandbox; /* not for --native, nor where services have none */
	struct job job;         /* the funnel's */
	struct authkey key;
	struct manifest manifest;
	struct self self;
	bool tailscale_missing;   /* none is there, or what we placed is not whole */
	bool replace;             /* ours is there in another version than is wanted */
	struct programs programs; /* where Tailscale's are from us, or are to be */
	char daemon_program[MANIFEST_PATH_MAX]; /* for a service of ours, "" without */
	char cli[MANIFEST_PATH_MAX]; /* the CLI that --prefix put where run does not look, or "" */
	struct environment environment;
	struct unitfile unit;
	struct node node;              /* after the login step */
	struct deadline until;         /* for a person, and for the funnel to stand */
	struct deadline until_network; /* for the package server, also with --timeout 0 */
	int hold;                      /* of rundir_hold(); -1 without */
	bool changed;                  /* a step changed something */
	char started[FILE_DIGEST_LEN]; /* of unit and binary together */
	int manager_version;           /* of the init system */
	unsigned left_out;             /* enum confinement: not in unit.wanted */
	char whole[FILE_DIGEST_LEN];   /* of the unit with all of its sandbox */
	char url[512];                 /* once live */
	struct image image;            /* with args->root */
	char arch[NAME_ARCH];          /* of the image */
};

/*
 * install_prepare() - look at everything, change nothing
 *
 * Refuses what cannot work: no root, no known init system, no Tailscale, a bad or missing
 * TARGET, a foreign unit, a port that is taken.
 */
int install_prepare(struct install *in, const struct install_args *args, struct err *e);

/* Applies the plan; with args->dry_run prints it to stdout. */
int install_run(struct install *in, struct err *e);

void install_done(struct install *in);

#endif
