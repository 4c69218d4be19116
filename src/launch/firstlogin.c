/* SPDX-License-Identifier: MIT */
/*
 * firstlogin - see firstlogin.h
 *
 * All files are opened below the folder's descriptor and no link is followed: who could put one
 * there could also choose what is sent to control.
 */
#include "launch/firstlogin.h"

#include "base/auto.h"
#include "base/log.h"
#include "base/text.h"
#include "localapi/login.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* For one try; tailscaled goes on with the key in between. */
#define TRY_MS 20000

#define MARK_TEMP "." FIRSTLOGIN_MARK ".tmp"

/* "refused", a blank, a digest, a line end. */
#define MARK_MAX (16 + FILE_DIGEST_LEN)

static const char begun[] = "begun", done[] = "done", refused[] = "refused";

/* Only its owner may change it, and of a file, read it. */
static int check_owner(int fd, const char *name, mode_t type, mode_t others, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_sys(e, ERR_IO, "cannot read %s", name);
	if ((st.st_mode & S_IFMT) != type)
		return err_set(e, ERR_DATA, "cannot use %s: it is of another type", name);
	if (st.st_uid == geteuid() && (st.st_mode & others) == 0)
		return 0;
	err_set(e, ERR_PERMISSION, "cannot use %s: it is not for root alone", name);
	return err_cure(e, "chown it to root, chmod 600");
}

static int open_folder(const char *folder, struct err *e)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0 && errno != ENOENT && errno != ENOTDIR && errno != EACCES)
		return err_sys(e, ERR_IO, "cannot read %s", folder);
	if (dir >= 0 && check_owner(dir, folder, S_IFDIR, 022, e) != 0) {
		close(dir);
		return -1;
	}
	return dir;
}

/* A small file that holds one word. */
struct source {
	int dir;
	const char *folder; /* for messages */
	const char *name;
	mode_t others; /* bits of a mode that it must not have */
};

static int bad_word(const char *path, char *mem, size_t cap, struct err *e)
{
	explicit_bzero(mem, cap);
	return err_set(e, ERR_DATA, "cannot use %s: it is not one word", path);
}

/* The word without white space around it. @there: false with success when there is no file. */
static int read_word(const struct source *s, char *mem, size_t cap, bool *there, struct err *e)
{
	AUTO_FD int fd =
		openat(s->dir, s->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char path[PATH_MAX];
	size_t len, start;
	ssize_t n;

	*there = fd >= 0 || errno != ENOENT;
	mem[0] = '\0';
	if (!*there)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", s->folder, s->name);
	if (fd < 0)
		return err_sys(e, err_code_of(errno, ERR_DATA), "cannot use %s", path);
	if (check_owner(fd, path, S_IFREG, s->others, e) != 0)
		return -1;
	n = pread(fd, mem, cap, 0);
	if (n < 0)
		return err_sys(e, ERR_IO, "cannot read %s", path);
	if ((size_t)n == cap || memchr(mem, '\0', (size_t)n) != NULL)
		return bad_word(path, mem, cap, e);
	mem[n] = '\0';
	start = strspn(mem, " \t\r\n");
	len = strcspn(mem + start, " \t\r\n");
	if (len == 0 || mem[start + len + strspn(mem + start + len, " \t\r\n")] != '\0')
		return bad_word(path, mem, cap, e);
	memmove(mem, mem + start, len);
	explicit_bzero(mem + len, cap - len);
	return text_is_plain(mem) ? 0 : bad_word(path, mem, cap, e);
}

/* What the mark says of the credential with this digest; "" nothing. */
static const char *read_mark(const struct firstlogin *f)
{
	static const char *const words[] = {begun, done, refused};
	AUTO_FD int fd = openat(f->dir, FIRSTLOGIN_MARK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char mem[MARK_MAX] = "", want[MARK_MAX];

	if (fd < 0 || read(fd, mem, sizeof(mem) - 1) < 0)
		return "";
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(want, sizeof(want), "%s %s\n", words[i], f->digest);
		if (strcmp(mem, want) == 0)
			return words[i];
	}
	return "";
}

static int write_mark(const struct firstlogin *f, const char *word, struct err *e)
{
	char mem[MARK_MAX];
	int len = snprintf(mem, sizeof(mem), "%s %s\n", word, f->digest);
	AUTO_FD int fd = -1;

	unlinkat(f->dir, MARK_TEMP, 0);
	fd = openat(f->dir, MARK_TEMP, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, mem, (size_t)len) != len || fsync(fd) != 0 ||
	    renameat(f->dir, MARK_TEMP, f->dir, FIRSTLOGIN_MARK) != 0 || fsync(f->dir) != 0)
		return err_sys(e, err_code_of(errno, ERR_CREATE),
			       "cannot remember that the credential is used");
	return 0;
}

