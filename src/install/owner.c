/* SPDX-License-Identifier: MIT */
/* owner - see owner.h */
#include "install/owner.h"

#include "base/process.h"
#include "base/text.h"
#include "install/owner_apk.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* They answer within a second; a cold disk with thousands of packages is slower. */
#define ASK_MS 30000

/* The path and what it resolves to, each also without "/usr". */
#define SPELLINGS 4

#define WORDS 4 /* of a manager's command line before the paths */

#define RPM_SAYS "package "

static const char name_chars[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._~^";

struct manager {
	const char *name;
	const char *command[WORDS + 1]; /* the paths follow */
	/* Takes the package's name from a line that gives one for one of @paths. */
	bool (*take)(const char *line, const char *const paths[], char *package);
	/* What stands before and behind a path that no package owns. */
	struct {
		const char *start, *end;
	} no[2];
	/* Where its database may be. Not asked when these are empty: rpm would make one. */
	const char *databases[3];
	const char *upgrades[2]; /* the first whose program is there is advised */
};

struct spellings {
	char path[SPELLINGS][PATH_MAX];
	size_t count;
};

static bool take_name(const char *name, size_t len, char *package)
{
	if (len == 0 || len >= OWNER_PACKAGE_MAX || strspn(name, name_chars) < len)
		return false;
	memcpy(package, name, len);
	package[len] = '\0';
	return true;
}

/* "one:amd64, two" up to @end: no other words, as in "diversion by dash from". */
static bool is_list(const char *s, const char *end)
{
	while (s < end) {
		s += strspn(s, name_chars);
		if (s < end && *s == ':')
			s += 1 + strspn(s + 1, name_chars);
		if (s >= end)
			return s == end;
		if (strncmp(s, ", ", 2) != 0)
			return false;
		s += 2;
	}
	return false;
}

/* "tailscale: /usr/bin/tailscale" */
static bool take_dpkg(const char *line, const char *const paths[], char *package)
{
	size_t len = strlen(line);

	for (size_t i = 0; paths[i] != NULL; i++) {
		size_t tail = strlen(": ") + strlen(paths[i]);
		const char *end = line + (len > tail ? len - tail : 0);

		if (strncmp(end, ": ", 2) == 0 && strcmp(end + 2, paths[i]) == 0 &&
		    is_list(line, end))
			return take_name(line, strcspn(line, ":,"), package);
	}
	return false;
}

/* In the form that we asked for, so that no warning looks like it. */
static bool take_rpm(const char *line, const char *const paths[], char *package)
{
	size_t len = sizeof(RPM_SAYS) - 1;

	(void)paths;
	return strncmp(line, RPM_SAYS, len) == 0 &&
	       take_name(line + len, strlen(line + len), package);
}

static const struct manager managers[OWNER_MANAGERS] = {
	[OWNER_DPKG] =
		{
			.name = "dpkg",
			.command = {"dpkg-query", "-S"},
			.take = take_dpkg,
			.no = {{"dpkg-query: no path found matching pattern ", ""}},
			.upgrades = {"apt-get install --only-upgrade"},
		},
	[OWNER_RPM] =
		{
			.name = "rpm",
			.command = {"rpm", "-qf", "--qf", RPM_SAYS "%{NAME}\\n"},
			.take = take_rpm,
			.no = {{"file ", " is not owned by any package"},
			       {"error: file ", ": No such file or directory"}},
			.databases = {"/usr/lib/sysimage/rpm", "/var/lib/rpm", "/usr/share/rpm"},
			.upgrades = {"dnf upgrade", "zypper update"},
		},
};

/* Is @line START, one of @paths and END? */
static bool says_no(const struct manager *m, const char *line, const char *const paths[])
{
	for (size_t i = 0; i < sizeof(m->no) / sizeof(m->no[0]) && m->no[i].start != NULL; i++) {
		size_t start = strlen(m->no[i].start);

		for (size_t j = 0; paths[j] != NULL && strncmp(line, m->no[i].start, start) == 0;
		     j++) {
			size_t path = strlen(paths[j]);

			if (strncmp(line + start, paths[j], path) == 0 &&
			    strcmp(line + start + path, m->no[i].end) == 0)
				return true;
		}
	}
	return false;
}

static bool is_error(const char *line)
{
	return strstr(line, "error: ") != NULL;
}

int owner_read(enum owner_manager which, char *text, const char *const paths[],
	       char package[static OWNER_PACKAGE_MAX], struct err *e)
{
	const struct manager *m = &managers[which];
	const char *words = "";
	char plain[160];
	size_t open = 0;

	while (paths[open] != NULL)
		open++;
	for (char *line = text, *next; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (m->take(line, paths, package))
			return 1;
		if (says_no(m, line, paths))
			open -= open > 0;
		else if (words[0] == '\0' || (is_error(line) && !is_error(words)))
			words = line;
	}
	if (open == 0 && !is_error(words))
		return 0;
	text_copy(plain, sizeof(plain), words[0] != '\0' ? words : "it does not say");
	return err_set(e, ERR_FAILED, "cannot ask %s who owns %s: %s", m->name, paths[0], plain);
}

static void add(struct spellings *s, const char *path)
{
	/* dpkg would take it for a pattern, and no package has such a program. */
	if (path[0] != '/' || strlen(path) >= PATH_MAX || strpbrk(path, "*?[\\\n") != NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->path[i], path) == 0)
			return;
	snprintf(s->path[s->count++], PATH_MAX, "%s", path);
}

