/* SPDX-License-Identifier: MIT */
/*
 * systemd_quote - words and texts as systemd reads them back (systemd.syntax(7),
 * systemd.service(5) "COMMAND LINES")
 *
 * Every function adds to @out and returns 0, or -1 with ERR_USAGE for what a unit file cannot
 * carry: control characters, and bytes that are no UTF-8. What does not fit sets @out->full.
 */
#ifndef INIT_SYSTEMD_QUOTE_H
#define INIT_SYSTEMD_QUOTE_H

#include "base/buf.h"
#include "base/err.h"

/* An argument of ExecStart=: `%` and `$` doubled, in double quotes when need be. */
int systemd_quote_argument(const char *word, struct buf *out, struct err *e);

/* The program of ExecStart=: as an argument, but systemd expands no `$` in it. */
int systemd_quote_program(const char *path, struct buf *out, struct err *e);

/*
 * A path in BindReadOnlyPaths=; one that is gone by then is passed over, so that the service
 * starts and can say so. Refused with quotes in it: systemd 257 loses them on the way to its
 * executor, and the service never starts.
 */
int systemd_quote_bind(const char *path, struct buf *out, struct err *e);

/* A path in TemporaryFileSystem=. Refused with quotes, ":" and backslash, for the same reason. */
int systemd_quote_tmpfs(const char *path, struct buf *out, struct err *e);

/*
 * A text as Description= has it: only `%` is special. Refused with a backslash at the end, which
 * would join the next line to it.
 */
int systemd_quote_text(const char *text, struct buf *out, struct err *e);

#endif
