/* SPDX-License-Identifier: MIT */
/*
 * tgz - see tgz.h
 *
 * libarchive gets inflated bytes from pull(), which stops it where it would read further than one
 * plain header beyond the member before; check_place() then holds it to the byte.
 */
#include "archive/tgz.h"

#include "archive/gunzip.h"

#include <archive.h>
#include <archive_entry.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define BLOCK 512
#define PULL 16384 /* bytes handed to libarchive at once */

struct tgz {
	struct gunzip gz;
	struct archive *a;
	const char *what;
	const char *folder;
	uint64_t next;  /* where the next header must stand */
	uint64_t total; /* bytes of all members so far */
	uint64_t left;  /* bytes of this member not read yet */
	unsigned taken; /* bit set of wanted members */
	size_t members;
	char seen[TGZ_MEMBERS_MAX][TGZ_NAME_MAX + 1];
	bool failed; /* pull() set why */
	struct err why;
	char block[PULL];
};

static const struct {
	const char *name;
	uint64_t max;
} wanted[TGZ_FILES] = {
	[TGZ_TAILSCALE] = {"tailscale", TGZ_MEMBER_MAX},
	[TGZ_TAILSCALED] = {"tailscaled", TGZ_MEMBER_MAX},
	[TGZ_SERVICE] = {"systemd/tailscaled.service", TGZ_TEXT_MAX},
	[TGZ_DEFAULTS] = {"systemd/tailscaled.defaults", TGZ_TEXT_MAX},
};

static int bad(const struct tgz *t, const char *why, struct err *e)
{
	return err_set(e, ERR_DATA, "cannot unpack %s: %s", t->what, why);
}

static int bad_member(const struct tgz *t, const char *name, const char *why, struct err *e)
{
	return err_set(e, ERR_DATA, "cannot unpack %s: %.*s %s", t->what, TGZ_NAME_MAX, name, why);
}

/* libarchive said no: because of pull(), or by itself. */
static int bad_archive(const struct tgz *t, struct err *e)
{
	const char *why = archive_error_string(t->a);

	if (t->failed) {
		*e = t->why;
		return -1;
	}
	if (archive_errno(t->a) == ENOMEM)
		return err_set(e, ERR_FAILED, "cannot unpack %s: no memory", t->what);
	return bad(t, why != NULL ? why : "its tar archive is damaged or ends early", e);
}

/* libarchive's source of bytes. */
static la_ssize_t pull(struct archive *a, void *ctx, const void **data)
{
	struct tgz *t = ctx;
	ssize_t n = -1;

	*data = t->block;
	/* A header, and the second of the two blocks of zeros that end an archive. */
	if (t->gz.out >= t->next + (uint64_t)2 * BLOCK)
		bad(t, "it has tar headers of an extended format", &t->why);
	else
		n = gunzip_read(&t->gz, t->block, sizeof(t->block), &t->why);
	if (n < 0) {
		t->failed = true;
		archive_set_error(a, EIO, "%s", t->why.msg);
		return ARCHIVE_FATAL;
	}
	return n;
}

static int open_archive(struct tgz *t, int fd, const char *what, struct err *e)
{
	memset(t, 0, sizeof(*t));
	t->what = what;
	if (gunzip_init(&t->gz, fd, what, e) != 0)
		return -1;
	t->a = archive_read_new();
	if (t->a != NULL && archive_read_support_format_tar(t->a) == ARCHIVE_OK &&
	    archive_read_open(t->a, t, NULL, pull, NULL) == ARCHIVE_OK)
		return 0;
	if (t->a == NULL)
		err_set(e, ERR_FAILED, "cannot unpack %s: no memory", what);
	else
		bad_archive(t, e);
	archive_read_free(t->a);
	gunzip_done(&t->gz);
	return -1;
}

static void close_archive(struct tgz *t)
{
	archive_read_free(t->a);
	gunzip_done(&t->gz);
}

