/* SPDX-License-Identifier: MIT */
/* cmd help - `help`, `help VERB`, `help exit-codes` */
#include "cmd/cmd.h"
#include "cmd/nearest.h"
#include "cmd/usage.h"

#include <stdio.h>
#include <string.h>

/* The one topic that is no verb is offered too. */
static int near_exit_codes(const char *topic, struct err *e)
{
	struct nearest near = {0};

	nearest_offer(&near, topic, "exit-codes");
	return near.word != NULL ? err_cure(e, "did you mean `tsfunnel help exit-codes`?") : -1;
}

int cmd_help(const struct options *o, struct err *e)
{
	static char text[USAGE_MAX];
	struct buf out = BUF_OF(text);
	const struct verb *v;

	if (o->topic == NULL) {
		usage_overview(&out);
	} else if (strcmp(o->topic, "exit-codes") == 0) {
		usage_exit_codes(&out);
	} else {
		v = verb_find(o->topic, e);
		if (v == NULL)
			return near_exit_codes(o->topic, e);
		usage_verb(v, &out);
	}
	if (buf_full(&out))
		return err_set(e, ERR_BUG, "cannot print the help: no room");
	fputs(text, stdout);
	return 0;
}
