/* SPDX-License-Identifier: MIT */
/* progress - see progress.h */
#include "cmd/progress.h"

#include "base/deadline.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REDRAW_MS 100
#define BAR_WIDTH 30
#define MIB (1024.0 * 1024.0)

void progress_init(struct progress *p, const char *what, bool quiet)
{
	const char *term = getenv("TERM");

	*p = (struct progress){.what = what, .quiet = quiet, .start_ms = deadline_now_ms()};
	p->bar = !quiet && isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

static double rate_of(const struct progress *p)
{
	int64_t ms = deadline_now_ms() - p->start_ms;

	return (double)p->done / (ms > 0 ? (double)ms / 1000 : 0.001);
}

static void draw(const struct progress *p)
{
	double rate = rate_of(p);
	char bar[BAR_WIDTH + 1];
	int filled;

	if (p->total <= 0) {
		fprintf(stderr, "\r%s %.1f MiB, %.1f MiB/s\033[K", p->what, (double)p->done / MIB,
			rate / MIB);
		return;
	}
	filled = (int)(p->done * BAR_WIDTH / p->total);
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', (size_t)filled);
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r%s [%s] %.1f of %.1f MiB, %.1f MiB/s, %.0f s left\033[K", p->what, bar,
		(double)p->done / MIB, (double)p->total / MIB, rate / MIB,
		rate > 0 ? (double)(p->total - p->done) / rate : 0);
}

void progress_tell(void *ctx, int64_t done, int64_t total)
{
	struct progress *p = ctx;
	int64_t now = deadline_now_ms();

	p->done = done;
	p->total = total;
	if (p->bar && (now - p->drawn_ms >= REDRAW_MS || done == total)) {
		p->drawn_ms = now;
		draw(p);
	}
	if (done == total)
		progress_done(p);
}

void progress_done(struct progress *p)
{
	if (p->done == 0 || p->quiet)
		return;
	if (p->bar)
		fputc('\n', stderr);
	else
		log_info("%s: %.1f MiB in %.1f s", p->what, (double)p->done / MIB,
			 (double)(deadline_now_ms() - p->start_ms) / 1000);
	p->done = 0;
}
