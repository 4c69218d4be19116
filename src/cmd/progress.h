/* SPDX-License-Identifier: MIT */
/*
 * progress - how far a download is: a bar on a terminal, a line at its end elsewhere
 *
 * On standard error. NO_COLOR does not matter, there is none; TERM=dumb and --quiet do.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;
	bool bar; /* redraw one line */
	bool quiet;
	int64_t start_ms, drawn_ms;
	int64_t done, total;
};

void progress_init(struct progress *p, const char *what, bool quiet);

/* For package_request.progress: @ctx is a struct progress. */
void progress_tell(void *ctx, int64_t done, int64_t total);

/* Ends the bar's line, or says what was fetched; nothing when nothing was, or twice. The last
 * byte does it, too. */
void progress_done(struct progress *p);

#endif