/* Is /usr/FOLDER/... also /FOLDER/...? */
static bool is_merged(const char *path)
{
	char folder[PATH_MAX];
	struct stat with, without;
	size_t usr = strlen("/usr");

	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	return strncmp(folder, "/usr/", usr + 1) == 0 && stat(folder, &with) == 0 &&
	       stat(folder + usr, &without) == 0 && with.st_dev == without.st_dev &&
	       with.st_ino == without.st_ino;
}

static void spell(const char *path, struct spellings *s)
{
	char real[PATH_MAX];
	size_t plain;

	s->count = 0;
	add(s, path);
	if (realpath(path, real) != NULL)
		add(s, real);
	plain = s->count;
	for (size_t i = 0; i < plain; i++)
		if (is_merged(s->path[i]))
			add(s, s->path[i] + strlen("/usr"));
}

static bool has_entries(const char *folder)
{
	DIR *d = opendir(folder);
	size_t count = 0;

	if (d == NULL)
		return false;
	while (count < 3 && readdir(d) != NULL)
		count++;
	closedir(d);
	return count > 2; /* more than "." and ".." */
}

static bool has_database(const struct manager *m)
{
	for (size_t i = 0; i < sizeof(m->databases) / sizeof(m->databases[0]); i++)
		if (m->databases[i] != NULL && has_entries(m->databases[i]))
			return true;
	return m->databases[0] == NULL;
}

static const char *upgrade_of(const struct manager *m)
{
	for (size_t i = 0; i < sizeof(m->upgrades) / sizeof(m->upgrades[0]); i++) {
		const char *command = m->upgrades[i];
		char program[64];

		if (command == NULL)
			break;
		snprintf(program, sizeof(program), "/usr/bin/%.*s", (int)strcspn(command, " "),
			 command);
		if (access(program, X_OK) == 0)
			return command;
	}
	return NULL;
}

static int ask(enum owner_manager which, const struct spellings *s, struct owner *o, struct err *e)
{
	const struct manager *m = &managers[which];
	const char *argv[WORDS + SPELLINGS + 1];
	struct process_result r;
	size_t words = 0;
	int rc;

	if (!has_database(m))
		return 0;
	while (m->command[words] != NULL) {
		argv[words] = m->command[words];
		words++;
	}
	for (size_t i = 0; i < s->count; i++)
		argv[words + i] = s->path[i];
	argv[words + s->count] = NULL;
	if (process_run(argv, deadline_in(ASK_MS), &r, e) != 0) {
		if (e->code == ERR_NOTFOUND)
			return 0;
		if (e->code == ERR_NOEXEC) /* would speak of the tailscale CLI */
			e->code = ERR_FAILED;
		return -1;
	}
	rc = owner_read(which, r.out, argv + words, o->package, e);
	if (rc == 1) {
		o->manager = m->name;
		o->upgrade = upgrade_of(m);
	}
	return rc;
}

static int ask_apk(const struct spellings *s, struct owner *o, struct err *e)
{
	const char *paths[SPELLINGS + 1];
	int rc;

	for (size_t i = 0; i < s->count; i++)
		paths[i] = s->path[i];
	paths[s->count] = NULL;
	rc = owner_apk_ask(paths, o->package, e);
	if (rc == 1) {
		o->manager = "apk";
		o->upgrade = "apk add --upgrade";
	}
	return rc;
}

int owner_of(const char *path, struct owner *o, struct err *e)
{
	struct spellings s;
	struct err failed;
	int all;

	spell(path, &s);
	if (s.count == 0)
		return 0;
	all = ask_apk(&s, o, &failed);
	if (all == 1)
		return 1;
	for (enum owner_manager i = 0; i < OWNER_MANAGERS; i++) {
		int rc = ask(i, &s, o, &failed);

		if (rc == 1)
			return 1;
		if (rc < 0)
			all = -1;
	}
	if (all < 0)
		*e = failed;
	return all;
}
