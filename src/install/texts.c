/* SPDX-License-Identifier: MIT */
/* texts - see texts.h */
#include "install/texts.h"

#include "archive/tgz.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "init/init.h"

#include <stdio.h>
#include <string.h>

/* Where each goes, and its name among the files of a generation. */
static const struct {
	const char *path;
	const char *name;
} rows[] = {
	{TEXTS_DEFAULTS, "tailscaled.defaults"},
	{TEXTS_UNIT, "tailscaled.service"},
};

/* The package's, and the adapted unit's longer paths. */
#define TEXT_MAX (2 * TGZ_TEXT_MAX)

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int texts_adapt_unit(const char *text, const char *daemon, char *out, size_t cap, struct err *e)
{
	static const char packaged[] = "/usr/sbin/tailscaled";
	struct buf b = buf_over(out, cap);
	const char *at = text, *hit;

	buf_add(&b, INIT_MARKER ": from Tailscale's package.\n");
	while ((hit = strstr(at, packaged)) != NULL) {
		buf_add_bytes(&b, at, (size_t)(hit - at));
		buf_add(&b, daemon);
		at = hit + strlen(packaged);
	}
	if (at == text)
		return err_set(e, ERR_DATA,
			       "cannot use the package's tailscaled.service: it does "
			       "not start %s",
			       packaged);
	buf_add(&b, at);
	return buf_full(&b) ? err_set(e, ERR_DATA,
				      "cannot use the package's tailscaled.service: "
				      "it is too long")
			    : 0;
}

/* The text that is there, if it is as we wrote it: an edited one is not replaced anyway. */
static int keep_old(const struct programs *at, size_t i, const struct manifest_file *row,
		    struct err *e)
{
	static char text[TEXT_MAX];
	char path[PATH_MAX], digest[FILE_DIGEST_LEN];
	struct err ignored;
	size_t len;

	if (row == NULL || file_read(rows[i].path, text, sizeof(text), &len, &ignored) != 0)
		return 0;
	file_digest_bytes(text, len, digest);
	if (strcmp(digest, row->digest) != 0)
		return 0;
	generation_file(at, GENERATION_OLD, rows[i].name, path);
	return file_replace(path, text, len, 0644, e);
}

int texts_keep(const struct programs *to, const char *defaults, const char *unit,
	       const struct manifest *m, struct err *e)
{
	static char adapted[TEXT_MAX];
	const char *const text[ROWS] = {defaults, adapted};
	char path[PATH_MAX];

	if (texts_adapt_unit(unit, to->daemon, adapted, sizeof(adapted), e) != 0)
		return -1;
	for (size_t i = 0; i < ROWS; i++) {
		generation_file(to, GENERATION_NEW, rows[i].name, path);
		if (file_replace(path, text[i], strlen(text[i]), 0644, e) != 0 ||
		    keep_old(to, i, manifest_find_file(m, rows[i].path), e) != 0)
			return -1;
	}
	return 0;
}

/* Is a text in place still as one of us wrote it: as recorded, or as either generation has it? */
static bool is_untouched(const struct programs *at, size_t i, const struct manifest_file *row)
{
	char now[FILE_DIGEST_LEN], other[FILE_DIGEST_LEN], path[PATH_MAX];
	struct err ignored;

	if (row == NULL || file_digest(rows[i].path, now, &ignored) != 0)
		return false;
	if (strcmp(now, row->digest) == 0)
		return true;
	for (enum generation g = GENERATION_OLD; g <= GENERATION_NEW; g++) {
		generation_file(at, g, rows[i].name, path);
		if (file_digest(path, other, &ignored) == 0 && strcmp(now, other) == 0)
			return true;
	}
	return false;
}

static int write_text(size_t i, const char *text, struct manifest *m, struct err *e)
{
	const char *path = rows[i].path;
	char digest[FILE_DIGEST_LEN];

	file_digest_bytes(text, strlen(text), digest);
	/* Known before it is there; where one of ours is replaced, the old digest stands until
	 * then. */
	if (manifest_find_file(m, path) == NULL &&
	    (manifest_add_file(m, MANIFEST_TAILSCALE, path, digest, e) != 0 ||
	     manifest_save(m, e) != 0))
		return -1;
	if (file_make_parent(path, 0755, e) != 0 ||
	    file_replace(path, text, strlen(text), 0644, e) != 0 ||
	    manifest_add_file(m, MANIFEST_TAILSCALE, path, digest, e) != 0)
		return -1;
	return manifest_save(m, e);
}

/* A text of the generation that holds, unless somebody else's or an edited one is there. */
static int put_text(const struct programs *at, size_t i, struct manifest *m, struct err *e)
{
	static char text[TEXT_MAX], now[TEXT_MAX];
	const char *path = rows[i].path;
	char from[PATH_MAX];
	struct err ignored;

	generation_file(at, generation_current(at), rows[i].name, from);
	if (!file_exists(from))
		return 0;
	if (file_read(from, text, sizeof(text), NULL, e) != 0)
		return -1;
	if (!file_exists(path) || is_untouched(at, i, manifest_find_file(m, path)))
		return write_text(i, text, m, e);
	if (file_read(path, now, sizeof(now), NULL, &ignored) != 0 || strcmp(now, text) != 0)
		log_info("%s is there already and stays as it is", path);
	return 0;
}

int texts_put(const struct programs *at, struct manifest *m, struct err *e)
{
	if (generation_current(at) == GENERATION_NONE)
		return 0;
	for (size_t i = 0; i < ROWS; i++) {
		if (at->without_unit && strcmp(rows[i].path, TEXTS_UNIT) == 0)
			continue;
		if (put_text(at, i, m, e) != 0)
			return -1;
	}
	return 0;
}
