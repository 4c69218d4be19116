/* SPDX-License-Identifier: MIT */
/* index - see index.h */
#include "release/index.h"

#include "base/json.h"
#include "release/portal.h"

#include <stdio.h>
#include <string.h>

#define WHAT "the index of packages"

/* The tarball that the index names for @arch. */
static int from_tarballs(const cJSON *tarballs, const char *arch, struct name *n, struct err *e)
{
	const char *file = json_string(tarballs, arch);

	if (!cJSON_IsObject(tarballs))
		return err_set(e, ERR_DATA, "cannot read " WHAT ": Tarballs is no object");
	if (json_get(tarballs, arch) == NULL) {
		err_set(e, ERR_UNAVAILABLE,
			"cannot fetch Tailscale: this track has no package for "
			"architecture %s",
			arch);
		return err_cure(e, "Try another --track, or name a --version that had one.");
	}
	if (name_parse_file(file, n, e) != 0)
		return err_wrap(e, "cannot read " WHAT);
	if (strcmp(n->arch, arch) != 0)
		return err_set(e, ERR_DATA, "cannot read " WHAT ": it names %s for architecture %s",
			       file, arch);
	return 0;
}

int index_read(const char *text, size_t len, const char *arch, struct index_offer *offer,
	       struct err *e)
{
	AUTO_JSON cJSON *doc = NULL;
	struct index_offer found = {{{0, 0, 0}, ""}, {0, 0, 0}};
	const cJSON *tarballs;

	if (len > INDEX_MAX)
		return err_set(e, ERR_DATA, "cannot read " WHAT ": larger than 256 KiB");
	if (portal_is_page(text, len))
		return portal_error(WHAT, e);
	doc = json_parse(text, len, WHAT, e);
	if (doc == NULL)
		return -1;
	if (version_parse(json_string(doc, "TarballsVersion"), &found.newest, e) != 0)
		return err_wrap(e, "cannot read " WHAT ": TarballsVersion");
	tarballs = json_get(doc, "Tarballs");
	if (tarballs != NULL) {
		if (from_tarballs(tarballs, arch, &found.name, e) != 0)
			return -1;
	} else {
		found.name.version = found.newest;
		snprintf(found.name.arch, sizeof(found.name.arch), "%s", arch);
	}
	*offer = found;
	return 0;
}