/*
 * Is a credential to be used, or on a node that is logged in, to be marked as no longer of use?
 * Later a logout looks like a node that never was logged in.
 */
static bool is_due(const char *mark, const struct node *n)
{
	if (n->backend == BACKEND_RUNNING)
		return mark != done;
	return mark == begun ||
	       (mark[0] == '\0' && n->backend == BACKEND_NEEDS_LOGIN && !n->has_node_key);
}

static int find_given(struct firstlogin *f, const struct node *n, struct err *e)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	AUTO_FD int dir = -1;
	const char *mark;
	bool there = false;

	if (folder == NULL || folder[0] != '/')
		return 0;
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return 0;
	/* systemd gives an ACL to a service that is not root's, which shows as the group's mode. */
	if (read_word(&(struct source){dir, folder, FIRSTLOGIN_CREDENTIAL, 022}, f->key,
		      sizeof(f->key), &there, e) != 0)
		return -1;
	if (!there)
		return 0;
	file_digest_bytes(f->key, strlen(f->key), f->digest);
	mark = read_mark(f);
	f->refused = mark == refused;
	if (is_due(mark, n))
		f->from = FIRSTLOGIN_GIVEN;
	return 0;
}

static int find_key(struct firstlogin *f, const char *folder, const struct node *n, struct err *e)
{
	const struct source key = {f->dir, folder, FIRSTLOGIN_KEY, 077};
	const struct source server = {f->dir, folder, FIRSTLOGIN_SERVER, 022};
	const struct source hostname = {f->dir, folder, FIRSTLOGIN_HOSTNAME, 022};
	struct stat st;
	bool there;

	if (read_word(&key, f->key, sizeof(f->key), &there, e) != 0)
		return -1;
	if (there)
		f->from = FIRSTLOGIN_FILE;
	else if (find_given(f, n, e) != 0)
		return -1;
	if (f->from == FIRSTLOGIN_NOTHING) {
		f->refused |= fstatat(f->dir, FIRSTLOGIN_REFUSED, &st, AT_SYMLINK_NOFOLLOW) == 0;
		return 0;
	}
	f->refused = false;
	if (read_word(&server, f->server, sizeof(f->server), &there, e) != 0)
		return -1;
	return read_word(&hostname, f->hostname, sizeof(f->hostname), &there, e);
}

int firstlogin_find(struct firstlogin *f, const char *folder, const struct node *n, struct err *e)
{
	*f = (struct firstlogin){.from = FIRSTLOGIN_NOTHING};
	e->code = ERR_OK;
	f->dir = open_folder(folder, e);
	if (f->dir < 0)
		return e->code == ERR_OK ? 0 : -1;
	if (flock(f->dir, LOCK_EX | LOCK_NB) != 0)
		return 0;
	return find_key(f, folder, n, e);
}

/* Of the file, all that belongs to it: the next key may be for another server. */
static int remove_files(int dir, struct err *e)
{
	static const char *const names[] = {FIRSTLOGIN_KEY, FIRSTLOGIN_SERVER, FIRSTLOGIN_HOSTNAME,
					    FIRSTLOGIN_REFUSED};
	bool any = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (unlinkat(dir, names[i], 0) == 0)
			any = true;
		else if (errno != ENOENT)
			return err_sys(e, err_code_of(errno, ERR_IO), "cannot remove %s/%s",
				       FIRSTLOGIN_DIR, names[i]);
	}
	return !any || fsync(dir) == 0 ? 0 : err_sys(e, ERR_IO, "cannot sync %s", FIRSTLOGIN_DIR);
}

int firstlogin_accepted(const struct firstlogin *f, struct err *e)
{
	if (f->from == FIRSTLOGIN_GIVEN && write_mark(f, done, e) != 0)
		return -1;
	return remove_files(f->dir, e);
}

int firstlogin_refused(const struct firstlogin *f, struct err *e)
{
	if (f->from == FIRSTLOGIN_GIVEN)
		return write_mark(f, refused, e);
	if (renameat(f->dir, FIRSTLOGIN_KEY, f->dir, FIRSTLOGIN_REFUSED) == 0 && fsync(f->dir) == 0)
		return 0;
	return err_sys(e, err_code_of(errno, ERR_IO), "cannot rename %s/%s", FIRSTLOGIN_DIR,
		       FIRSTLOGIN_KEY);
}

