/* SPDX-License-Identifier: MIT */
/* place - see place.h */
#include "install/place.h"

#include "archive/tgz.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "init/init.h"
#include "install/self.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Beside the target; the name is fixed, so that what a kill left is found again. */
#define STAGED ".tsfunnel-new"

static const char *const fallbacks[] = {PLACE_PREFIX, "/opt/tailscale", MANIFEST_DIR "/tailscale"};

struct unpack {
	const struct place *pl;
	char digest[TGZ_FILES][FILE_DIGEST_LEN];
	char unit[TGZ_TEXT_MAX + 1];
	char defaults[TGZ_TEXT_MAX + 1];
};

int place_choose(struct place *pl, const char *prefix, struct err *e)
{
	const char *reason = NULL, *first = prefix != NULL ? prefix : fallbacks[0];

	memset(pl, 0, sizeof(*pl));
	for (size_t i = 0; prefix == NULL && i < sizeof(fallbacks) / sizeof(fallbacks[0]); i++) {
		snprintf(pl->daemon, sizeof(pl->daemon), "%s/sbin/tailscaled", fallbacks[i]);
		if (self_unusable(pl->daemon) == NULL) {
			prefix = fallbacks[i];
			break;
		}
	}
	snprintf(pl->prefix, sizeof(pl->prefix), "%s", prefix != NULL ? prefix : first);
	if (snprintf(pl->daemon, sizeof(pl->daemon), "%s/sbin/tailscaled", pl->prefix) >=
		    (int)sizeof(pl->daemon) - (int)sizeof(STAGED) ||
	    snprintf(pl->cli, sizeof(pl->cli), "%s/bin/tailscale", pl->prefix) >=
		    (int)sizeof(pl->cli) - (int)sizeof(STAGED))
		return err_set(e, ERR_USAGE, "cannot use --prefix: the path is too long");
	reason = self_unusable(pl->daemon);
	if (reason == NULL)
		return 0;
	err_set(e, ERR_CREATE, "cannot place Tailscale in %s: %s", first, reason);
	return err_cure(e, "--prefix DIR names a place that can be written and executed from");
}

static const char *target_of(const struct place *pl, enum tgz_file file)
{
	return file == TGZ_TAILSCALE ? pl->cli : pl->daemon;
}

static void staged_name(const char *target, char name[static PATH_MAX])
{
	snprintf(name, PATH_MAX, "%s" STAGED, target);
}

static int make_folder_of(const char *path, struct err *e)
{
	char dir[MANIFEST_PATH_MAX];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return 0;
	*slash = '\0';
	return file_make_dir(dir, 0755, e);
}

/* A program of the package, synced, beside its target. */
static int stage(struct unpack *u, const struct tgz_member *m, struct tgz *t, struct err *e)
{
	const char *target = target_of(u->pl, m->file);
	char name[PATH_MAX], chunk[16384];
	AUTO_FD int fd = -1;
	ssize_t n;

	staged_name(target, name);
	if (make_folder_of(target, e) != 0 || file_remove(name, e) != 0)
		return -1;
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0755);
	if (fd < 0 || fchmod(fd, 0755) != 0)
		return err_sys(e, err_code_of(errno, ERR_CREATE), "cannot create %s", name);
	while ((n = tgz_read(t, chunk, sizeof(chunk), e)) > 0)
		if (file_write_all(fd, chunk, (size_t)n) != 0)
			return err_sys(e, ERR_IO, "cannot write %s", name);
	if (n < 0)
		return -1;
	if (fsync(fd) != 0)
		return err_sys(e, ERR_IO, "cannot write %s", name);
	return file_digest_fd(fd, name, u->digest[m->file], e);
}

static int read_text(char text[static TGZ_TEXT_MAX + 1], const struct tgz_member *m, struct tgz *t,
		     struct err *e)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < TGZ_TEXT_MAX) {
		n = tgz_read(t, text + len, TGZ_TEXT_MAX - len, e);
		if (n < 0)
			return -1;
		len += (size_t)n;
	}
	text[len] = '\0';
	return strlen(text) == m->size
		       ? 0
		       : err_set(e, ERR_DATA, "cannot use %s: it is no text", m->name);
}

