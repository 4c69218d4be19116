/* SPDX-License-Identifier: MIT */
/* name - see name.h */
#include "release/name.h"

#include "release/arch.h"

#include <stdio.h>
#include <string.h>

static void print(const struct name *n, const char *suffix, char text[static NAME_TEXT])
{
	char version[VERSION_TEXT];

	version_print(&n->version, version);
	snprintf(text, NAME_TEXT, "tailscale_%s_%s%s", version, n->arch, suffix);
}

void name_folder(const struct name *n, char text[static NAME_TEXT])
{
	print(n, "", text);
}

void name_file(const struct name *n, char text[static NAME_TEXT])
{
	print(n, ".tgz", text);
}

/* Copies up to @end, or to the end of the text, and returns what follows; NULL without room. */
static const char *cut(const char *text, const char *end, char *part, size_t cap)
{
	size_t len = strcspn(text, end);

	if (len >= cap)
		return NULL;
	memcpy(part, text, len);
	part[len] = '\0';
	return text + len + (text[len] != '\0');
}

/* Cuts the text at its underscores and, to be sure of every byte, prints the parts again. */
static int parse(const char *text, const char *suffix, struct name *n, struct err *e)
{
	char head[16], version[VERSION_TEXT], again[NAME_TEXT];
	struct name found;
	struct err why;
	const char *at = cut(text, "_", head, sizeof(head));

	at = at == NULL ? NULL : cut(at, "_", version, sizeof(version));
	if (at != NULL && cut(at, ".", found.arch, sizeof(found.arch)) != NULL &&
	    version_parse(version, &found.version, &why) == 0 && arch_is_known(found.arch)) {
		print(&found, suffix, again);
		if (strcmp(text, again) == 0) {
			*n = found;
			return 0;
		}
	}
	return err_set(e, ERR_DATA,
		       "cannot use \"%.80s\": not the name of a release, tailscale_VERSION_ARCH%s",
		       text, suffix);
}

int name_parse_folder(const char *text, struct name *n, struct err *e)
{
	return parse(text, "", n, e);
}

int name_parse_file(const char *text, struct name *n, struct err *e)
{
	return parse(text, ".tgz", n, e);
}
