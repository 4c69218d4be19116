/* SPDX-License-Identifier: MIT */
/*
 * file - whole small files, read bounded and replaced atomically
 *
 * Paths are absolute. "Not there" is an error with e->sys == ENOENT, so that callers can tell.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A digest in hex and a NUL: BLAKE2s-256, the quickest of those that are linked anyway. */
#define FILE_DIGEST_BYTES 32
#define FILE_DIGEST_LEN 65

/*
 * file_read() - the whole of a regular file into memory of the caller
 * @mem, @cap: room; one byte of it is for the final NUL
 * @len:       bytes read, without the NUL; may be NULL
 *
 * Errors: ERR_IO or ERR_PERMISSION (with errno); ERR_DATA when it is larger than the room or no
 * regular file.
 */
int file_read(const char *path, char *mem, size_t cap, size_t *len, struct err *e);

/*
 * file_replace() - write a file so that a reader or a crash sees the old or the new one
 *
 * Temporary file in the same folder (".NAME.tmp"), fsync, rename, fsync of the folder. A path has
 * one writer at a time: callers hold a lock.
 * Errors: ERR_CREATE, ERR_IO (disk full and the like), ERR_PERMISSION; the target is untouched.
 */
int file_replace(const char *path, const char *data, size_t len, mode_t mode, struct err *e);

/* As file_replace(), with the bytes of the open file @from, read from its start. */
int file_replace_from(const char *path, int from, mode_t mode, struct err *e);

/*
 * file_replace_quick() - as file_replace(), without fsync
 *
 * For tmpfs (status.json): a crash of the machine loses the file anyway, and a waiting state
 * must not wait for a disk.
 */
int file_replace_quick(const char *path, const char *data, size_t len, mode_t mode, struct err *e);

/* As file_replace(), with a symbolic link to @to. */
int file_replace_link(const char *path, const char *to, struct err *e);

/* Writes all of it; -1 with errno. */
int file_write_all(int fd, const char *data, size_t len);

/*
 * Moves a file or a link, also to another file system, and syncs the target's folder. What a
 * killed file_replace() left beside the target goes.
 */
int file_move(const char *from, const char *to, struct err *e);

/*
 * Removes a file, and what a killed file_replace() left beside it, and syncs the folder; one that
 * is not there is success.
 */
int file_remove(const char *path, struct err *e);

/* Makes a folder and its parents; those that exist are left as they are. */
int file_make_dir(const char *path, mode_t mode, struct err *e);

/* Makes the folder that a file is to be in. */
int file_make_parent(const char *path, mode_t mode, struct err *e);

/*
 * Removes a folder with all that is in it; not there is success. Links are removed, not followed.
 * FTW_MOUNT would not do: overlayfs gives files another st_dev than their folder.
 */
int file_remove_tree(const char *path, struct err *e);

/*
 * file_check_room() - does the file system of a folder have @need bytes?
 *
 * ERR_IO with both numbers: "cannot WHAT FOLDER: not enough space, ...". A file system that does
 * not say counts as large enough; writing to it will tell.
 */
int file_check_room(const char *folder, int64_t need, const char *what, struct err *e);

/* Anything of that name, also a dangling link. */
bool file_exists(const char *path);

/* The digest of a regular file's bytes; ERR_DATA for what is none. */
int file_digest(const char *path, char hex[static FILE_DIGEST_LEN], struct err *e);
int file_digest_fd(int fd, const char *name, char hex[static FILE_DIGEST_LEN], struct err *e);

/* A digest that was taken elsewhere (trust/digester.h), in that form. */
void file_digest_text(const unsigned char sum[static FILE_DIGEST_BYTES],
		      char hex[static FILE_DIGEST_LEN]);

/* The digest of bytes in memory. */
void file_digest_bytes(const void *data, size_t len, char hex[static FILE_DIGEST_LEN]);

#endif
