/* SPDX-License-Identifier: MIT */
/*
 * process - run a program to its end and read what it says
 *
 * No shell. Standard input is /dev/null, standard output and error come back in one text. The
 * environment is ours, with LC_ALL=C and without pager and colours. The child dies with us.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/deadline.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct process_result {
	int status;     /* exit status, or 128 + signal */
	char out[4096]; /* what it printed, cut at the end; NUL-terminated */
};

/*
 * process_run() - run argv[0] (a path, or a name looked up in PATH)
 *
 * Return: 0 when it ran and ended, whatever its status. -1: ERR_NOTFOUND or ERR_NOEXEC when it
 * could not be started, ERR_TIMEOUT when it was killed at the deadline, ERR_IO.
 */
int process_run(const char *const argv[], struct deadline until, struct process_result *r,
		struct err *e);

/* From now on, or no longer, process_run() runs nothing: ERR_BUG. For work on a foreign file tree.
 */
void process_forbid(bool forbidden);

/* The first line of what it printed, for messages: cut in place. */
const char *process_first_line(struct process_result *r);

#endif
