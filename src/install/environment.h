/* SPDX-License-Identifier: MIT */
/*
 * environment - what tailscaled must be told to work on this machine
 *
 * A machine without CA bundle: tailscaled's ACME client knows system roots only, so the node comes
 * online, the funnel says "available", and every public TLS handshake fails (tailscale-facts
 * F5). It gets the built-in roots as a PEM file in SSL_CERT_FILE. A --cacert file is appended.
 * Proxy variables that install itself uses go the same way. Without /dev/net/tun tailscaled
 * would not start: it gets userspace networking; from an image, which may boot anywhere, both in
 * turn, and keeps them.
 *
 * Three files: ca.pem and tailscaled.env (0600, proxies may hold a password) in our folder, and,
 * where the service is not ours, a drop-in of it that names the latter. A setting or bundle that is
 * there already is left alone.
 */
#ifndef INSTALL_ENVIRONMENT_H
#define INSTALL_ENVIRONMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "init/init.h"
#include "store/manifest.h"

#include <stdbool.h>

#define ENVIRONMENT_FILE MANIFEST_DIR "/tailscaled.env"
#define ENVIRONMENT_CA MANIFEST_DIR "/ca.pem"

#define ENVIRONMENT_MAX 8192
#define ENVIRONMENT_CA_MAX (512 * 1024)

struct environment {
	char text[ENVIRONMENT_MAX]; /* of the file, "" when tailscaled needs nothing */
	bool with_ca;               /* ca.pem is part of it */
	const char *cacert;         /* --cacert, NULL without */
	char dropin[INIT_PATH_MAX]; /* path, "" without */
	char dropin_text[1024];
};

struct environment_wants {
	const char *cacert; /* --cacert, NULL without */
	bool has_ca;        /* somebody else gives tailscaled SSL_CERT_FILE or SSL_CERT_DIR */
	bool flags;         /* tailscaled's FLAGS are ours: install placed Tailscale */
	bool image;         /* proxies and devices here are not those of the machine */
	const struct init_system *init;
	const char *service; /* tailscaled's, NULL when it is ours and reads the file by itself */
};

/*
 * environment_plan() - look at the machine
 *
 * Keys that were set before and are not known now (no proxy in this shell) stay.
 * ERR_DATA for a proxy variable with control characters.
 */
int environment_plan(struct environment *env, const struct environment_wants *wants, struct err *e);

/* Are the files as planned? */
bool environment_stands(const struct environment *env);

/* Writes them, each recorded in @m before. */
int environment_write(const struct environment *env, struct manifest *m, struct err *e);

/* Pure: value of KEY="..." in an environment file, unescaped; false when it is not there. */
bool environment_get(const char *text, const char *key, char *value, size_t cap);

/* Pure: adds KEY="value" as systemd reads it (systemd.exec(5), EnvironmentFile=). */
void environment_put(struct buf *out, const char *key, const char *value);

#endif
