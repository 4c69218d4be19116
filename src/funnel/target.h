/* SPDX-License-Identifier: MIT */
/*
 * target - what is put on the internet
 *
 * The TARGET forms of `tailscale funnel` (1.102: ipn/serve.go ExpandProxyTargetValue and
 * cmd/tailscale/cli/serve_v2.go applyWebServe), and what the CLI accepts although it can never
 * work. Pure: no file or socket is looked at.
 */
#ifndef FUNNEL_TARGET_H
#define FUNNEL_TARGET_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

/* How the public side speaks; decides which targets are possible. */
enum front {
	FRONT_HTTPS,   /* --https, the default: TLS ended by tailscaled, HTTP inside */
	FRONT_TCP,     /* --tcp: raw, the target speaks TLS */
	FRONT_TLS_TCP, /* --tls-terminated-tcp: TLS ended by tailscaled, raw inside */
};

enum target_kind {
	TARGET_PORT, /* 8888 */
	TARGET_HOST, /* localhost:8888 */
	TARGET_URL,  /* http://localhost:8888/x, https+insecure://..., tcp://... */
	TARGET_UNIX, /* unix:/run/app.sock */
	TARGET_PATH, /* /srv/www */
	TARGET_TEXT, /* text:hello */
};

#define TARGET_MAX 1024

struct target {
	enum target_kind kind;
	char text[TARGET_MAX]; /* as the CLI gets it */
	const char *path;      /* into text: TARGET_PATH and TARGET_UNIX, absolute; else NULL */
	unsigned port;         /* local TCP port for PORT, and HOST/URL on this machine; else 0 */
};

/*
 * target_parse() - read and judge a TARGET for one kind of front
 *
 * Refused with ERR_USAGE, the reason and a cure: what the CLI refuses; and what it takes
 * although it cannot work: port 0, an IPv6 literal with a port (the CLI drops its brackets), a
 * relative unix: path (it would be relative to tailscaled), control characters, and anything
 * longer than TARGET_MAX - 1 bytes. @t->path points into @t->text: do not copy the struct by
 * assignment, use target_copy().
 */
int target_parse(const char *text, enum front front, struct target *t, struct err *e);

void target_copy(struct target *to, const struct target *from);

/* Room for what target_expand() makes of any target: each byte as %XX, and a scheme. */
#define TARGET_EXPANDED_MAX (3 * TARGET_MAX + 32)

/*
 * target_expand() - what the CLI writes into tailscaled's configuration for it
 *
 * "http://127.0.0.1:8888" for 8888; behind a TCP front "127.0.0.1:8888"; a path without "//",
 * "." and ".."; a text without "text:".
 */
void target_expand(const struct target *t, enum front front, struct buf *out);

#endif
