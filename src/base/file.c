/* SPDX-License-Identifier: MIT */
/* file - see file.h */
#include "base/file.h"

#include "base/auto.h"

#include <blake2.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* Whether a replacement must survive a power cut. */
enum durability { VOLATILE, DURABLE };

/* A replacement under way: the temporary file beside its target. */
struct replacement {
	int fd;
	const char *path;
	char temp[PATH_MAX];
};

static int fail(struct err *e, enum err_code otherwise, const char *verb, const char *path)
{
	return err_sys(e, err_code_of(errno, otherwise), "cannot %s %s", verb, path);
}

int file_read(const char *path, char *mem, size_t cap, size_t *len, struct err *e)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	size_t got = 0;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) != 0)
		return fail(e, ERR_IO, "read", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_DATA, "cannot read %s: not a regular file", path);
	for (;;) {
		n = read(fd, mem + got, cap - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(e, ERR_IO, "read", path);
		if (n == 0)
			break;
		got += (size_t)n;
		if (got == cap)
			return err_set(e, ERR_DATA, "cannot read %s: larger than %zu bytes", path,
				       cap - 1);
	}
	mem[got] = '\0';
	if (len != NULL)
		*len = got;
	return 0;
}

int file_write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Splits "/a/b" into "/a" and returns "b", or NULL when there is no name. */
static const char *parent_of(const char *path, char dir[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t len;

	if (slash == NULL || slash[1] == '\0' || (size_t)(slash - path) >= PATH_MAX)
		return NULL;
	len = slash == path ? 1 : (size_t)(slash - path);
	memcpy(dir, path, len);
	dir[len] = '\0';
	return slash + 1;
}

/* The name is always the same: what a kill leaves, the next run replaces or removes. */
static bool temp_of(const char *path, char temp[static PATH_MAX])
{
	char dir[PATH_MAX];
	const char *name = parent_of(path, dir);
	int n;

	if (name == NULL)
		return false;
	n = snprintf(temp, PATH_MAX, "%s/.%s.tmp", dir, name);
	return n > 0 && n < PATH_MAX;
}

static int sync_parent(const char *path, struct err *e)
{
	char dir[PATH_MAX];
	AUTO_FD int fd = -1;

	if (parent_of(path, dir) == NULL)
		return err_set(e, ERR_BUG, "cannot sync the folder of %s: no folder in it", path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Some file systems have no fsync for folders (EINVAL): theirs is the last word. */
	if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
		return fail(e, ERR_IO, "sync", dir);
	return 0;
}

static int replacement_open(struct replacement *r, const char *path, mode_t mode, struct err *e)
{
	char dir[PATH_MAX];
	const char *name = parent_of(path, dir);

	r->path = path;
	r->fd = -1;
	if (name == NULL)
		return err_set(e, ERR_BUG, "cannot write %s: not the path of a file", path);
	if (!temp_of(path, r->temp))
		return err_set(e, ERR_CREATE, "cannot create %s: the path is too long", path);
	/* Left by a process that was killed; O_EXCL follows no link. */
	unlink(r->temp);
	r->fd = open(r->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (r->fd < 0)
		return fail(e, ERR_CREATE, "create", path);
	if (fchmod(r->fd, mode) != 0) {
		fail(e, ERR_CREATE, "set the mode of", path);
		close(r->fd);
		unlink(r->temp);
		return -1;
	}
	return 0;
}

static int replacement_abort(struct replacement *r, struct err *e)
{
	fail(e, ERR_IO, "write", r->path);
	if (r->fd >= 0)
		close(r->fd);
	unlink(r->temp);
	return -1;
}

static int replacement_commit(struct replacement *r, enum durability d, struct err *e)
{
	if (d == DURABLE && fsync(r->fd) != 0)
		return replacement_abort(r, e);
	if (close(fd_steal(&r->fd)) != 0)
		return replacement_abort(r, e);
	if (rename(r->temp, r->path) != 0)
		return replacement_abort(r, e);
	return d == DURABLE ? sync_parent(r->path, e) : 0;
}

static int replace_bytes(const char *path, const char *data, size_t len, mode_t mode,
			 enum durability d, struct err *e)
{
	struct replacement r;

	if (replacement_open(&r, path, mode, e) != 0)
		return -1;
	if (file_write_all(r.fd, data, len) != 0)
		return replacement_abort(&r, e);
	return replacement_commit(&r, d, e);
}

int file_replace(const char *path, const char *data, size_t len, mode_t mode, struct err *e)
{
	return replace_bytes(path, data, len, mode, DURABLE, e);
}

int file_replace_quick(const char *path, const char *data, size_t len, mode_t mode, struct err *e)
{
	return replace_bytes(path, data, len, mode, VOLATILE, e);
}

int file_replace_from(const char *path, int from, mode_t mode, struct err *e)
{
	char chunk[16384];
	struct replacement r;
	off_t at = 0;
	ssize_t n;

	if (replacement_open(&r, path, mode, e) != 0)
		return -1;
	while ((n = pread(from, chunk, sizeof(chunk), at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || file_write_all(r.fd, chunk, (size_t)n) != 0)
			return replacement_abort(&r, e);
		at += n;
	}
	return replacement_commit(&r, DURABLE, e);
}

int file_replace_link(const char *path, const char *to, struct err *e)
{
	char temp[PATH_MAX];

	if (!temp_of(path, temp))
		return err_set(e, ERR_CREATE, "cannot create %s: the path is too long", path);
	unlink(temp);
	if (symlink(to, temp) != 0)
		return fail(e, ERR_CREATE, "create", path);
	if (rename(temp, path) != 0) {
		fail(e, ERR_CREATE, "create", path);
		unlink(temp);
		return -1;
	}
	return sync_parent(path, e);
}

/* rename(2) for a target on another file system: /etc and /var may be two. */
static int move_across(const char *from, const char *to, struct err *e)
{
	AUTO_FD int fd = -1;
	char link[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (lstat(from, &st) != 0)
		return fail(e, ERR_IO, "move", from);
	if (S_ISLNK(st.st_mode)) {
		n = readlink(from, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = '\0';
		if (n < 0 || symlink(link, to) != 0)
			return fail(e, ERR_CREATE, "create", to);
	} else {
		fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			return fail(e, ERR_IO, "read", from);
		if (file_replace_from(to, fd, st.st_mode & 07777, e) != 0)
			return -1;
	}
	return file_remove(from, e);
}

int file_move(const char *from, const char *to, struct err *e)
{
	char temp[PATH_MAX];

	if (temp_of(to, temp))
		unlink(temp);
	if (rename(from, to) == 0)
		return sync_parent(to, e);
	if (errno == EXDEV)
		return move_across(from, to, e);
	return err_sys(e, err_code_of(errno, ERR_IO), "cannot move %s to %s", from, to);
}

int file_remove(const char *path, struct err *e)
{
	char temp[PATH_MAX];

	if (temp_of(path, temp))
		unlink(temp);
	if (unlink(path) != 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : fail(e, ERR_IO, "remove", path);
	return sync_parent(path, e);
}

int file_make_dir(const char *path, mode_t mode, struct err *e)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part) || path[0] != '/')
		return err_set(e, ERR_CREATE, "cannot create folder %s: not a usable path", path);
	memcpy(part, path, len + 1);
	for (char *p = part + 1;; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, c == '\0' ? mode : 0755) != 0 && errno != EEXIST)
			return fail(e, ERR_CREATE, "create folder", path);
		*p = c;
		if (c == '\0')
			return 0;
	}
}

int file_make_parent(const char *path, mode_t mode, struct err *e)
{
	char dir[PATH_MAX];

	if (parent_of(path, dir) == NULL)
		return err_set(e, ERR_BUG, "cannot create the folder of %s: no folder in it", path);
	return file_make_dir(dir, mode, e);
}

int file_check_room(const char *folder, int64_t need, const char *what, struct err *e)
{
	const double mib = 1024.0 * 1024.0;
	struct statvfs fs;
	double room;

	if (statvfs(folder, &fs) != 0)
		return 0;
	room = (double)fs.f_bavail * (double)fs.f_frsize;
	if (room >= (double)need)
		return 0;
	err_set(e, ERR_IO,
		"cannot %s %s: not enough space, %.1f MiB are needed and %.1f MiB are free", what,
		folder, (double)need / mib, room / mib);
	return err_cure(e, "make room there, or choose another place with --prefix");
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

int file_remove_tree(const char *path, struct err *e)
{
	if (!file_exists(path) || nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0)
		return 0;
	return fail(e, ERR_IO, "remove", path);
}

bool file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

void file_digest_text(const unsigned char sum[static FILE_DIGEST_BYTES],
		      char hex[static FILE_DIGEST_LEN])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < FILE_DIGEST_BYTES; i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	hex[2 * FILE_DIGEST_BYTES] = '\0';
}

void file_digest_bytes(const void *data, size_t len, char hex[static FILE_DIGEST_LEN])
{
	unsigned char sum[FILE_DIGEST_BYTES];
	blake2s_state ctx;

	blake2s_init(&ctx, sizeof(sum));
	blake2s_update(&ctx, data, len);
	blake2s_final(&ctx, sum, sizeof(sum));
	file_digest_text(sum, hex);
}

int file_digest_fd(int fd, const char *name, char hex[static FILE_DIGEST_LEN], struct err *e)
{
	unsigned char sum[FILE_DIGEST_BYTES];
	unsigned char chunk[16384];
	blake2s_state ctx;
	off_t at = 0;
	ssize_t n;

	blake2s_init(&ctx, sizeof(sum));
	while ((n = pread(fd, chunk, sizeof(chunk), at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(e, ERR_IO, "read", name);
		blake2s_update(&ctx, chunk, (size_t)n);
		at += n;
	}
	blake2s_final(&ctx, sum, sizeof(sum));
	file_digest_text(sum, hex);
	return 0;
}

int file_digest(const char *path, char hex[static FILE_DIGEST_LEN], struct err *e)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return fail(e, ERR_IO, "read", path);
	/* A device would not end. */
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_DATA, "cannot read %s: not a regular file", path);
	return file_digest_fd(fd, path, hex, e);
}
