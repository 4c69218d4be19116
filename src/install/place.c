/* SPDX-License-Identifier: MIT */
/* place - see place.h */
#include "install/place.h"

#include "archive/tgz.h"
#include "base/auto.h"
#include "base/file.h"
#include "install/self.h"
#include "install/texts.h"
#include "trust/digester.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const fallbacks[] = {PLACE_PREFIX, "/opt/tailscale", MANIFEST_DIR "/tailscale"};

/* Bytes after which the disk begins to write: most of a program is there when it is synced. */
#define WRITE_OUT ((off_t)8 << 20)

struct unpack {
	struct programs *to;
	char text[TGZ_FILES][TGZ_TEXT_MAX + 1];
	int fd[TGZ_FILES]; /* of the programs, written and not yet synced; -1 without */
};

int place_choose(struct programs *to, const char *prefix, struct err *e)
{
	const char *reason = NULL, *first = prefix != NULL ? prefix : fallbacks[0];

	for (size_t i = 0; prefix == NULL && i < sizeof(fallbacks) / sizeof(fallbacks[0]); i++) {
		if (programs_of(fallbacks[i], to, e) == 0 && self_unusable(to->daemon) == NULL)
			prefix = fallbacks[i];
	}
	if (programs_of(prefix != NULL ? prefix : first, to, e) != 0)
		return -1;
	reason = self_unusable(to->daemon);
	if (reason == NULL)
		return 0;
	err_set(e, ERR_CREATE, "cannot place Tailscale in %s: %s", first, reason);
	return err_cure(e, "--prefix DIR names a place that can be written and executed from");
}

bool place_find(const struct manifest *m, struct programs *at)
{
	static const char end[] = "/bin/tailscale";
	struct err ignored;

	for (size_t i = 0; i < m->file_count; i++) {
		char prefix[MANIFEST_PATH_MAX];
		size_t len = strlen(m->files[i].path);

		if (m->files[i].part != MANIFEST_TAILSCALE || len < sizeof(end) - 1 ||
		    strcmp(m->files[i].path + len - (sizeof(end) - 1), end) != 0)
			continue;
		memcpy(prefix, m->files[i].path, sizeof(prefix));
		prefix[len - (sizeof(end) - 1)] = '\0';
		return programs_of(prefix, at, &ignored) == 0;
	}
	return false;
}

static const char *target_of(const struct programs *to, enum tgz_file file)
{
	return file == TGZ_TAILSCALE ? to->cli : to->daemon;
}

static char *digest_of(struct programs *to, enum tgz_file file)
{
	return file == TGZ_TAILSCALE ? to->cli_digest : to->daemon_digest;
}

/* The bytes of a member into the file, on their way to the disk, and what they were. */
static int copy(struct tgz *t, int fd, const char *name, struct digester *d, struct err *e)
{
	char chunk[32768];
	off_t done = 0, begun = 0;
	ssize_t n;

	while ((n = tgz_read(t, chunk, sizeof(chunk), e)) > 0) {
		if (digester_add(d, chunk, (size_t)n, e) != 0)
			return -1;
		if (file_write_all(fd, chunk, (size_t)n) != 0)
			return err_sys(e, ERR_IO, "cannot write %s", name);
		done += n;
		if (done - begun >= WRITE_OUT) {
			sync_file_range(fd, begun, done - begun, SYNC_FILE_RANGE_WRITE);
			begun = done;
		}
	}
	return (int)n;
}

static int copy_with_digest(struct tgz *t, int fd, const char *name,
			    char hex[static FILE_DIGEST_LEN], struct err *e)
{
	unsigned char sum[DIGEST_LEN];
	struct digester d;

	if (digester_start(&d, DIGEST_BLAKE2S, e) != 0)
		return -1;
	if (copy(t, fd, name, &d, e) != 0) {
		digester_drop(&d);
		return -1;
	}
	if (digester_end(&d, sum, e) != 0)
		return -1;
	file_digest_text(sum, hex);
	return 0;
}

/* A program of the package beside its target. */
static int stage(struct unpack *u, const struct tgz_member *m, struct tgz *t, struct err *e)
{
	const char *target = target_of(u->to, m->file);
	char name[PATH_MAX];
	int fd;

	generation_name(target, GENERATION_NEW, name);
	if (file_make_parent(target, 0755, e) != 0 || file_remove(name, e) != 0)
		return -1;
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0755);
	u->fd[m->file] = fd;
	if (fd < 0 || fchmod(fd, 0755) != 0)
		return err_sys(e, err_code_of(errno, ERR_CREATE), "cannot create %s", name);
	return copy_with_digest(t, fd, name, digest_of(u->to, m->file), e);
}