void firstlogin_done(struct firstlogin *f)
{
	explicit_bzero(f->key, sizeof(f->key));
	auto_close(&f->dir);
	f->dir = -1;
}

int firstlogin_remove(struct err *e)
{
	AUTO_FD int dir = open(FIRSTLOGIN_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return 0;
	unlinkat(dir, FIRSTLOGIN_MARK, 0);
	unlinkat(dir, MARK_TEMP, 0);
	if (remove_files(dir, e) != 0)
		return -1;
	rmdir(FIRSTLOGIN_DIR);
	return 0;
}

static void say_refused(struct announcer *a, const struct firstlogin *f, const char *words)
{
	char plain[200];

	text_copy(plain, sizeof(plain), words);
	snprintf(a->login, sizeof(a->login),
		 "control refused the key of %s%s%s; `tailscale up` logs in, or a new key in "
		 "%s/%s and a restart of this service",
		 f->from == FIRSTLOGIN_FILE ? "its image" : "its credential or image",
		 plain[0] == '\0' ? "" : ": ", plain, FIRSTLOGIN_DIR, FIRSTLOGIN_KEY);
}

/* Nothing that another try would make better: it is said, and left to a person. */
static void give_up(struct announcer *a, const struct err *e)
{
	log_err(e);
	a->login_over = true;
	snprintf(a->status.error, sizeof(a->status.error), "%s", e->msg);
	snprintf(a->login, sizeof(a->login), "%.300s", e->msg);
}

/* One try. True: it is decided, or tailscaled is gone. */
static bool try_once(struct announcer *a, struct firstlogin *f, struct err *e)
{
	bool is_refused = false;
	struct login l = {
		.socket = a->f->socket,
		.auth_key = f->key,
		.login_server = f->server[0] != '\0' ? f->server : NULL,
		.hostname = f->hostname[0] != '\0' ? f->hostname : NULL,
		.until = deadline_in(TRY_MS),
		.refused = &is_refused,
	};
	struct node n;

	if (login_run(&l, &n, e) == 0 || n.backend == BACKEND_NEEDS_MACHINE_AUTH) {
		log_notice("logged in with the key of %s",
			   f->from == FIRSTLOGIN_FILE ? "the image" : "the credential");
		if (firstlogin_accepted(f, e) != 0)
			give_up(a, e);
		return true;
	}
	if (is_refused) {
		a->login_over = true;
		log_err(e);
		snprintf(a->status.error, sizeof(a->status.error), "%s", e->msg);
		say_refused(a, f, e->msg);
		if (firstlogin_refused(f, e) != 0)
			log_err(e);
		return true;
	}
	if (e->code != ERR_TIMEOUT && e->code != ERR_UNAVAILABLE && e->code != ERR_PERSON)
		give_up(a, e);
	return a->login_over || e->code == ERR_UNAVAILABLE;
}

static void log_in(struct announcer *a, struct firstlogin *f)
{
	struct err e;

	/* Before it is tried: after a kill the login may be half done, and is to be ended. */
	if (f->from == FIRSTLOGIN_GIVEN && write_mark(f, begun, &e) != 0) {
		give_up(a, &e);
		return;
	}
	/* Also says READY: what follows may take as long as the network does. */
	announce(a, STATE_NEEDS_LOGIN, "this machine is not logged in; logging in by itself", "");
	while (!try_once(a, f, &e)) {
		snprintf(a->login, sizeof(a->login), "%.300s", e.msg);
		announce_wait(a, STATE_NEEDS_LOGIN, NULL);
	}
}

bool firstlogin_run(struct announcer *a, const struct node *n)
{
	static struct firstlogin f;
	struct err e;
	bool any = false;

	if ((n->backend != BACKEND_NEEDS_LOGIN && n->backend != BACKEND_STOPPED &&
	     n->backend != BACKEND_RUNNING) ||
	    a->login_over)
		return false;
	a->login[0] = '\0';
	if (firstlogin_find(&f, FIRSTLOGIN_DIR, n, &e) != 0) {
		give_up(a, &e);
	} else if (n->backend == BACKEND_RUNNING) {
		if ((f.from != FIRSTLOGIN_NOTHING || f.refused) && firstlogin_accepted(&f, &e) != 0)
			give_up(a, &e);
	} else if (f.from != FIRSTLOGIN_NOTHING) {
		log_in(a, &f);
		any = true;
	} else if (f.refused) {
		say_refused(a, &f, "");
	}
	firstlogin_done(&f);
	return any;
}
