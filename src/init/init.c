/* SPDX-License-Identifier: MIT */
/* init - see init.h */
#include "init/init.h"

#include "base/auto.h"
#include "base/file.h"
#include "base/text.h"
#include "init/inittab.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In the order in which they are looked for: the more certain marker first. */
static const struct init_system *const systems[] = {&init_systemd, &init_openrc, &init_runit,
						    &init_s6,      &init_sysv,   &init_busybox};

#define SYSTEMS (sizeof(systems) / sizeof(systems[0]))

void init_left_out(const char *unit, struct buf *out)
{
	const char *at = strstr(unit, "\n" INIT_LEFT_OUT " ");

	if (at == NULL)
		return;
	at += sizeof("\n" INIT_LEFT_OUT " ") - 1;
	buf_add_bytes(out, at, strcspn(at, "\n"));
}

/* "systemd, openrc" */
static void add_names(struct buf *out)
{
	for (size_t i = 0; i < SYSTEMS; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", systems[i]->name);
}

static const struct init_system *find_named(const char *name, struct err *e)
{
	char mem[128];
	struct buf names = BUF_OF(mem);

	for (size_t i = 0; i < SYSTEMS; i++)
		if (strcmp(systems[i]->name, name) == 0)
			return systems[i];
	add_names(&names);
	err_set(e, ERR_USAGE, "cannot use --init \"%.40s\": there is no such init system here",
		name);
	err_cure(e, "one of: %s", mem);
	return NULL;
}

/* What PID 1 is: "init", "/usr/sbin/init". Only root may see the second. */
static void look_at_first(char comm[static 64], char exe[static PATH_MAX])
{
	char text[64];
	struct err ignored;
	ssize_t len = readlink("/proc/1/exe", exe, PATH_MAX - 1);

	exe[len > 0 ? len : 0] = '\0';
	if (file_read("/proc/1/comm", text, sizeof(text), NULL, &ignored) != 0)
		strcpy(text, "unknown");
	text[strcspn(text, "\n")] = '\0';
	text_copy(comm, 64, text);
}

const struct init_system *init_find(const char *name, struct err *e)
{
	char comm[64], exe[PATH_MAX], shown[200], mem[128];
	struct buf names = BUF_OF(mem);

	if (name != NULL)
		return find_named(name, e);
	for (size_t i = 0; i < SYSTEMS; i++)
		if (systems[i]->is_running())
			return systems[i];
	look_at_first(comm, exe);
	text_copy(shown, sizeof(shown), exe);
	add_names(&names);
	err_set(e, ERR_UNAVAILABLE,
		"cannot tell the init system: PID 1 is \"%s\"%s%s, none that tsfunnel knows", comm,
		shown[0] != '\0' ? ", " : "", shown);
	err_cure(e,
		 "--init NAME says which it is (%s); `tsfunnel run` in the foreground needs none",
		 mem);
	return NULL;
}

static int leave_alone(const char *service, struct err *e)
{
	(void)service;
	(void)e;
	return 0;
}

/* What is where the kernel looks first for something to start. */
static void look_at_installed(char seen[static 200])
{
	char to[PATH_MAX];
	ssize_t len = readlink("/sbin/init", to, sizeof(to) - 1);

	to[len > 0 ? len : 0] = '\0';
	if (len <= 0)
		snprintf(to, sizeof(to), "%s",
			 file_exists("/sbin/init") ? "a file of its own" : "missing");
	text_copy(seen, 200, to);
}

static const struct init_system *find_installed(struct err *e)
{
	char seen[200], mem[128];
	struct buf names = BUF_OF(mem);

	for (size_t i = 0; i < SYSTEMS; i++)
		if (systems[i]->image != NULL && systems[i]->image->is_there())
			return systems[i];
	look_at_installed(seen);
	for (size_t i = 0; i < SYSTEMS; i++)
		if (systems[i]->image != NULL)
			buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", systems[i]->name);
	err_set(e, ERR_UNAVAILABLE,
		"cannot tell the init system of the image: /sbin/init is %s, none that tsfunnel "
		"knows there",
		seen);
	err_cure(e, "--init NAME says which it is: %s", mem);
	return NULL;
}

const struct init_system *init_of_image(const char *name, struct err *e)
{
	const struct init_system *found = name != NULL ? find_named(name, e) : find_installed(e);
	static struct init_system row;

	if (found == NULL)
		return NULL;
	if (found->image == NULL) {
		err_set(e, ERR_UNAVAILABLE, "cannot work on an image with %s: not built yet",
			found->name);
		err_cure(e, "boot it, and run tsfunnel there");
		return NULL;
	}
	row = *found;
	row.version = found->image->version;
	row.query = found->image->query;
	row.has_variable = found->image->has_variable;
	row.enable = found->image->enable;
	row.disable = found->image->disable;
	row.reload = NULL;
	row.forget = NULL;
	row.start = row.restart = row.stop = leave_alone;
	return &row;
}

void init_fill(const char *template, const char *const words[], struct buf *out)
{
	const char *at = template, *hit;

	while ((hit = strstr(at, "%s")) != NULL) {
		buf_add_bytes(out, at, (size_t)(hit - at));
		buf_add(out, *words);
		if (words[1] != NULL)
			words++;
		at = hit + 2;
	}
	buf_add(out, at);
}

const char *init_text(const char *template, const char *service, char *text, size_t cap)
{
	const char *const words[] = {service, NULL};
	struct buf out = buf_over(text, cap);

	init_fill(template, words, &out);
	return text;
}

int init_path(const struct init_file *file, const char *service, char path[static INIT_PATH_MAX],
	      struct err *e)
{
	const char *const words[] = {service, NULL};
	struct buf out = buf_over(path, INIT_PATH_MAX);

	init_fill(file->path, words, &out);
	return buf_full(&out) ? err_set(e, ERR_BUG, "cannot name a file of %s: no room", service)
			      : 0;
}

const char *init_daemon(const struct init_system *init)
{
	char path[INIT_PATH_MAX];
	struct err ignored;

	for (const char *const *name = init->daemons; *name != NULL; name++)
		if (init_path(&init->files[0], *name, path, &ignored) == 0 && file_exists(path))
			return *name;
	return init->daemons[0];
}

bool init_text_sets(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; *line != '\0';
	     line += strcspn(line, "\n"), line += *line != '\0') {
		line += strspn(line, " \t");
		if (strncmp(line, "export ", 7) == 0)
			line += 7 + strspn(line + 7, " \t");
		if (strncmp(line, key, len) == 0 && line[len] == '=')
			return true;
	}
	return false;
}

