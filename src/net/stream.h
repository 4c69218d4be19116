/* SPDX-License-Identifier: MIT */
/*
 * stream - bytes both ways, over a socket, over TLS, or made up by a test
 *
 * A stream is embedded as the first member in what implements it. It belongs to whoever made it;
 * close() releases the connection and not the memory, and may be called twice.
 *
 * Errors of all three: ERR_TIMEOUT at the deadline; ERR_UNAVAILABLE when the connection failed.
 * Both may pass when it is tried again (with a new stream), except where e->sys is ENOENT (there
 * is no such name) or EPROTO (the other side speaks another protocol). ERR_DATA does not pass.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "base/deadline.h"
#include "base/err.h"

#include <stddef.h>

struct stream;

struct stream_ops {
	/* At least one byte; *got 0 is the proper end (not a cut, where the two differ). */
	int (*read)(struct stream *s, char *mem, size_t cap, struct deadline until, size_t *got,
		    struct err *e);
	/* All of it. */
	int (*write)(struct stream *s, const char *data, size_t len, struct deadline until,
		     struct err *e);
	void (*close)(struct stream *s);
};

struct stream {
	const struct stream_ops *ops;
};

static inline int stream_read(struct stream *s, char *mem, size_t cap, struct deadline until,
			      size_t *got, struct err *e)
{
	return s->ops->read(s, mem, cap, until, got, e);
}

static inline int stream_write(struct stream *s, const char *data, size_t len,
			       struct deadline until, struct err *e)
{
	return s->ops->write(s, data, len, until, e);
}

static inline void stream_close(struct stream *s)
{
	s->ops->close(s);
}

#endif
