/* SPDX-License-Identifier: MIT */
/* runit_status - see runit_status.h */
#include "init/runit_status.h"

#include "base/text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 512

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* What follows "run: /etc/sv/x: ", without what is said of the log; @line stays if there is none.
 */
static void take_words(const char *said, char line[static LINE_MAX_LEN])
{
	const char *at = strstr(said, ": ");
	size_t len;

	at = at != NULL ? strstr(at + 2, ": ") : NULL;
	if (at == NULL)
		return;
	at += 2;
	len = strcspn(at, ";\n");
	if (len >= LINE_MAX_LEN)
		return;
	memcpy(line, at, len);
	line[len] = '\0';
}

/* A number from @at that ends in @end; what is behind it, or NULL. */
static const char *take_number(const char *at, const char *end, long *number)
{
	char *behind;

	if (*at < '0' || *at > '9')
		return NULL;
	*number = strtol(at, &behind, 10);
	return *number != LONG_MAX && starts(behind, end) ? behind + strlen(end) : NULL;
}

bool runit_status_read(const char *said, int64_t now, struct service_state *s)
{
	static const char *const known[] = {"run", "finish", "down"};
	char line[LINE_MAX_LEN] = "", text[LINE_MAX_LEN + 16];
	const char *at = line, *state = NULL;
	long pid = 0, seconds = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (starts(said, known[i]) && said[strlen(known[i])] == ':')
			state = known[i];
	take_words(said, line);
	if (starts(at, "(pid "))
		at = take_number(at + 5, ") ", &pid);
	at = at != NULL ? take_number(at, "s", &seconds) : NULL;
	if (state == NULL || at == NULL || pid > INT_MAX) {
		text_copy(s->text, sizeof(s->text), line);
		return false;
	}
	s->pid = state == known[0] ? (pid_t)pid : 0;
	s->since = now - seconds;
	s->active = state == known[0] || strstr(at, ", want up") != NULL ||
		    (state == known[1] && strstr(at, ", want ") == NULL);
	s->starting = s->active && state != known[0];
	snprintf(text, sizeof(text), "%s%s", state, at);
	text_copy(s->text, sizeof(s->text), text);
	return true;
}
