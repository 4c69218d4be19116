/* SPDX-License-Identifier: MIT */
/*
 * sandbox - see sandbox.h
 *
 * The path is walked one name at a time, as the kernel does it, because each folder on the way
 * matters: one that the sandbox hides, or that root without capabilities cannot search, also
 * hides the links in it.
 */
#include "init/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel's */

/* What ProtectHome= covers. */
static const char *const homes[] = {"/home", "/root", "/run/user"};

/* What PrivateTmp= replaces. */
static const char *const temps[] = {"/tmp", "/var/tmp"};

/* What the sandbox makes anew or cuts down, and no web server should show. */
static const char *const kernels[] = {"/proc", "/sys", "/dev"};

/* Needed by the sandbox or the service as they are: neither bound nor veiled, with all above. */
static const char *const needed[] = {"/etc", "/home",    "/root",         "/run/user", "/tmp",
				     "/usr", "/var/tmp", "/run/tsfunnel", "/var/run"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct walk {
	const char *text;      /* as the user gave it */
	char done[PATH_MAX];   /* resolved so far, "" for "/" */
	char left[PATH_MAX];   /* not yet looked at */
	char closed[PATH_MAX]; /* topmost folder of @done that cannot be searched, "" without */
	unsigned links;
};

/* Is @path below @dir, or @dir itself? */
static bool is_within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* As is_within() one of @dirs, with their own links followed (/home may lead to /var/home). */
static bool is_in_one_of(const char *path, const char *const dirs[], size_t count)
{
	char real[PATH_MAX];

	for (size_t i = 0; i < count; i++)
		if (is_within(path, dirs[i]) ||
		    (realpath(dirs[i], real) != NULL && is_within(path, real)))
			return true;
	return false;
}

static bool is_above_needed(const char *path)
{
	for (size_t i = 0; i < COUNT(needed); i++)
		if (path[0] == '\0' || is_within(needed[i], path))
			return true;
	return false;
}

/* Can root search it without CAP_DAC_OVERRIDE? As group it has 0 alone. */
static bool is_searchable(const struct stat *st)
{
	if (st->st_uid == 0)
		return (st->st_mode & S_IXUSR) != 0;
	if (st->st_gid == 0)
		return (st->st_mode & S_IXGRP) != 0;
	return (st->st_mode & S_IXOTH) != 0;
}

static int missing(const struct walk *w, struct err *e)
{
	err_sys(e, ERR_USAGE, "cannot expose \"%.200s\"", w->text);
	return errno == ENOENT ? err_cure(e, "make it first, or look for a mistyped name") : -1;
}

static int too_long(const struct walk *w, struct err *e)
{
	return err_set(e, ERR_USAGE, "cannot expose \"%.80s\": the path is too long", w->text);
}

/* Cuts the next name off what is left; false at the end. Skips "." and empty names. */
static bool next_name(struct walk *w, char name[static NAME_MAX + 2])
{
	size_t skip;
	size_t len;

	do {
		skip = strspn(w->left, "/");
		len = strcspn(w->left + skip, "/");
		if (len > NAME_MAX + 1)
			len = NAME_MAX + 1; /* lstat() will say that it is too long */
		memcpy(name, w->left + skip, len);
		name[len] = '\0';
		memmove(w->left, w->left + skip + len, strlen(w->left + skip + len) + 1);
	} while (strcmp(name, ".") == 0 || (len == 0 && w->left[0] != '\0'));
	return len > 0;
}

static void go_up(struct walk *w)
{
	char *slash = strrchr(w->done, '/');

	if (slash != NULL)
		*slash = '\0';
	if (w->closed[0] != '\0' && !is_within(w->done, w->closed))
		w->closed[0] = '\0';
}

/* Is what has been reached so far seen in the sandbox without our doing? */
static bool is_visible(const struct walk *w)
{
	return w->closed[0] == '\0' && !is_in_one_of(w->done, homes, COUNT(homes)) &&
	       !is_in_one_of(w->done, temps, COUNT(temps));
}

/* Puts where the link @path leads in front of what is left. */
static int follow(struct walk *w, const char *path, struct err *e)
{
	char to[PATH_MAX];
	char left[PATH_MAX];
	ssize_t len = readlink(path, to, sizeof(to) - 1);
	int n;

	if (len < 0)
		return missing(w, e);
	to[len] = '\0';
	if (++w->links > LINKS_MAX) {
		errno = ELOOP;
		return missing(w, e);
	}
	if (!is_visible(w)) {
		err_set(e, ERR_USAGE,
			"cannot expose \"%.200s\": a sandboxed service cannot see the link in "
			"%.100s",
			w->text, w->done);
		return err_cure(e, "give the path that the link leads to");
	}
	n = snprintf(left, sizeof(left), "%s/%s", to, w->left);
	if (n < 0 || (size_t)n >= sizeof(left))
		return too_long(w, e);
	memcpy(w->left, left, (size_t)n + 1);
	if (to[0] == '/')
		w->done[0] = w->closed[0] = '\0';
	return 0;
}

static int enter(struct walk *w, const char *name, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/%s", w->done, name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return too_long(w, e);
	if (lstat(path, &st) != 0)
		return missing(w, e);
	if (S_ISLNK(st.st_mode))
		return follow(w, path, e);
	memcpy(w->done, path, (size_t)n + 1);
	/* The last one of the path is not searched, so it counts only with names to come. */
	if (S_ISDIR(st.st_mode) && !is_searchable(&st) && w->closed[0] == '\0' &&
	    w->left[strspn(w->left, "/")] != '\0')
		memcpy(w->closed, path, (size_t)n + 1);
	return 0;
}

static int walk_path(struct walk *w, struct err *e)
{
	char name[NAME_MAX + 2];
	struct stat st;

	while (next_name(w, name)) {
		if (strcmp(name, "..") == 0)
			go_up(w);
		else if (enter(w, name, e) != 0)
			return -1;
	}
	/* "/file/" passes the walk, not the kernel. */
	return stat(w->text, &st) == 0 ? 0 : missing(w, e);
}

static int decide(const struct walk *w, struct sandbox *s, struct err *e)
{
	/* No manager binds a path with quotes in it; in a plain folder it is seen without. */
	if (is_above_needed(w->done) || (is_visible(w) && strpbrk(w->done, "\"'") != NULL))
		return 0;
	if (strlen(w->done) >= sizeof(s->bind))
		return too_long(w, e);
	memcpy(s->bind, w->done, strlen(w->done) + 1);
	s->home = is_in_one_of(w->done, homes, COUNT(homes));
	/* ProtectHome= and PrivateTmp= put a veil of their own over those. */
	if (w->closed[0] == '\0' || s->home || is_in_one_of(w->closed, temps, COUNT(temps)))
		return 0;
	if (is_above_needed(w->closed))
		return err_set(e, ERR_USAGE,
			       "cannot expose \"%.200s\": a sandboxed service cannot search %.100s",
			       w->text, w->closed);
	memcpy(s->veil, w->closed, strlen(w->closed) + 1);
	return 0;
}

int sandbox_for(const struct target *t, struct sandbox *s, struct err *e)
{
	static struct walk w;

	memset(s, 0, sizeof(*s));
	if (t->kind != TARGET_PATH)
		return 0;
	memset(&w, 0, sizeof(w));
	w.text = t->path;
	memcpy(w.left, t->path, strlen(t->path) + 1);
	if (walk_path(&w, e) != 0)
		return -1;
	if (is_in_one_of(w.done, kernels, COUNT(kernels)))
		return err_set(
			e, ERR_USAGE,
			"cannot expose \"%.200s\": a sandboxed service has a /proc, /sys and "
			"/dev of its own",
			t->path);
	return decide(&w, s, e);
}

static const char *one_above(const char *path, const char *const dirs[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_within(path, dirs[i]))
			return dirs[i];
	return NULL;
}

const char *sandbox_hides(const char *path)
{
	const char *dir = one_above(path, homes, COUNT(homes));

	if (dir == NULL)
		dir = one_above(path, temps, COUNT(temps));
	return dir != NULL ? dir : one_above(path, kernels, COUNT(kernels));
}

void sandbox_guess(const struct target *t, struct sandbox *s)
{
	static struct walk w;
	char name[NAME_MAX + 2];

	memset(s, 0, sizeof(*s));
	if (t->kind != TARGET_PATH)
		return;
	memset(&w, 0, sizeof(w));
	memcpy(w.left, t->path, strlen(t->path) + 1);
	while (next_name(&w, name)) {
		size_t len = strlen(w.done);

		if (strcmp(name, "..") == 0)
			go_up(&w);
		else
			snprintf(w.done + len, sizeof(w.done) - len, "/%s", name);
	}
	if (is_above_needed(w.done))
		return;
	if (sandbox_hides(w.done) == NULL && strpbrk(w.done, "\"'") != NULL)
		return;
	snprintf(s->bind, sizeof(s->bind), "%.*s", SANDBOX_PATH_MAX - 1, w.done);
	s->home = one_above(w.done, homes, COUNT(homes)) != NULL;
}
