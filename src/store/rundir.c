/* SPDX-License-Identifier: MIT */
/* rundir - see rundir.h */
#include "store/rundir.h"

#include "base/auto.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between two looks at a lock that another process holds. */
#define HOLD_PAUSE_MS 100

#define LOCK "lock"
#define STATUS "status.json"

/* What file_replace_quick() leaves behind when it is killed. */
#define STATUS_TEMP ".status.json.tmp"

/* Texts of together 3 KiB, each byte escaped to at most six. */
#define STATUS_MAX 24576

/* Not on the stack: of this only the pages that are filled are ever memory, and the guard, which
 * lives long, has little else. */
static char status_text[STATUS_MAX];

/* What systemd named, and for which service; NULL for whoever is not the service itself. */
static const char *given, *given_for;

/* What rundir_lock() gave out; -1 for whoever is not the service itself. */
static int held = -1;

void rundir_use_given(const char *service)
{
	given = getenv("RUNTIME_DIRECTORY");
	given_for = service;
}

/* The folder of a service, or a file in it. systemd may name several folders ("a:b"). */
static int path_of(const char *service, const char *file, char path[static PATH_MAX], struct err *e)
{
	const char *slash = file[0] == '\0' ? "" : "/";
	int n;

	if (given != NULL && given[0] == '/' && strcmp(service, given_for) == 0)
		n = snprintf(path, PATH_MAX, "%.*s%s%s", (int)strcspn(given, ":"), given, slash,
			     file);
	else
		n = snprintf(path, PATH_MAX, RUNDIR_BASE "/%s%s%s", service, slash, file);
	if (n < 0 || n >= PATH_MAX)
		return err_set(e, ERR_CREATE, "cannot use the folder of %s: its path is too long",
			       service);
	return 0;
}

/* What the file says; 0 when it says nothing sensible. */
static pid_t read_pid(int fd)
{
	char text[24];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	pid = strtol(text, NULL, 10);
	return pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

static int write_pid(int fd, pid_t pid)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)pid);

	if (ftruncate(fd, 0) != 0)
		return -1;
	return pwrite(fd, text, (size_t)n, 0) == n ? 0 : -1;
}

static struct flock whole_file(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* For all to look into, whatever the umask; what is there stays as it is. */
static int make_folder(const char *service, struct err *e)
{
	char path[PATH_MAX];
	mode_t mask;
	int rc;

	if (path_of(service, "", path, e) != 0)
		return -1;
	mask = umask(022);
	rc = file_make_dir(path, 0755, e);
	umask(mask);
	return rc;
}

/* The lock, taken in the name of @pid. */
static int take_lock(const char *service, pid_t pid, struct err *e)
{
	struct flock lock = whole_file();
	char path[PATH_MAX];
	AUTO_FD int fd = -1;

	if (make_folder(service, e) != 0)
		return -1;
	if (path_of(service, LOCK, path, e) != 0)
		return -1;
	/* No O_CLOEXEC: the lock is to live as long as the CLI that we become. */
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_sys(e, err_code_of(errno, ERR_CREATE), "cannot create %s", path);
	/* Whatever the umask: any user may ask whether it is held. */
	if (fchmod(fd, 0644) != 0)
		return err_sys(e, ERR_IO, "cannot set the mode of %s", path);
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0) {
		if (write_pid(fd, pid) == 0)
			return fd_steal(&fd);
		return err_sys(e, ERR_IO, "cannot write %s", path);
	}
	if (errno != EAGAIN && errno != EACCES)
		return err_sys(e, ERR_IO, "cannot lock %s", path);
	err_set(e, ERR_TIMEOUT, "cannot run %s: process %ld runs it already", service,
		(long)read_pid(fd));
	return err_cure(e, "stop that one first, or give this one another --name");
}

int rundir_lock(const char *service, struct err *e)
{
	held = take_lock(service, getpid(), e);
	return held;
}

