/* SPDX-License-Identifier: MIT */
/* self - see self.h */
#include "install/self.h"

#include "base/auto.h"
#include "init/init.h"
#include "os/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char *const places[] = {
	"/usr/local/bin/tsfunnel",
	"/opt/tsfunnel/tsfunnel",
	MANIFEST_DIR "/tsfunnel",
};

/* No file of ours is larger; a foreign one is not read further. */
#define SCAN_MAX (4 * 1024 * 1024)

/* linux/magic.h */
#define TMPFS 0x01021994
#define RAMFS 0x858458f6

static bool is_memory(const struct statfs *fs)
{
	unsigned long type = (unsigned long)fs->f_type & 0xffffffff;

	return type == TMPFS || type == RAMFS;
}

bool self_is_ours(const char *path)
{
	static const char marker[] = INIT_MARKER;
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char chunk[8192 + sizeof(marker)];
	size_t keep = 0, seen = 0;
	ssize_t n;

	if (fd < 0)
		return false;
	while (seen < SCAN_MAX && (n = read(fd, chunk + keep, 8192)) > 0) {
		size_t len = keep + (size_t)n;

		if (memmem(chunk, len, marker, sizeof(marker) - 1) != NULL)
			return true;
		/* The marker may lie across two reads. */
		keep = len < sizeof(marker) - 2 ? len : sizeof(marker) - 2;
		memmove(chunk, chunk + len - keep, keep);
		seen += (size_t)n;
	}
	return false;
}

/* The folder of a path, or the nearest above it that exists. */
static void nearest_folder(const char *path, char *dir, size_t cap)
{
	snprintf(dir, cap, "%s", path);
	for (;;) {
		char *slash = strrchr(dir, '/');

		if (slash == NULL || slash == dir) {
			snprintf(dir, cap, "/");
			return;
		}
		*slash = '\0';
		if (access(dir, F_OK) == 0)
			return;
	}
}

const char *self_unusable(const char *path)
{
	char dir[MANIFEST_PATH_MAX];
	struct statvfs fs;

	nearest_folder(path, dir, sizeof(dir));
	if (statvfs(dir, &fs) != 0)
		return strerror(errno);
	/* How somebody has mounted an image says nothing of the machine that boots it. */
	if ((fs.f_flag & ST_NOEXEC) != 0 && !image_is_entered())
		return "the file system is mounted noexec";
	if (fs.f_flag & ST_RDONLY)
		return "the file system is mounted read-only";
	return access(dir, W_OK) == 0 ? NULL : strerror(errno);
}

/* A tmpfs or ramfs, on a machine that does not live in one as a whole. */
static bool is_lost_by_a_reboot(const char *path)
{
	char dir[MANIFEST_PATH_MAX];
	struct statfs fs, root;

	nearest_folder(path, dir, sizeof(dir));
	return statfs(dir, &fs) == 0 && is_memory(&fs) && statfs("/", &root) == 0 &&
	       !is_memory(&root);
}

static int check_wanted(const char *path, struct err *e)
{
	const char *reason = self_unusable(path);

	if (reason != NULL)
		return err_set(e, ERR_CREATE, "cannot place tsfunnel at %s: %s", path, reason);
	if (!is_lost_by_a_reboot(path))
		return 0;
	err_set(e, ERR_CREATE,
		"cannot place tsfunnel at %s: that file system is in memory, a reboot loses it",
		path);
	return err_cure(e, "choose a place on a disk, or leave --self-path out");
}

/* What of the way to @path is not there yet: "/a/b" for /a/b/c/file where there is only /a. */
static void first_missing(const char *path, char folder[static MANIFEST_PATH_MAX])
{
	const char *end;
	size_t len;

	nearest_folder(path, folder, MANIFEST_PATH_MAX);
	len = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
	end = strchr(path + len + 1, '/');
	snprintf(folder, MANIFEST_PATH_MAX, "%.*s", end == NULL ? 0 : (int)(end - path), path);
}

