/* SPDX-License-Identifier: MIT */
/*
 * bus - tailscaled's notifications (GET watch-ipn-bus), one JSON object a line
 *
 * A watcher: no timer, no polling; tailscaled writes when something changes. When the
 * connection ends, tailscaled is gone or found us too slow: open it again.
 */
#ifndef LOCALAPI_BUS_H
#define LOCALAPI_BUS_H

#include "base/deadline.h"
#include "base/err.h"
#include "localapi/node.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * NotifyInitialState (2), the preferences (4), no private keys (16), the health (128) and no
 * netmaps (8192): State, SessionID and BrowseToURL are in the first line, too, then come changes
 * (tailscale-facts B3). Older daemons know nothing of 8192 and send the network map at each change,
 * up to 1.90 with the node's private key unless 16 is set, without which they also refuse users
 * who may only read.
 */
#define BUS_MASK 8342

/*
 * What is longer can only be a network map or a node, which is all the same to us. Daemons before
 * 1.98 send the whole map at each change, about 1 KiB for each machine of the tailnet: to parse it
 * would take some ten times its size.
 */
#define BUS_LINE_MAX (64 * 1024)

/* Names in words that are longer are cut. */
#define BUS_FETCHING_MAX 512

struct notify {
	bool has_state;
	enum backend backend;
	char session[80];     /* SessionID, first line only */
	char browse_url[512]; /* BrowseToURL: the login page */
	char error[512];      /* ErrMessage: control's words, "invalid key: ..." */
	bool login_finished;
	bool self_changed; /* SelfChange or NetMap: name or capabilities may be others */
	bool prefs_changed;
	bool shields_up; /* of those preferences */
	bool has_health;
	char fetching[BUS_FETCHING_MAX]; /* see struct bus */
};

struct bus {
	int fd;     /* -1 when closed */
	char *line; /* what has come: head or lines */
	size_t len, cap;
	size_t seen; /* bytes that are known to hold no end of line */
	bool head_done;
	bool skipping; /* within a line that is too long */
	/* What its lines have told. */
	char session[80];
	bool has_prefs, shields_up;
	/* "a.ts.net, b.ts.net": it is getting certificates for them, having none (health warning
	 * tls-cert-pending of 1.100, feature/acme/cert.go:720); "*": it does not say for which. */
	char fetching[BUS_FETCHING_MAX];
};

#define BUS_CLOSED ((struct bus){.fd = -1})

/* Pure: one line. ERR_DATA when it is no JSON object. */
int notify_parse(const char *text, size_t len, struct notify *n, struct err *e);

/* Pure: may the status, the preferences or what is served be others now? */
bool notify_matters(const struct notify *n);

/* Connects and sends the request; errors of localapi_connect(). */
int bus_open(struct bus *b, const char *socket, struct err *e);

/* On a non-blocking descriptor that will deliver an answer's bytes; it is the bus's then. */
void bus_over(struct bus *b, int fd);

/*
 * bus_next() - wait for one notification
 *
 * 0 with @n. -1: ERR_TIMEOUT at the deadline, with the bus still good; ERR_UNAVAILABLE when the
 * stream ended; ERR_DATA for a line that is not JSON or an answer that is not HTTP or in chunks;
 * the errors of localapi_check(). A line longer than BUS_LINE_MAX is skipped and reported as
 * self_changed.
 */
int bus_next(struct bus *b, struct deadline until, struct notify *n, struct err *e);

/* Is tailscaled getting the first certificate of that name? */
bool bus_fetches(const struct bus *b, const char *domain);

/* Is a whole line there already, that poll(2) would not tell of? */
bool bus_has_line(const struct bus *b);

/* Closing a closed bus (BUS_CLOSED) does nothing. */
void bus_close(struct bus *b);

#endif
