/* SPDX-License-Identifier: MIT */
/* generation - see generation.h */
#include "install/generation.h"

#include "base/file.h"
#include "install/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "/lib/tsfunnel"

/* The longest thing that is put behind a program's path. */
#define LONGEST_END ".tsfunnel-new"

static const char *const words[] = {[GENERATION_OLD] = "old", [GENERATION_NEW] = "new"};

/* The programs' names behind their folders. */
static const char *base_of(const char *program)
{
	return strrchr(program, '/') + 1;
}

static void path_in(const struct programs *p, const char *rest, char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s" FOLDER "/%s", p->prefix, rest);
}

int programs_of(const char *prefix, struct programs *p, struct err *e)
{
	int room = (int)sizeof(p->daemon) - (int)sizeof(LONGEST_END);

	p->without_unit = false;
	snprintf(p->prefix, sizeof(p->prefix), "%s", prefix);
	p->cli_digest[0] = p->daemon_digest[0] = '\0';
	if (snprintf(p->daemon, sizeof(p->daemon), "%s/sbin/tailscaled", prefix) >= room ||
	    snprintf(p->cli, sizeof(p->cli), "%s/bin/tailscale", prefix) >= room)
		return err_set(e, ERR_USAGE, "cannot use --prefix: the path is too long");
	return 0;
}

void generation_name(const char *program, enum generation g, char name[static PATH_MAX])
{
	snprintf(name, PATH_MAX, "%s.tsfunnel-%s", program, words[g]);
}

void generation_file(const struct programs *p, enum generation g, const char *name,
		     char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s" FOLDER "/%s/%s", p->prefix, words[g], name);
}

bool generation_is_open(const struct programs *p)
{
	char path[PATH_MAX];

	path_in(p, "", path);
	return access(path, F_OK) == 0;
}

enum generation generation_current(const struct programs *p)
{
	char path[PATH_MAX], word[sizeof("old") + 1];
	ssize_t n;

	path_in(p, "current", path);
	n = readlink(path, word, sizeof(word));
	if (n != (ssize_t)sizeof("old") - 1)
		return GENERATION_NONE;
	return memcmp(word, words[GENERATION_NEW], (size_t)n) == 0 ? GENERATION_NEW
								   : GENERATION_OLD;
}

bool generation_has_old(const struct programs *p)
{
	char name[PATH_MAX];

	generation_name(p->daemon, GENERATION_OLD, name);
	return file_exists(name);
}

static int link_program(const struct programs *p, const char *program, enum generation g,
			struct err *e)
{
	char path[PATH_MAX], name[PATH_MAX];

	generation_file(p, g, base_of(program), path);
	generation_name(program, g, name);
	return file_replace_link(path, name, e);
}

int generation_open(const struct programs *p, struct err *e)
{
	for (enum generation g = GENERATION_OLD; g <= GENERATION_NEW; g++) {
		char path[PATH_MAX];

		path_in(p, words[g], path);
		if (file_make_dir(path, 0755, e) != 0 || link_program(p, p->cli, g, e) != 0 ||
		    link_program(p, p->daemon, g, e) != 0)
			return -1;
	}
	return 0;
}

/* A second name for what is there. */
static int keep(const char *program, struct err *e)
{
	char name[PATH_MAX];

	generation_name(program, GENERATION_OLD, name);
	if (file_remove(name, e) != 0)
		return -1;
	if (link(program, name) != 0 && errno != ENOENT)
		return err_sys(e, err_code_of(errno, ERR_CREATE), "cannot keep %s as %s", program,
			       name);
	return 0;
}

static int point(const struct programs *p, const char *program, struct err *e)
{
	char rest[PATH_MAX], path[PATH_MAX];

	snprintf(rest, sizeof(rest), "current/%s", base_of(program));
	path_in(p, rest, path);
	return file_replace_link(program, path, e);
}

int generation_begin(const struct programs *p, struct err *e)
{
	if (keep(p->cli, e) != 0 || keep(p->daemon, e) != 0 ||
	    generation_switch(p, GENERATION_OLD, e) != 0)
		return -1;
	return point(p, p->cli, e) != 0 ? -1 : point(p, p->daemon, e);
}

int generation_switch(const struct programs *p, enum generation g, struct err *e)
{
	char path[PATH_MAX];

	path_in(p, "current", path);
	return file_replace_link(path, words[g], e);
}

/*
 * The program of the generation that holds gets its name back. It is not there when an end that
 * was killed has done that already, or when there was none: then the name is a link to nothing.
 */
static int settle(const char *program, enum generation g, struct err *e)
{
	char name[PATH_MAX];

	generation_name(program, g, name);
	if (file_exists(name))
		return file_move(name, program, e);
	return access(program, F_OK) == 0 ? 0 : file_remove(program, e);
}

static int drop(const char *program, struct err *e)
{
	for (enum generation g = GENERATION_OLD; g <= GENERATION_NEW; g++) {
		char name[PATH_MAX];

		generation_name(program, g, name);
		if (file_remove(name, e) != 0)
			return -1;
	}
	return 0;
}

int generation_end(const struct programs *p, struct err *e)
{
	enum generation g = generation_current(p);
	char path[PATH_MAX];

	if (!generation_is_open(p))
		return 0;
	if (g != GENERATION_NONE && (settle(p->cli, g, e) != 0 || settle(p->daemon, g, e) != 0))
		return -1;
	path_in(p, "current", path);
	/* The old daemon first: without it nobody goes back to what is no longer whole. */
	if (drop(p->daemon, e) != 0 || drop(p->cli, e) != 0 || file_remove(path, e) != 0)
		return -1;
	/* The folder last: as long as it is there, this is not ended. */
	snprintf(path, sizeof(path), "%s" FOLDER, p->prefix);
	if (file_remove_tree(path, e) != 0)
		return -1;
	/* That of a machine's own prefix is not ours, though it may be empty. */
	snprintf(path, sizeof(path), "%s/lib", p->prefix);
	if (strcmp(p->prefix, PLACE_PREFIX) != 0)
		rmdir(path);
	return 0;
}
