/* SPDX-License-Identifier: MIT */
/* deadline - see deadline.h */
#include "base/deadline.h"

#include <limits.h>
#include <time.h>

/* tailscaled answers within milliseconds. */
#define LEAST_MS 500

int64_t deadline_now_ms(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct deadline deadline_never(void)
{
	return (struct deadline){DEADLINE_NEVER};
}

struct deadline deadline_in(int64_t ms)
{
	return ms < 0 ? deadline_never() : (struct deadline){deadline_now_ms() + ms};
}

struct deadline deadline_sooner(struct deadline a, struct deadline b)
{
	return a.at_ms < b.at_ms ? a : b;
}

struct deadline deadline_within(int64_t ms, struct deadline until)
{
	struct deadline d = deadline_sooner(deadline_in(ms), until), least = deadline_in(LEAST_MS);

	return d.at_ms > least.at_ms ? d : least;
}

bool deadline_passed(struct deadline d)
{
	return d.at_ms != DEADLINE_NEVER && deadline_now_ms() >= d.at_ms;
}

int deadline_left_ms(struct deadline d)
{
	int64_t left;

	if (d.at_ms == DEADLINE_NEVER)
		return -1;
	left = d.at_ms - deadline_now_ms();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int deadline_pause(int ms, int first, int last)
{
	if (ms <= 0)
		return first;
	return ms > last / 2 ? last : ms * 2;
}
