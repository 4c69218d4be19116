/* SPDX-License-Identifier: MIT */
/*
 * version - versions of Tailscale as its packages carry them: three numbers, "1.102.3"
 *
 * The packages of all three tracks have this form. It is read strictly, because it becomes part
 * of URLs and of file names; on it the order is that of Tailscale's util/cmpver.
 */
#ifndef RELEASE_VERSION_H
#define RELEASE_VERSION_H

#include "base/err.h"

#include <stdint.h>

#define VERSION_TEXT 32 /* bytes of a version as text, with the NUL */

struct version {
	uint32_t major, minor, patch;
};

/* Names as they stand in URLs and behind --track. */
enum track { TRACK_STABLE, TRACK_UNSTABLE, TRACK_RELEASE_CANDIDATE };

/*
 * The oldest version that is installed, whatever a server offers or a user asks for: 1.52.0.
 *
 * An old release stays signed for ever, so a server (or whoever stands between) could offer one
 * with known holes. 1.52 is the first whose CLI runs a funnel in the foreground, which is all
 * that tsfunnel does with it, and later than 1.50, about which signatures began.
 */
extern const struct version version_floor;

/*
 * version_parse() - "1.102.3" and nothing else
 *
 * Three numbers of one to six digits without leading zeros. Errors: ERR_DATA, because most texts
 * come from a server; a command says ERR_USAGE instead where a person typed it.
 */
int version_parse(const char *text, struct version *v, struct err *e);

/* The text that version_parse() reads. */
void version_print(const struct version *v, char text[static VERSION_TEXT]);

/* Less than, equal to or greater than 0 as @a is older than, the same as or newer than @b. */
int version_compare(const struct version *a, const struct version *b);

/* ERR_DATA with a cure when @v is older than version_floor. */
int version_check_floor(const struct version *v, struct err *e);

/*
 * version_track() - where a release of that version is to be found
 *
 * An even second number is stable, an odd one unstable. Release candidates cannot be told from
 * stable releases by their version: one is found only where it was asked for by track.
 */
enum track version_track(const struct version *v);

/* "stable", "unstable", "release-candidate". */
const char *track_name(enum track t);

/* ERR_USAGE when @text names no track. */
int track_parse(const char *text, enum track *t, struct err *e);

#endif