static int take(void *ctx, const struct tgz_member *m, struct tgz *t, struct err *e)
{
	struct unpack *u = ctx;

	switch (m->file) {
	case TGZ_TAILSCALE:
	case TGZ_TAILSCALED:
		return stage(u, m, t, e);
	case TGZ_SERVICE:
		return read_text(u->unit, m, t, e);
	case TGZ_DEFAULTS:
		return read_text(u->defaults, m, t, e);
	case TGZ_FILES:
		break;
	}
	return 0;
}

static int check_room(const struct place *pl, const struct package *p, struct err *e)
{
	if (make_folder_of(pl->daemon, e) != 0)
		return -1;
	return file_check_room(pl->prefix, (int64_t)p->unpacked, "place Tailscale in", e);
}

/* Removes what was staged; the targets were not touched. */
static int drop_staged(const struct place *pl)
{
	char name[PATH_MAX];

	staged_name(pl->cli, name);
	unlink(name);
	staged_name(pl->daemon, name);
	unlink(name);
	return -1;
}

static int swap(const struct unpack *u, enum tgz_file file, struct manifest *m, struct err *e)
{
	const char *target = target_of(u->pl, file);
	char name[PATH_MAX];

	staged_name(target, name);
	if (manifest_add_file(m, MANIFEST_TAILSCALE, target, u->digest[file], e) != 0 ||
	    manifest_save(m, e) != 0)
		return -1;
	return file_move(name, target, e);
}

/* A text of the package, unless somebody else's file is there. */
static int put_text(struct manifest *m, const char *path, const char *text, struct err *e)
{
	char digest[FILE_DIGEST_LEN];

	if (file_exists(path) && manifest_find_file(m, path) == NULL) {
		log_info("%s is there already and stays as it is", path);
		return 0;
	}
	file_digest_bytes(text, strlen(text), digest);
	if (manifest_add_file(m, MANIFEST_TAILSCALE, path, digest, e) != 0 ||
	    manifest_save(m, e) != 0 || make_folder_of(path, e) != 0)
		return -1;
	return file_replace(path, text, strlen(text), 0644, e);
}

int place_adapt_unit(const char *text, const char *daemon, char *out, size_t cap, struct err *e)
{
	static const char packaged[] = PLACE_PREFIX "/sbin/tailscaled";
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

void place_remove_folders(const char *program)
{
	char dir[MANIFEST_PATH_MAX];

	/* bin or sbin, then the prefix; those of /usr are never empty. */
	snprintf(dir, sizeof(dir), "%s", program);
	for (int i = 0; i < 2; i++) {
		char *slash = strrchr(dir, '/');

		if (slash == NULL || slash == dir)
			return;
		*slash = '\0';
		if (rmdir(dir) != 0)
			return;
	}
}

int place_files(const struct place *pl, const struct package *p, struct manifest *m, struct err *e)
{
	static char unit[2 * TGZ_TEXT_MAX];
	static struct unpack u;
	char folder[NAME_TEXT];

	u = (struct unpack){.pl = pl};
	name_folder(&p->name, folder);
	if (check_room(pl, p, e) != 0)
		return -1;
	if (tgz_walk(p->fd, p->from, folder, take, &u, e) != 0 ||
	    place_adapt_unit(u.unit, pl->daemon, unit, sizeof(unit), e) != 0)
		return drop_staged(pl);
	if (swap(&u, TGZ_TAILSCALE, m, e) != 0 || swap(&u, TGZ_TAILSCALED, m, e) != 0)
		return -1;
	if (put_text(m, PLACE_DEFAULTS, u.defaults, e) != 0)
		return -1;
	return put_text(m, PLACE_UNIT, unit, e);
}
