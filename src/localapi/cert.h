/* SPDX-License-Identifier: MIT */
/*
 * cert - ask tailscaled for the funnel's certificate, and only for whether there is one
 *
 * GET cert/DOMAIN?type=cert (never the key) makes tailscaled get one if it has none, which takes
 * from nothing to minutes, and is the one place where the authority's refusal can be read
 * (tailscale-facts C6). So the question is asked on a descriptor of its own, which its owner polls
 * beside others.
 */
#ifndef LOCALAPI_CERT_H
#define LOCALAPI_CERT_H

#include "base/deadline.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* The head of the answer and the first words of a refusal. */
#define CERT_ANSWER_MAX 2048

struct cert_question {
	int fd; /* to poll for POLLIN; -1: nothing is asked */
	struct deadline until;
	size_t len;
	char answer[CERT_ANSWER_MAX];
};

#define CERT_UNASKED ((struct cert_question){.fd = -1})

/* Asks; errors of localapi_connect() and localapi_send(). */
int cert_ask(struct cert_question *c, const char *socket, const char *domain, struct deadline until,
	     struct err *e);

/*
 * cert_hear() - take what has come
 * @done: the question is answered, and its descriptor closed
 *
 * 0: there is a certificate, or not @done yet. -1 with @done: ERR_FAILED with tailscaled's own
 * words, ERR_TIMEOUT at the deadline, ERR_UNAVAILABLE when it hung up.
 */
int cert_hear(struct cert_question *c, bool *done, struct err *e);

/* Forgets the question. */
void cert_close(struct cert_question *c);

#endif