/* Is the reader right behind one plain header, and that where the member before ended? */
static int check_place(const struct tgz *t, struct err *e)
{
	int format = archive_format(t->a);

	if ((format != ARCHIVE_FORMAT_TAR_USTAR && format != ARCHIVE_FORMAT_TAR_GNUTAR) ||
	    archive_filter_bytes(t->a, 0) != (la_int64_t)(t->next + BLOCK))
		return bad(t, "it has tar headers of an extended format", e);
	return 0;
}

static int check_kind(const struct tgz *t, struct archive_entry *entry, const char *name,
		      struct err *e)
{
	mode_t type = archive_entry_filetype(entry);

	if (archive_entry_hardlink(entry) != NULL || (type != AE_IFREG && type != AE_IFDIR))
		return bad_member(t, name, "is neither a plain file nor a folder", e);
	if (archive_entry_sparse_count(entry) != 0)
		return bad_member(t, name, "has holes", e);
	if (type == AE_IFDIR && archive_entry_size(entry) != 0)
		return bad_member(t, name, "is a folder with data", e);
	return 0;
}

/* Printable ASCII, relative, no empty or dotted part. */
static bool is_clean(const char *name)
{
	size_t part = 0;

	for (const char *p = name;; p++) {
		if (*p == '/' || *p == '\0') {
			if (part == 0 || (part == 1 && p[-1] == '.') ||
			    (part == 2 && p[-1] == '.' && p[-2] == '.'))
				return false;
			if (*p == '\0')
				return true;
			part = 0;
			continue;
		}
		if (*p <= ' ' || *p > '~' || *p == '\\')
			return false;
		part++;
	}
}

/* The member's name without the slash behind a folder's, checked by itself. */
static int clean_name(const struct tgz *t, struct archive_entry *entry,
		      char name[static TGZ_NAME_MAX + 1], struct err *e)
{
	const char *path = archive_entry_pathname(entry);
	size_t len = path == NULL ? 0 : strlen(path);

	if (len == 0 || len > TGZ_NAME_MAX)
		return bad(t, "a member's name is empty or longer than 100 bytes", e);
	memcpy(name, path, len + 1);
	if (archive_entry_filetype(entry) == AE_IFDIR && name[len - 1] == '/')
		name[len - 1] = '\0';
	if (!is_clean(name))
		return bad_member(t, name, "is no name that a release has", e);
	return 0;
}

/* In the folder, and for the first time. */
static int check_name(struct tgz *t, struct archive_entry *entry, const char *name, struct err *e)
{
	size_t len = strlen(t->folder);

	if (strncmp(name, t->folder, len) != 0 || (name[len] != '/' && name[len] != '\0'))
		return err_set(e, ERR_DATA, "cannot unpack %s: %.*s lies outside of %s", t->what,
			       TGZ_NAME_MAX, name, t->folder);
	if (name[len] == '\0' && archive_entry_filetype(entry) != AE_IFDIR)
		return bad_member(t, name, "is no folder", e);
	if (t->members == TGZ_MEMBERS_MAX)
		return bad(t, "it has more than 64 members", e);
	for (size_t i = 0; i < t->members; i++) {
		if (strcmp(t->seen[i], name) == 0)
			return bad_member(t, name, "stands in it twice", e);
	}
	memcpy(t->seen[t->members++], name, strlen(name) + 1);
	return 0;
}

static int check_size(struct tgz *t, int64_t size, const char *name, struct err *e)
{
	if (size < 0 || (uint64_t)size > TGZ_MEMBER_MAX)
		return bad_member(t, name, "is larger than 256 MiB", e);
	t->total += (uint64_t)size;
	if (t->total > TGZ_TOTAL_MAX)
		return bad(t, "its members are larger than 512 MiB together", e);
	t->left = (uint64_t)size;
	t->next += BLOCK + ((uint64_t)size + BLOCK - 1) / BLOCK * BLOCK;
	return 0;
}

ssize_t tgz_read(struct tgz *t, void *mem, size_t cap, struct err *e)
{
	la_ssize_t n;

	if (t->left == 0 || cap == 0)
		return 0;
	n = archive_read_data(t->a, mem, cap);
	if (n <= 0 || (uint64_t)n > t->left)
		return bad_archive(t, e);
	t->left -= (uint64_t)n;
	return n;
}

