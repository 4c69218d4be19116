/* SPDX-License-Identifier: MIT */
/* cmd help - `help`, `help VERB`, and topics that are no verbs */
#include "cmd/cmd.h"
#include "cmd/nearest.h"
#include "cmd/usage.h"

#include <stdio.h>
#include <string.h>

static const struct topic {
	const char *name;
	void (*print)(struct buf *out);
} topics[] = {
	{"exit-codes", usage_exit_codes},
	{"states", usage_states},
};

#define TOPICS (sizeof(topics) / sizeof(topics[0]))

static const struct topic *topic_find(const char *name)
{
	for (size_t i = 0; i < TOPICS; i++)
		if (strcmp(topics[i].name, name) == 0)
			return &topics[i];
	return NULL;
}

/* verb_find() has offered the nearest verb; the topics are offered too. */
static int offer_topic(const char *name, struct err *e)
{
	struct nearest near = {0};

	for (size_t i = 0; i < TOPICS; i++)
		nearest_offer(&near, name, topics[i].name);
	return near.word != NULL ? err_cure(e, "did you mean `tsfunnel help %s`?", near.word) : -1;
}

int cmd_help(const struct options *o, struct err *e)
{
	static char text[USAGE_MAX];
	struct buf out = BUF_OF(text);
	const struct topic *topic = o->topic == NULL ? NULL : topic_find(o->topic);
	const struct verb *v;

	if (o->topic == NULL) {
		usage_overview(&out);
	} else if (topic != NULL) {
		topic->print(&out);
	} else {
		v = verb_find(o->topic, e);
		if (v == NULL)
			return offer_topic(o->topic, e);
		usage_verb(v, &out);
	}
	if (buf_full(&out))
		return err_set(e, ERR_BUG, "cannot print the help: no room");
	fputs(text, stdout);
	return 0;
}
