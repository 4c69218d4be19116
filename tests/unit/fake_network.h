/* SPDX-License-Identifier: MIT */
/* A network of recorded answers: what a server says is given, what it is asked is kept. */
#ifndef TESTS_FAKE_NETWORK_H
#define TESTS_FAKE_NETWORK_H

#include "net/network.h"

#include <stdio.h>
#include <string.h>

struct fake_answer {
	const char *text;
	size_t len; /* 0: strlen(text) */
	size_t cut; /* > 0: the connection fails after so many bytes; else it ends after them all */
	bool refuse; /* no connection at all */
};

struct fake_network {
	struct network network;
	struct stream stream;
	const struct fake_answer *answers;
	size_t count, next; /* answers given, and which is next */
	size_t piece;       /* bytes a read gives at most */
	size_t at;          /* in the current answer */
	bool open;
	bool kept; /* idle, to the host that was asked last */
	size_t connections;
	enum http_form form;
	char asked[16][512]; /* beginnings of the requests */
	char hosts[16][URL_HOST_MAX + 8];
};

static inline size_t fake_len(const struct fake_answer *a)
{
	return a->len > 0 ? a->len : strlen(a->text);
}

static inline struct fake_network *fake_of(struct stream *s)
{
	return (struct fake_network *)((char *)s - offsetof(struct fake_network, stream));
}

static inline int fake_read(struct stream *s, char *mem, size_t cap, struct deadline until,
			    size_t *got, struct err *e)
{
	struct fake_network *f = fake_of(s);
	const struct fake_answer *a = &f->answers[f->next - 1];
	size_t end = a->cut > 0 ? a->cut : fake_len(a);
	size_t n = end - f->at;

	(void)until;
	if (n == 0 && a->cut > 0)
		return err_set(e, ERR_UNAVAILABLE, "cut");
	if (n > cap)
		n = cap;
	if (n > f->piece)
		n = f->piece;
	memcpy(mem, a->text + f->at, n);
	f->at += n;
	*got = n;
	return 0;
}

static inline int fake_write(struct stream *s, const char *data, size_t len, struct deadline until,
			     struct err *e)
{
	struct fake_network *f = fake_of(s);
	char *asked = f->asked[(f->next - 1) % 16];
	size_t have = strlen(asked);

	(void)until;
	(void)e;
	if (len > sizeof(f->asked[0]) - 1 - have)
		len = sizeof(f->asked[0]) - 1 - have;
	memcpy(asked + have, data, len);
	asked[have + len] = '\0';
	return 0;
}

static inline void fake_close(struct stream *s)
{
	fake_of(s)->open = false;
}

static inline int fake_open(struct network *n, const struct url *u, struct deadline until,
			    struct connection *c, struct err *e)
{
	struct fake_network *f = (struct fake_network *)n;
	char *host = f->hosts[f->next % 16];
	const struct fake_answer *a;
	bool reused;

	(void)until;
	if (f->open)
		return err_set(e, ERR_BUG, "the connection before is still open");
	if (f->next == f->count)
		return err_set(e, ERR_FAILED, "asked once more than expected");
	snprintf(host, sizeof(f->hosts[0]), "%s:%u", u->host, u->port);
	reused = f->kept && strcmp(host, f->hosts[(f->next - 1) % 16]) == 0;
	f->kept = false;
	f->connections += !reused;
	f->asked[f->next % 16][0] = '\0';
	a = &f->answers[f->next++];
	if (a->refuse)
		return err_set(e, ERR_UNAVAILABLE, "refused");
	f->at = 0;
	f->open = true;
	*c = (struct connection){.stream = &f->stream, .form = f->form, .reused = reused};
	return 0;
}

static inline void fake_release(struct network *n, struct connection *c, bool again)
{
	stream_close(c->stream);
	((struct fake_network *)n)->kept = again;
}

static inline void fake_init(struct fake_network *f, const struct fake_answer *answers,
			     size_t count)
{
	static const struct stream_ops ops = {fake_read, fake_write, fake_close};

	*f = (struct fake_network){.network = {fake_open, fake_release},
				   .stream = {&ops},
				   .answers = answers,
				   .count = count,
				   .piece = SIZE_MAX};
}

#endif
