/* SPDX-License-Identifier: MIT */
/* version - see version.h */
#include "release/version.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 6

const struct version version_floor = {1, 52, 0};

static const char *const track_names[] = {
	[TRACK_STABLE] = "stable",
	[TRACK_UNSTABLE] = "unstable",
	[TRACK_RELEASE_CANDIDATE] = "release-candidate",
};

#define TRACKS (sizeof(track_names) / sizeof(track_names[0]))

/* One number without leading zeros; returns what stands behind it, or NULL. */
static const char *number(const char *p, uint32_t *value)
{
	size_t digits = strspn(p, "0123456789");

	if (digits == 0 || digits > DIGITS_MAX || (p[0] == '0' && digits > 1))
		return NULL;
	*value = 0;
	for (size_t i = 0; i < digits; i++)
		*value = *value * 10 + (uint32_t)(p[i] - '0');
	return p + digits;
}

int version_parse(const char *text, struct version *v, struct err *e)
{
	struct version found = {0, 0, 0};
	const char *p = number(text, &found.major);

	if (p != NULL && *p == '.')
		p = number(p + 1, &found.minor);
	else
		p = NULL;
	if (p != NULL && *p == '.')
		p = number(p + 1, &found.patch);
	else
		p = NULL;
	if (p == NULL || *p != '\0')
		return err_set(e, ERR_DATA,
			       "cannot read version \"%.40s\": not three numbers as in 1.102.3",
			       text);
	*v = found;
	return 0;
}

void version_print(const struct version *v, char text[static VERSION_TEXT])
{
	snprintf(text, VERSION_TEXT, "%" PRIu32 ".%" PRIu32 ".%" PRIu32, v->major, v->minor,
		 v->patch);
}

static int order(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

int version_compare(const struct version *a, const struct version *b)
{
	if (a->major != b->major)
		return order(a->major, b->major);
	if (a->minor != b->minor)
		return order(a->minor, b->minor);
	return order(a->patch, b->patch);
}

int version_check_floor(const struct version *v, struct err *e)
{
	char text[VERSION_TEXT], floor[VERSION_TEXT];

	if (version_compare(v, &version_floor) >= 0)
		return 0;
	version_print(v, text);
	version_print(&version_floor, floor);
	err_set(e, ERR_DATA, "cannot use Tailscale %s: older than %s", text, floor);
	return err_cure(e, "Older ones cannot run a funnel in the foreground. Leave out --version, "
			   "or use a mirror that is kept up to date.");
}

enum track version_track(const struct version *v)
{
	return v->minor % 2 == 0 ? TRACK_STABLE : TRACK_UNSTABLE;
}

const char *track_name(enum track t)
{
	return track_names[t];
}

int track_parse(const char *text, enum track *t, struct err *e)
{
	for (size_t i = 0; i < TRACKS; i++) {
		if (strcmp(text, track_names[i]) == 0) {
			*t = (enum track)i;
			return 0;
		}
	}
	return err_set(e, ERR_USAGE,
		       "cannot use track \"%.40s\": it is stable, unstable or release-candidate",
		       text);
}
