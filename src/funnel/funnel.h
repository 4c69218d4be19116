/* SPDX-License-Identifier: MIT */
/*
 * funnel - one exposure: a target, its public port and how both are named
 *
 * Built once from the command line by funnel_make(), read by all else: the unit's renderer, the
 * launcher, install and status. Pure.
 */
#ifndef FUNNEL_FUNNEL_H
#define FUNNEL_FUNNEL_H

#include "base/buf.h"
#include "base/err.h"
#include "funnel/target.h"

#include <stdbool.h>
#include <stddef.h>

#define FUNNEL_DEFAULT_TARGET "8888"
#define FUNNEL_SERVICE "tailscale-funnel" /* the service without --name */
#define FUNNEL_SERVICE_MAX 64
#define FUNNEL_PATH_MAX 256
#define FUNNEL_SOCKET_MAX 108 /* sizeof(sockaddr_un.sun_path), with the NUL */
#define FUNNEL_PATHS_MAX 8    /* --set-path, all together */

/* The public ports that Tailscale's ingress listens on (tailscale-facts C4). */
#define FUNNEL_PORT_COUNT 3
extern const unsigned funnel_ports[FUNNEL_PORT_COUNT];

struct funnel {
	char service[FUNNEL_SERVICE_MAX]; /* "tailscale-funnel" or "tailscale-funnel-NAME" */
	char name[FUNNEL_SERVICE_MAX];    /* of --name, "" without */
	struct target target;
	enum front front;
	unsigned port;                  /* public: one of funnel_ports */
	char set_path[FUNNEL_PATH_MAX]; /* --set-path as given, "" without */
	int proxy_protocol;             /* 0 (off), 1 or 2 */
	char socket[FUNNEL_SOCKET_MAX]; /* of tailscaled; "" = the CLI's default */
	bool native;                    /* held by our own process, without a CLI */
	bool take_over;                 /* what else is on the port is removed */
	/* Beside TARGET, native only: PATH=TARGET as given, borrowed from the command line. */
	const char *more[FUNNEL_PATHS_MAX];
	size_t more_count;
	bool folder[FUNNEL_PATHS_MAX]; /* of more: the path is to end in "/" */
};

/* What the command line says; NULL and 0 where it says nothing. Strings are borrowed. */
struct funnel_args {
	const char *target;
	const char *name;
	const char *set_path[FUNNEL_PATHS_MAX + 1]; /* ended by NULL */
	const char *socket;
	const char *https;              /* port as text */
	const char *tcp;                /* port as text */
	const char *tls_terminated_tcp; /* port as text */
	const char *proxy_protocol;     /* "1" or "2" */
	bool native;
	bool take_over;
};

/*
 * funnel_make() - check the whole and fill in @f
 *
 * Refuses with ERR_USAGE, reason and cure: more than one front, a public port other than
 * funnel_ports, --set-path or a web target with a TCP front, --proxy-protocol without one or
 * other than 1 and 2, a NAME other than [A-Za-z0-9][A-Za-z0-9_.-]* (at most 40 bytes), a socket
 * that is no absolute path or too long, control characters anywhere; PATH=TARGET or a second
 * --set-path without --native, two TARGETs on one path. Without a TARGET of its own the first
 * PATH=TARGET is the funnel's: nothing is on the internet that was not named.
 */
int funnel_make(const struct funnel_args *args, struct funnel *f, struct err *e);

/* A place of the public URL and what is behind it. */
struct mount {
	char path[FUNNEL_PATH_MAX + 2]; /* as tailscaled has it: "/", "/api", "/www/" */
	struct target target;
};

/* TARGET for 0, then f->more; @i is at most f->more_count. */
void funnel_mount(const struct funnel *f, size_t i, struct mount *m);

/* That target is a folder: its path gets the final slash that the CLI adds (serve_v2.go:1268). */
void funnel_set_folder(struct funnel *f, size_t i);

/* Service name for a NAME ("" or NULL: the plain one). ERR_USAGE for a bad NAME. */
int funnel_service(const char *name, char service[static FUNNEL_SERVICE_MAX], struct err *e);

/*
 * Argument vectors as texts in @words (each NUL-terminated, over memory of the caller), argv
 * NULL-terminated. No argument that is the default is written.
 */
#define FUNNEL_ARGC_MAX 24
struct funnel_argv {
	char words[4096];
	const char *argv[FUNNEL_ARGC_MAX];
	int argc;
};

/* [tailscale --socket=S funnel --https=8443 ... TARGET]; argv[0] is @cli. */
int funnel_cli_argv(const struct funnel *f, const char *cli, struct funnel_argv *out,
		    struct err *e);

/* [SELF run --name=N --socket=S --native --https=8443 ... -- TARGET]: what a unit starts. */
int funnel_run_argv(const struct funnel *f, const char *self, struct funnel_argv *out,
		    struct err *e);

/*
 * The public address for a node called @dns_name (without final dot): "https://h/",
 * "https://h:8443/api", "tcp://h:10000". The mount is escaped so that a client can use it. For a
 * folder with --set-path the CLI adds a final slash, and tailscaled redirects to it.
 */
void funnel_url(const struct funnel *f, const char *dns_name, struct buf *out);

/* The same from its parts; @mount NULL or "" for TCP. */
void funnel_put_url(const char *host, unsigned port, const char *mount, struct buf *out);

#endif