bool init_sets_variable(const char *path, const char *key)
{
	static char text[65536];
	struct err ignored;

	return file_read(path, text, sizeof(text), NULL, &ignored) == 0 &&
	       init_text_sets(text, key);
}

bool init_first_has_variable(const char *key)
{
	static char text[16384];
	AUTO_FD int fd = open("/proc/1/environ", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	for (ssize_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '\n';
	text[len > 0 ? len : 0] = '\0';
	return init_text_sets(text, key);
}

int init_reload(const struct init_system *init, struct err *e)
{
	return init->reload != NULL ? init->reload(e) : 0;
}

/* Where a link is and what it is to lead to. */
static int link_of(const struct init_file *file, const char *service,
		   char path[static INIT_PATH_MAX], char to[static INIT_PATH_MAX], struct err *e)
{
	init_text(file->link, service, to, INIT_PATH_MAX);
	return init_path(file, service, path, e);
}

static bool is_link_to(const char *path, const char *to)
{
	char now[INIT_PATH_MAX];
	ssize_t len = readlink(path, now, sizeof(now));

	return len == (ssize_t)strlen(to) && memcmp(now, to, (size_t)len) == 0;
}

bool init_link_stands(const struct init_file *link, const char *service)
{
	char path[INIT_PATH_MAX], to[INIT_PATH_MAX];
	struct err ignored;

	return link_of(link, service, path, to, &ignored) == 0 && is_link_to(path, to);
}

/* Where a line is and what it starts. */
static int line_of(const struct init_file *file, const char *service,
		   char path[static INIT_PATH_MAX], char program[static INIT_PATH_MAX],
		   struct err *e)
{
	init_text(file->line, service, program, INIT_PATH_MAX);
	return init_path(file, service, path, e);
}

static bool line_stands(const struct init_file *line, const char *service)
{
	char path[INIT_PATH_MAX], program[INIT_PATH_MAX];
	enum inittab_line is = INITTAB_NONE;
	struct err ignored;

	return line_of(line, service, path, program, &ignored) == 0 &&
	       inittab_read(path, program, &is, &ignored) == 0 && is == INITTAB_ACTIVE;
}

static int put_line(const struct init_file *line, const char *service, enum inittab_line want,
		    struct err *e)
{
	char path[INIT_PATH_MAX], program[INIT_PATH_MAX];

	return line_of(line, service, path, program, e) != 0 ? -1
							     : inittab_put(path, program, want, e);
}

static int put_link(const struct init_file *link, const char *service, struct err *e)
{
	char path[INIT_PATH_MAX], to[INIT_PATH_MAX];

	if (link_of(link, service, path, to, e) != 0 || file_make_parent(path, 0755, e) != 0)
		return -1;
	return file_replace_link(path, to, e);
}

bool init_is_linked(const struct init_system *init, const char *service)
{
	char path[INIT_PATH_MAX];
	struct err ignored;
	bool any = false;

	if (init->down != NULL && file_exists(init_text(init->down, service, path, sizeof(path))))
		return false;
	for (const struct init_file *f = init->files; f->path != NULL; f++) {
		if (!f->enables)
			continue;
		if (f->line != NULL ? !line_stands(f, service) : !init_link_stands(f, service))
			return false;
		any = true;
	}
	if (any || init->down == NULL)
		return any;
	return init_path(&init->files[0], service, path, &ignored) == 0 && file_exists(path);
}

int init_enable(const struct init_system *init, const char *service, struct err *e)
{
	char path[INIT_PATH_MAX];

	if (init->enable != NULL)
		return init->enable(service, e);
	if (init->down != NULL &&
	    file_remove(init_text(init->down, service, path, sizeof(path)), e) != 0)
		return -1;
	for (const struct init_file *f = init->files; f->path != NULL; f++) {
		if (!f->enables)
			continue;
		if (f->line != NULL ? put_line(f, service, INITTAB_ACTIVE, e) != 0
				    : put_link(f, service, e) != 0)
			return -1;
	}
	return 0;
}

/*
 * Only links that lead where ours do: of that name, another one is somebody's. A line may stay
 * behind a "#", as init knows of the service by it alone.
 */
static int remove_links(const struct init_system *init, const char *service, enum inittab_line line,
			size_t *links, struct err *e)
{
	char path[INIT_PATH_MAX];

	*links = 0;
	for (const struct init_file *f = init->files; f->path != NULL; f++) {
		if (!f->enables)
			continue;
		++*links;
		if (f->line != NULL) {
			if (put_line(f, service, line, e) != 0)
				return -1;
			continue;
		}
		if (init_path(f, service, path, e) != 0 ||
		    (init_link_stands(f, service) && file_remove(path, e) != 0))
			return -1;
	}
	return 0;
}

int init_disable(const struct init_system *init, const char *service, struct err *e)
{
	char path[INIT_PATH_MAX];
	size_t links;

	if (init->disable != NULL)
		return init->disable(service, e);
	if (remove_links(init, service, INITTAB_ASLEEP, &links, e) != 0)
		return -1;
	if (links > 0 || init->down == NULL)
		return 0;
	return file_replace(init_text(init->down, service, path, sizeof(path)), "", 0, 0644, e);
}

int init_forget(const struct init_system *init, const char *service, struct err *e)
{
	char path[INIT_PATH_MAX];
	size_t links;

	if (init_path(&init->files[0], service, path, e) != 0)
		return -1;
	if (init->forget == NULL || file_exists(path))
		return 0;
	if (remove_links(init, service, INITTAB_NONE, &links, e) != 0 ||
	    (init->down != NULL &&
	     file_remove(init_text(init->down, service, path, sizeof(path)), e) != 0))
		return -1;
	return init->forget(service, e);
}
