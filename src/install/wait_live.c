/* SPDX-License-Identifier: MIT */
/* wait_live - see wait_live.h */
#include "install/wait_live.h"

#include "base/log.h"
#include "launch/live.h"
#include "launch/state.h"
#include "store/rundir.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/*
 * The serve configuration has no events of its own. From the restart of the service to the
 * entry it takes about 0.2 s (measured), so the first questions come quickly.
 */
#define PAUSE_FIRST_MS 20
#define PAUSE_MAX_MS 500
#define ASK_MS 3000

/* After --timeout 0, time for the entry to appear when nobody has to act: 0.2 s were measured
 * on a quiet machine, many times that on a busy one. */
#define GRACE_MS 15000

/* A service that ended this often has a fault that waiting does not cure. */
#define RESTARTS_MAX 8

static void pause_ms(int64_t ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};

	nanosleep(&ts, NULL);
}

/* The row of the state table that the launcher is in; NULL when it does not wait. */
static const struct state_row *waiting_row(const struct run_status *s)
{
	enum state state = state_named(s->state);

	return state != STATE_COUNT && state_waits(state) ? state_row(state) : NULL;
}

/* Tells each state once. */
static void tell(const struct run_status *now, char *told, size_t cap)
{
	if (strcmp(now->text, told) == 0)
		return;
	strncpy(told, now->text, cap - 1);
	log_notice("waiting: %s%s%s", now->text, now->url[0] != '\0' ? ": " : "", now->url);
}

static int give_up(struct install *in, const struct run_status *s, const struct state_row *row,
		   struct err *e)
{
	char logs[INIT_PATH_MAX];

	if (row == NULL) {
		err_set(e, ERR_TIMEOUT, "cannot see the funnel stand: no entry for port %u in time",
			in->funnel.port);
		return err_cure(e, "see %s; it goes on trying",
				init_text(in->init->hints.logs, in->funnel.service, logs,
					  sizeof(logs)));
	}
	err_set(e, row->code, "cannot bring the funnel up: %s", s->text);
	if (s->url[0] != '\0')
		return err_cure(e, "the service waits and goes on by itself after a visit to: %s",
				s->url);
	return err_cure(e, "the service waits and goes on by itself when that has changed");
}

/* @before: restarts at the first look, -1 then: they may be of days ago. */
static int check_restarts(struct install *in, int *before, struct err *e)
{
	char logs[INIT_PATH_MAX];
	struct service_state s;

	if (in->init->query(in->funnel.service, &s, e) != 0)
		return -1;
	if (*before < 0 || s.restarts < *before)
		*before = s.restarts;
	if (s.restarts - *before < RESTARTS_MAX)
		return 0;
	err_set(e, ERR_FAILED, "cannot bring the funnel up: %s was restarted %d times, %s",
		in->funnel.service, s.restarts, s.text);
	return err_cure(e, "see %s",
			init_text(in->init->hints.logs, in->funnel.service, logs, sizeof(logs)));
}

/* Whether the launcher waits, and for what; or what keeps the entry of the CLI from being live. */
static const struct state_row *look_at_launcher(struct install *in, const struct live *now,
						struct run_status *s)
{
	const struct state_row *row;
	struct err ignored;
	enum state state;

	memset(s, 0, sizeof(*s));
	if (rundir_read(in->funnel.service, s, &ignored) != 0)
		return NULL;
	row = waiting_row(s);
	state = now->daemon ? state_of(&now->node, &in->funnel) : STATE_READY;
	if (row != NULL || state == STATE_READY)
		return row;
	row = state_row(state);
	snprintf(s->text, sizeof(s->text), "%s", row->text);
	s->url[0] = '\0';
	return row;
}

static int take_url(struct install *in, const struct live *now)
{
	struct buf url = BUF_OF(in->url);

	in->node = now->node;
	funnel_url(&in->funnel, now->node.dns_name, &url);
	return 0;
}

int wait_live(struct install *in, struct err *e)
{
	/* With --timeout 0 nobody is waited for, but the entry may take its time. */
	const bool no_wait = in->args->timeout_ms == 0;
	const struct deadline until = no_wait ? deadline_in(GRACE_MS) : in->until;
	int64_t pause = PAUSE_FIRST_MS;
	int restarts = -1;
	char told[sizeof(((struct run_status *)0)->text)] = "";

	for (;;) {
		const struct state_row *row;
		struct run_status status;
		struct live now;

		if (live_ask(in->funnel.socket, deadline_within(ASK_MS, until), &now, e) != 0)
			return -1;
		if (live_own_entry(&now, in->funnel.service, in->funnel.port) != NULL)
			return take_url(in, &now);
		row = look_at_launcher(in, &now, &status);
		if (row != NULL)
			tell(&status, told, sizeof(told));
		if (deadline_passed(until) || (no_wait && row != NULL && row->person))
			return give_up(in, &status, row, e);
		if (check_restarts(in, &restarts, e) != 0)
			return -1;
		pause_ms(pause);
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
}
