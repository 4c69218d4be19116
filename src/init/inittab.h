/* SPDX-License-Identifier: MIT */
/*
 * inittab - our line in /etc/inittab, which is somebody else's file
 *
 * BusyBox init has no other place for a service: `::respawn:PROGRAM` is one, a `#` before it is an
 * administrator's stop. The line is ours by the program that it starts, whatever else was done to
 * it. It stands first, below a comment that names us, so that whatever the rest is (CRLF, no final
 * newline) comes out byte for byte once it is gone.
 */
#ifndef INIT_INITTAB_H
#define INIT_INITTAB_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

/* No machine has a larger one; such a file is refused. */
#define INITTAB_MAX 65536

enum inittab_line {
	INITTAB_NONE,   /* there is no such line */
	INITTAB_ASLEEP, /* behind a "#" */
	INITTAB_ACTIVE,
};

/* Pure: what of our line a table has; an active one counts most. */
enum inittab_line inittab_look(const char *text, size_t len, const char *program);

/*
 * inittab_edit() - pure: a table to one that has our line in that way
 *
 * Once: of several lines the first one stays. INITTAB_ASLEEP makes none where there is none. What
 * does not fit sets @out->full.
 */
void inittab_edit(const char *text, size_t len, const char *program, enum inittab_line want,
		  struct buf *out);

/* The same with a file; without one there is nothing to remove a line from. ERR_UNAVAILABLE without
 * one; ERR_DATA for one that is no table of text or is too large; ERR_CREATE for one that is no
 * regular file. */
int inittab_read(const char *path, const char *program, enum inittab_line *is, struct err *e);
int inittab_put(const char *path, const char *program, enum inittab_line want, struct err *e);

#endif
