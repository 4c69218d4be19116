/* SPDX-License-Identifier: MIT */
/* image - see image.h */
#include "os/image.h"

#include "base/auto.h"
#include "base/log.h"
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#define PAUSE_MS 100

static bool entered;

static int not_an_image(const char *path, const char *reason, struct err *e)
{
	err_set(e, ERR_USAGE, "cannot use --root %.300s: %s", path, reason);
	return err_cure(e, "it takes the folder where the image's file system is mounted");
}

/* A lock of the folder itself, so that none is left in the image. */
static int lock(const char *path, int dir, struct deadline until, struct err *e)
{
	bool told = false;

	while (flock(dir, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, ERR_IO, "cannot lock %s", path);
		if (deadline_passed(until)) {
			err_set(e, ERR_TIMEOUT,
				"cannot work on %s: another process does, and did not end in time",
				path);
			return err_cure(e, "wait for the other tsfunnel, then try again");
		}
		if (!told)
			log_notice("waiting for another process that works on %s", path);
		told = true;
		poll(NULL, 0, PAUSE_MS);
	}
	return 0;
}

/* "/" by another name would be this machine, without its init system being told. */
static int open_all(struct image *i, const char *path, struct err *e)
{
	struct stat dir, host;

	i->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (i->dir < 0 && (errno == ENOENT || errno == ENOTDIR))
		return not_an_image(
			path, errno == ENOENT ? "there is no such folder" : "it is no folder", e);
	if (i->dir < 0)
		return err_sys(e, err_code_of(errno, ERR_IO), "cannot open %s", path);
	i->host = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	i->cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (i->host < 0 || i->cwd < 0 || fstat(i->dir, &dir) != 0 || fstat(i->host, &host) != 0)
		return err_sys(e, ERR_IO, "cannot open the working folder");
	if (dir.st_dev == host.st_dev && dir.st_ino == host.st_ino)
		return not_an_image(path, "that is the running system", e);
	return 0;
}

int image_open(struct image *i, const char *path, struct deadline until, struct err *e)
{
	*i = (struct image)IMAGE_NONE;
	if (open_all(i, path, e) == 0 && lock(path, i->dir, until, e) == 0)
		return 0;
	image_done(i);
	return -1;
}

int image_enter(const struct image *i, struct err *e)
{
	if (fchdir(i->dir) != 0 || chroot(".") != 0 || chdir("/") != 0)
		return err_sys(e, err_code_of(errno, ERR_FAILED), "cannot enter the image");
	process_forbid(true);
	entered = true;
	return 0;
}

int image_leave(const struct image *i, struct err *e)
{
	if (fchdir(i->host) != 0 || chroot(".") != 0 || fchdir(i->cwd) != 0)
		return err_sys(e, err_code_of(errno, ERR_FAILED), "cannot leave the image");
	process_forbid(false);
	entered = false;
	return 0;
}

void image_done(struct image *i)
{
	struct err ignored;

	if (entered)
		image_leave(i, &ignored);
	auto_close(&i->dir);
	auto_close(&i->host);
	auto_close(&i->cwd);
	*i = (struct image)IMAGE_NONE;
}

bool image_is_entered(void)
{
	return entered;
}
