/* SPDX-License-Identifier: MIT */
/*
 * name - a release's name: which version for which architecture
 *
 * A tarball "tailscale_1.102.3_amd64.tgz" holds one folder "tailscale_1.102.3_amd64". The
 * signature covers the folder's name, not that of the file: it is the folder that binds
 * version and architecture.
 */
#ifndef RELEASE_NAME_H
#define RELEASE_NAME_H

#include "base/err.h"
#include "release/version.h"

#define NAME_ARCH 16 /* bytes of an architecture's name, with the NUL */
#define NAME_TEXT 64 /* bytes of a file's or folder's name, with the NUL */

struct name {
	struct version version;
	char arch[NAME_ARCH]; /* one of arch_names */
};

/* "tailscale_1.102.3_amd64" */
void name_folder(const struct name *n, char text[static NAME_TEXT]);

/* "tailscale_1.102.3_amd64.tgz" */
void name_file(const struct name *n, char text[static NAME_TEXT]);

/*
 * name_parse_folder(), name_parse_file() - the reverse; every other text is refused
 *
 * Errors: ERR_DATA for another form, version or an architecture that Tailscale does not build.
 */
int name_parse_folder(const char *text, struct name *n, struct err *e);
int name_parse_file(const char *text, struct name *n, struct err *e);

#endif
