/* SPDX-License-Identifier: MIT */
/* s6_status - see s6_status.h */
#include "init/s6_status.h"

#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* "true " or "false " at *at, which moves behind it. */
static bool take_bool(const char **at, bool *value)
{
	*value = strncmp(*at, "true ", 5) == 0;
	if (!*value && strncmp(*at, "false ", 6) != 0)
		return false;
	*at += *value ? 5 : 6;
	return true;
}

static bool take_number(const char **at, char end, long *number)
{
	char *behind;

	if (strchr("-0123456789", **at) == NULL || **at == '\0')
		return false;
	*number = strtol(*at, &behind, 10);
	if (behind == *at || *behind != end || *number > INT_MAX || *number < -1)
		return false;
	*at = behind + 1;
	return true;
}

static void take_reason(const char *said, struct service_state *s)
{
	char line[512];
	const char *last = line;

	text_copy(line, sizeof(line), said);
	for (const char *at = line; (at = strstr(at, ": ")) != NULL; at += 2)
		last = at + 2;
	text_copy(s->text, sizeof(s->text), last);
}

bool s6_status_read(const char *said, int64_t now, struct service_state *s)
{
	const char *at = said;
	long pid, seconds;
	bool up, wanted;

	if (!take_bool(&at, &up) || !take_bool(&at, &wanted) || !take_number(&at, ' ', &pid) ||
	    !take_number(&at, '\n', &seconds) || *at != '\0' || seconds < 0 || up != (pid > 0)) {
		char line[512];
		size_t len = strcspn(said, "\n");

		if (len >= sizeof(line))
			len = sizeof(line) - 1;
		memcpy(line, said, len);
		line[len] = '\0';
		take_reason(line, s);
		return false;
	}
	s->active = up || wanted;
	s->starting = !up && wanted;
	s->pid = up ? (pid_t)pid : 0;
	s->since = now - seconds;
	text_copy(s->text, sizeof(s->text),
		  up       ? wanted ? "up" : "up, want down"
		  : wanted ? "down, want up"
			   : "down");
	return true;
}