/* At the end: the disk works on the first program while the second is inflated. */
static int sync_programs(struct unpack *u, int rc, struct err *e)
{
	for (unsigned i = 0; i < TGZ_FILES; i++) {
		if (u->fd[i] < 0)
			continue;
		if (rc == 0 && fsync(u->fd[i]) != 0)
			rc = err_sys(e, ERR_IO, "cannot write %s", u->to->prefix);
		close(u->fd[i]);
		u->fd[i] = -1;
	}
	return rc;
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
	case TGZ_DEFAULTS:
		return read_text(u->text[m->file], m, t, e);
	case TGZ_FILES:
		break;
	}
	return 0;
}

static int check_room(const struct programs *to, const struct package *p, struct err *e)
{
	if (file_make_parent(to->daemon, 0755, e) != 0)
		return -1;
	return file_check_room(to->prefix, (int64_t)p->unpacked, "place Tailscale in", e);
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
		if (rmdir(dir) != 0 && errno != ENOENT)
			return;
	}
}

/* Before anything of it is there, so that an uninstall after a kill knows where to look. */
static int record_place(const struct programs *to, struct manifest *m, struct err *e)
{
	const char *const both[] = {to->cli, to->daemon};
	char nothing[FILE_DIGEST_LEN];

	file_digest_bytes("", 0, nothing);
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++)
		if (manifest_find_file(m, both[i]) == NULL &&
		    manifest_add_file(m, MANIFEST_TAILSCALE, both[i], nothing, e) != 0)
			return -1;
	return manifest_save(m, e);
}

static int unpack(struct unpack *u, const struct package *p, const struct manifest *m,
		  struct err *e)
{
	char folder[NAME_TEXT];

	for (unsigned i = 0; i < TGZ_FILES; i++)
		u->fd[i] = -1;
	name_folder(&p->name, folder);
	if (check_room(u->to, p, e) != 0 || generation_open(u->to, e) != 0 ||
	    sync_programs(u, tgz_walk(p->fd, p->from, folder, take, u, e), e) != 0)
		return -1;
	return texts_keep(u->to, u->text[TGZ_DEFAULTS], u->text[TGZ_SERVICE], m, e);
}

int place_programs(struct programs *to, const struct package *p, struct manifest *m, struct err *e)
{
	static struct unpack u;
	struct err ignored;

	u = (struct unpack){.to = to};
	if (place_settle(to, m, e) != 0 || record_place(to, m, e) != 0)
		return -1;
	if (unpack(&u, p, m, e) == 0 && generation_begin(to, e) == 0 &&
	    generation_switch(to, GENERATION_NEW, e) == 0)
		return 0;
	to->cli_digest[0] = to->daemon_digest[0] = '\0';
	place_settle(to, m, &ignored);
	return -1;
}

static int record_program(const struct programs *at, const char *path, const char *known,
			  struct manifest *m, struct err *e)
{
	char digest[FILE_DIGEST_LEN];

	if (access(path, F_OK) != 0) {
		manifest_drop_file(m, path);
		return 0;
	}
	if (generation_current(at) != GENERATION_NEW)
		return 0;
	if (known[0] != '\0')
		return manifest_add_file(m, MANIFEST_TAILSCALE, path, known, e);
	return file_digest(path, digest, e) != 0
		       ? -1
		       : manifest_add_file(m, MANIFEST_TAILSCALE, path, digest, e);
}

/* The manifest says which programs are there from us. */
static int record_programs(const struct programs *at, struct manifest *m, struct err *e)
{
	return record_program(at, at->cli, at->cli_digest, m, e) != 0 ||
			       record_program(at, at->daemon, at->daemon_digest, m, e) != 0
		       ? -1
		       : manifest_save(m, e);
}

/* What a try made for a program that never came. */
static void remove_empty_folders(const struct programs *at)
{
	if (!file_exists(at->cli))
		place_remove_folders(at->cli);
	if (!file_exists(at->daemon))
		place_remove_folders(at->daemon);
}

int place_settle(const struct programs *at, struct manifest *m, struct err *e)
{
	bool open = generation_is_open(at);

	if ((open && texts_put(at, m, e) != 0) || record_programs(at, m, e) != 0 ||
	    (open && generation_end(at, e) != 0))
		return -1;
	remove_empty_folders(at);
	return 0;
}

/* Once a new one has answered, place_settle() records it, before it removes anything. */
static bool is_recorded(const struct programs *at, const struct manifest *m)
{
	const struct manifest_file *row = manifest_find_file(m, at->daemon);
	char digest[FILE_DIGEST_LEN];
	struct err ignored;

	return row != NULL && file_digest(at->daemon, digest, &ignored) == 0 &&
	       strcmp(digest, row->digest) == 0;
}

int place_withdraw(const struct programs *at, struct manifest *m, bool *back, struct err *e)
{
	*back = generation_is_open(at) && generation_current(at) == GENERATION_NEW &&
		generation_has_old(at) && !is_recorded(at, m);
	if (*back && generation_switch(at, GENERATION_OLD, e) != 0)
		return -1;
	return place_settle(at, m, e);
}