static bool lock_is_there(const char *service)
{
	struct stat ours, there;
	char path[PATH_MAX];
	struct err ignored;

	return path_of(service, LOCK, path, &ignored) == 0 && fstat(held, &ours) == 0 &&
	       stat(path, &there) == 0 && ours.st_ino == there.st_ino &&
	       ours.st_dev == there.st_dev;
}

/*
 * Somebody removed the folder, or the lock in it: without, nobody finds us, and another one would
 * run beside us. The new lock takes the old one's descriptor, which the CLI is to inherit. What the
 * guard takes lives as long as the guard, and so as the CLI that is tied to it.
 */
static int lock_again(const char *service, pid_t pid, struct err *e)
{
	AUTO_FD int fd = -1;

	if (held < 0 || lock_is_there(service))
		return 0;
	fd = take_lock(service, pid, e);
	if (fd < 0)
		return -1;
	return dup2(fd, held) >= 0 ? 0 : err_sys(e, ERR_IO, "cannot keep the lock");
}

int rundir_write(const char *service, const struct run_status *s, struct err *e)
{
	AUTO_JSON cJSON *doc = cJSON_CreateObject();
	char path[PATH_MAX];
	struct buf text = BUF_OF(status_text);

	cJSON_AddStringToObject(doc, "state", s->state);
	cJSON_AddStringToObject(doc, "text", s->text);
	cJSON_AddNumberToObject(doc, "since", (double)s->since);
	cJSON_AddStringToObject(doc, "url", s->url);
	cJSON_AddStringToObject(doc, "error", s->error);
	cJSON_AddNumberToObject(doc, "pid", (double)s->pid);
	cJSON_AddStringToObject(doc, "service", service);
	cJSON_AddNumberToObject(doc, "port", (double)s->port);
	cJSON_AddStringToObject(doc, "target", s->target);
	cJSON_AddStringToObject(doc, "session", s->session);
	cJSON_AddStringToObject(doc, "certificate", s->certificate);
	cJSON_AddStringToObject(doc, "asked_for", s->asked_for);
	cJSON_AddNumberToObject(doc, "asked_ms", (double)s->asked_ms);
	cJSON_AddNumberToObject(doc, "failures", (double)s->failures);
	if (json_print(doc, &text, e) != 0 || lock_again(service, s->pid, e) != 0 ||
	    path_of(service, STATUS, path, e) != 0)
		return -1;
	return file_replace_quick(path, text.data, text.len, 0644, e);
}

static void take(char *dst, size_t cap, const cJSON *doc, const char *key)
{
	text_copy(dst, cap, json_string(doc, key));
}

int rundir_read(const char *service, struct run_status *s, struct err *e)
{
	char path[PATH_MAX];
	AUTO_JSON cJSON *doc = NULL;
	size_t len = 0;
	int64_t pid, port, failures;

	*s = (struct run_status){0};
	if (path_of(service, STATUS, path, e) != 0)
		return -1;
	if (file_read(path, status_text, sizeof(status_text), &len, e) != 0) {
		if (e->sys == ENOENT || e->sys == ENOTDIR)
			e->code = ERR_UNAVAILABLE;
		return -1;
	}
	doc = json_parse(status_text, len, path, e);
	if (doc == NULL)
		return -1;
	if (json_string(doc, "state")[0] == '\0')
		return err_set(e, ERR_DATA, "cannot read %s: it names no state", path);
	take(s->state, sizeof(s->state), doc, "state");
	take(s->text, sizeof(s->text), doc, "text");
	take(s->url, sizeof(s->url), doc, "url");
	take(s->error, sizeof(s->error), doc, "error");
	take(s->target, sizeof(s->target), doc, "target");
	take(s->session, sizeof(s->session), doc, "session");
	take(s->certificate, sizeof(s->certificate), doc, "certificate");
	take(s->asked_for, sizeof(s->asked_for), doc, "asked_for");
	s->asked_ms = json_int(doc, "asked_ms");
	s->since = json_int(doc, "since");
	failures = json_int(doc, "failures");
	s->failures = failures > 0 && failures < INT_MAX ? (unsigned)failures : 0;
	port = json_int(doc, "port");
	s->port = port > 0 && port <= 65535 ? (unsigned)port : 0;
	pid = json_int(doc, "pid");
	s->pid = pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
	return 0;
}