static int choose(struct self *s, const char *wanted, const struct manifest *m, struct err *e)
{
	const char *path = wanted;

	if (wanted != NULL && check_wanted(wanted, e) != 0)
		return -1;
	if (path == NULL && m->self_path[0] != '\0' && self_unusable(m->self_path) == NULL)
		path = m->self_path;
	for (size_t i = 0; path == NULL && i < sizeof(places) / sizeof(places[0]); i++)
		if (self_unusable(places[i]) == NULL)
			path = places[i];
	if (path == NULL) {
		err_set(e, ERR_CREATE, "cannot place tsfunnel in %s: %s", places[0],
			self_unusable(places[0]));
		return err_cure(e, "--self-path FILE names a place that can be written and "
				   "executed from");
	}
	snprintf(s->path, sizeof(s->path), "%s", path);
	first_missing(s->path, s->folder);
	return 0;
}

int self_open(struct self *s, const char *file, struct err *e)
{
	const char *path = file != NULL ? file : "/proc/self/exe";

	memset(s, 0, sizeof(*s));
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (s->fd < 0)
		return err_sys(e, err_code_of(errno, ERR_IO), "cannot open %s (tsfunnel itself)",
			       path);
	if (file != NULL && !self_is_ours(file))
		return err_set(e, ERR_DATA, "cannot use --self %.300s: it is no tsfunnel", file);
	return file_digest_fd(s->fd, path, s->digest, e);
}

int self_find(struct self *s, const char *wanted, const struct manifest *m, struct err *e)
{
	char there[FILE_DIGEST_LEN];
	struct stat st = {0};
	struct err ignored;

	if ((s->fd < 0 && self_open(s, NULL, e) != 0) || choose(s, wanted, m, e) != 0)
		return -1;
	if (lstat(s->path, &st) != 0 && errno == ENOENT)
		return 0;
	/* A link is somebody's, and leads to where the sandbox of the unit may not see. */
	if (S_ISREG(st.st_mode) && file_digest(s->path, there, &ignored) == 0 &&
	    strcmp(there, s->digest) == 0) {
		s->same = (st.st_mode & S_IXUSR) != 0;
		return 0;
	}
	if (S_ISREG(st.st_mode) && self_is_ours(s->path))
		return 0;
	err_set(e, ERR_CREATE, "cannot place tsfunnel at %s: another file is there", s->path);
	return err_cure(e, "move it away, or choose a place with --self-path FILE");
}

int self_place(const struct self *s, struct err *e)
{
	char dir[MANIFEST_PATH_MAX];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", s->path);
	slash = strrchr(dir, '/');
	if (slash != NULL && slash != dir) {
		*slash = '\0';
		if (file_make_dir(dir, strcmp(dir, MANIFEST_DIR) == 0 ? 0700 : 0755, e) != 0)
			return -1;
	}
	return file_replace_from(s->path, s->fd, 0755, e);
}

void self_record(const struct self *s, struct manifest *m)
{
	/* What an install made that was killed then, or made before an upgrade, is known. */
	if (strcmp(m->self_path, s->path) != 0)
		m->self_folder[0] = '\0';
	if (m->self_folder[0] == '\0')
		memcpy(m->self_folder, s->folder, sizeof(m->self_folder));
	memcpy(m->self_path, s->path, sizeof(m->self_path));
	memcpy(m->self_digest, s->digest, sizeof(m->self_digest));
}

void self_remove_folders(const struct manifest *m)
{
	char dir[MANIFEST_PATH_MAX];
	char *slash;

	memcpy(dir, m->self_path, sizeof(dir));
	while (m->self_folder[0] != '\0' && (slash = strrchr(dir, '/')) != NULL) {
		*slash = '\0';
		if (strlen(dir) < strlen(m->self_folder) || (rmdir(dir) != 0 && errno != ENOENT))
			return;
	}
}

int self_remove_unrecorded(struct err *e)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (self_is_ours(places[i]) && file_remove(places[i], e) != 0)
			return -1;
	return 0;
}

void self_done(struct self *s)
{
	auto_close(&s->fd);
	s->fd = -1;
}