/* Hands the member out if it is wanted. @name is below the folder. */
static int offer(struct tgz *t, const char *name, tgz_take *take, void *ctx, struct err *e)
{
	struct tgz_member m = {TGZ_FILES, name, t->left};

	for (unsigned i = 0; i < TGZ_FILES; i++) {
		if (strcmp(name, wanted[i].name) == 0)
			m.file = (enum tgz_file)i;
	}
	if (m.file == TGZ_FILES)
		return 0;
	if (m.size == 0)
		return bad_member(t, name, "is empty", e);
	if (m.size > wanted[m.file].max)
		return bad_member(t, name, "is larger than 64 KiB", e);
	t->taken |= 1U << m.file;
	return take == NULL ? 0 : take(ctx, &m, t, e);
}

/* Everything about one header, then the member itself. */
static int one_member(struct tgz *t, struct archive_entry *entry, tgz_take *take, void *ctx,
		      struct err *e)
{
	char name[TGZ_NAME_MAX + 1];
	size_t folder = strlen(t->folder);

	if (check_place(t, e) != 0 || clean_name(t, entry, name, e) != 0 ||
	    check_kind(t, entry, name, e) != 0 || check_name(t, entry, name, e) != 0 ||
	    check_size(t, archive_entry_size(entry), name, e) != 0)
		return -1;
	if (archive_entry_filetype(entry) != AE_IFREG)
		return 0;
	return offer(t, name + folder + 1, take, ctx, e);
}

/* Behind the last member: two blocks of zeros, more of them perhaps, the end. */
static int check_end(struct tgz *t, struct err *e)
{
	ssize_t n;

	while ((n = gunzip_read(&t->gz, t->block, sizeof(t->block), e)) > 0) {
		if (t->gz.out > t->next + ((uint64_t)1 << 20))
			return bad(t, "more than 1 MiB follows its last member", e);
	}
	if (n < 0)
		return -1;
	if (t->gz.data_end > t->next)
		return bad(t, "something stands behind its last member", e);
	if (t->gz.out < t->next + (uint64_t)2 * BLOCK)
		return bad(t, "its tar archive ends early", e);
	for (unsigned i = 0; i < TGZ_FILES; i++) {
		if ((t->taken & 1U << i) == 0)
			return bad_member(t, wanted[i].name, "is not in it", e);
	}
	return 0;
}

static int walk(struct tgz *t, tgz_take *take, void *ctx, struct err *e)
{
	struct archive_entry *entry;
	int status;

	while ((status = archive_read_next_header(t->a, &entry)) == ARCHIVE_OK) {
		if (one_member(t, entry, take, ctx, e) != 0)
			return -1;
	}
	return status == ARCHIVE_EOF && !t->failed ? check_end(t, e) : bad_archive(t, e);
}

int tgz_walk(int fd, const char *what, const char *folder, tgz_take *take, void *ctx, struct err *e)
{
	struct tgz t;
	int result;

	if (open_archive(&t, fd, what, e) != 0)
		return -1;
	t.folder = folder;
	result = walk(&t, take, ctx, e);
	close_archive(&t);
	return result;
}

static int first_folder(struct tgz *t, char folder[static TGZ_NAME_MAX + 1], struct err *e)
{
	struct archive_entry *entry;

	if (archive_read_next_header(t->a, &entry) != ARCHIVE_OK)
		return bad_archive(t, e);
	if (check_place(t, e) != 0 || clean_name(t, entry, folder, e) != 0)
		return -1;
	folder[strcspn(folder, "/")] = '\0';
	return 0;
}

int tgz_folder(int fd, const char *what, char folder[static TGZ_NAME_MAX + 1], struct err *e)
{
	struct tgz t;
	int result;

	if (open_archive(&t, fd, what, e) != 0)
		return -1;
	result = first_folder(&t, folder, e);
	close_archive(&t);
	return result;
}