pid_t rundir_holder(const char *service)
{
	struct flock lock = whole_file();
	char path[PATH_MAX];
	AUTO_FD int fd = -1;
	struct err e;

	if (path_of(service, LOCK, path, &e) != 0)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
		return 0;
	return read_pid(fd);
}

/* Opened and locked, or -1. *@busy: another process has it, whose pid is in *@pid. */
static int try_hold(pid_t *pid, bool *busy, struct err *e)
{
	struct flock lock = whole_file();
	AUTO_FD int fd = open(RUNDIR_HOLD, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat ours, there;

	*busy = false;
	if (fd < 0)
		return err_sys(e, err_code_of(errno, ERR_CREATE), "cannot create %s", RUNDIR_HOLD);
	if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
		*busy = errno == EAGAIN || errno == EACCES;
		*pid = read_pid(fd);
		return err_sys(e, ERR_IO, "cannot lock %s", RUNDIR_HOLD);
	}
	/* The last holder may have removed it since it was opened. */
	if (fstat(fd, &ours) != 0 || stat(RUNDIR_HOLD, &there) != 0 ||
	    ours.st_ino != there.st_ino || ours.st_dev != there.st_dev) {
		*busy = true;
		return err_set(e, ERR_IO, "cannot lock %s: it was removed", RUNDIR_HOLD);
	}
	return write_pid(fd, getpid()) == 0 ? fd_steal(&fd)
					    : err_sys(e, ERR_IO, "cannot write %s", RUNDIR_HOLD);
}

int rundir_hold(struct deadline until, struct err *e)
{
	pid_t pid = 0, told = 0;

	for (;;) {
		bool busy = false;
		int fd = try_hold(&pid, &busy, e);

		if (fd >= 0 || !busy)
			return fd;
		if (deadline_passed(until))
			break;
		if (pid != told && pid != 0)
			log_notice("waiting for process %ld, which installs or uninstalls",
				   (long)pid);
		told = pid;
		poll(NULL, 0, HOLD_PAUSE_MS);
	}
	err_set(e, ERR_TIMEOUT, "cannot change this machine: process %ld installs or uninstalls",
		(long)pid);
	return err_cure(e, "wait for its end, then try again");
}

void rundir_release(int fd)
{
	if (fd < 0)
		return;
	/* First the name: who opened it meanwhile sees that it is gone. */
	unlink(RUNDIR_HOLD);
	close(fd);
}

static int remove_name(const char *service, const char *name, struct err *e)
{
	char path[PATH_MAX];

	if (path_of(service, name, path, e) != 0)
		return -1;
	if (unlink(path) == 0 || errno == ENOENT)
		return 0;
	return err_sys(e, err_code_of(errno, ERR_IO), "cannot remove %s", path);
}

int rundir_remove(const char *service, struct err *e)
{
	const struct dirent *entry;
	char path[PATH_MAX];
	AUTO_DIR DIR *dir = NULL;

	if (path_of(service, "", path, e) != 0)
		return -1;
	dir = opendir(path);
	if (dir == NULL)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : err_sys(e, err_code_of(errno, ERR_IO), "cannot read %s", path);
	while ((entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;

		if (strcmp(name, LOCK) != 0 && strcmp(name, STATUS) != 0 &&
		    strncmp(name, STATUS_TEMP, strlen(STATUS_TEMP)) != 0)
			continue;
		if (remove_name(service, name, e) != 0)
			return -1;
	}
	/* systemd may have made it, or hold it as a mount point: what is left is not ours. */
	if (rmdir(path) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EBUSY)
		return err_sys(e, err_code_of(errno, ERR_IO), "cannot remove %s", path);
	/* The folder of all services goes with the last; others keep it. */
	(void)rmdir(RUNDIR_BASE);
	return 0;
}
