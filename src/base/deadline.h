/* SPDX-License-Identifier: MIT */
/*
 * deadline - an absolute point in monotonic time
 *
 * Every call that may block takes one, made once at the top; no relative time-out is passed
 * down. CLOCK_BOOTTIME, so that a suspended VM's sleep counts.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

struct deadline {
	int64_t at_ms; /* since boot; DEADLINE_NEVER: does not pass */
};

#define DEADLINE_NEVER INT64_MAX

int64_t deadline_now_ms(void);
struct deadline deadline_in(int64_t ms); /* ms < 0: never */
struct deadline deadline_never(void);
struct deadline deadline_sooner(struct deadline a, struct deadline b);

/* As deadline_in(), cut by @until, but never to nothing: one more answer may be on its way. */
struct deadline deadline_within(int64_t ms, struct deadline until);
bool deadline_passed(struct deadline d);

/* The next pause after one of @ms (0: none yet): @first, then twice the last, at most @last. */
int deadline_pause(int ms, int first, int last);

/* Milliseconds left for poll(2): -1 for never, 0 when passed, at most INT_MAX. */
int deadline_left_ms(struct deadline d);

#endif
