/* SPDX-License-Identifier: MIT */
/* systemd_image - see systemd_image.h */
#include "init/systemd_image.h"

#include "base/auto.h"
#include "base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OWN "/etc/systemd/system"

/* Of one folder of settings; a machine has a handful. */
#define SETTINGS_MAX 64

/* In systemd's order (systemd.unit(5)), but for what only a running system has. */
static const char *const folders[] = {OWN, "/usr/local/lib/systemd/system",
				      "/usr/lib/systemd/system", "/lib/systemd/system"};

/* Where the private library lies that has the version in its name; Debian's in a folder below. */
static const char *const libraries[] = {"/usr/lib/systemd", "/usr/lib64/systemd", "/lib/systemd"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_there(void)
{
	return access("/usr/lib/systemd/systemd", F_OK) == 0 ||
	       access("/lib/systemd/systemd", F_OK) == 0;
}

int systemd_version_of(const char *library)
{
	static const char start[] = "libsystemd-shared-";

	if (strncmp(library, start, sizeof(start) - 1) != 0)
		return 0;
	return (int)strtol(library + sizeof(start) - 1, NULL, 10);
}

static int version_in(const char *folder)
{
	const struct dirent *d;
	AUTO_DIR DIR *dir = opendir(folder);
	int found = 0;

	while (found == 0 && dir != NULL && (d = readdir(dir)) != NULL)
		found = systemd_version_of(d->d_name);
	return found;
}

/* /usr/lib/x86_64-linux-gnu/systemd: the architecture is that of the image. */
static int version_below(const char *top)
{
	const struct dirent *d;
	AUTO_DIR DIR *dir = opendir(top);
	char path[PATH_MAX];
	int found = 0;

	while (found == 0 && dir != NULL && (d = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s/systemd", top, d->d_name);
		if (strstr(d->d_name, "-linux-") != NULL)
			found = version_in(path);
	}
	return found;
}

static int version(struct err *e)
{
	int found = 0;

	(void)e;
	for (size_t i = 0; found == 0 && i < COUNT(libraries); i++)
		found = version_in(libraries[i]);
	return found != 0 ? found : version_below("/usr/lib");
}

static bool find_unit(const char *service, char path[static INIT_PATH_MAX])
{
	for (size_t i = 0; i < COUNT(folders); i++) {
		snprintf(path, INIT_PATH_MAX, "%s/%s.service", folders[i], service);
		if (file_exists(path))
			return true;
	}
	return false;
}

static void link_of(const char *service, char path[static INIT_PATH_MAX])
{
	snprintf(path, INIT_PATH_MAX, OWN "/multi-user.target.wants/%s.service", service);
}

static int query(const char *service, struct service_state *s, struct err *e)
{
	char path[INIT_PATH_MAX];

	(void)e;
	memset(s, 0, sizeof(*s));
	link_of(service, path);
	s->enabled = s->active = file_exists(path);
	s->exists = find_unit(service, path);
	if (s->exists)
		memcpy(s->fragment, path, sizeof(s->fragment));
	return 0;
}

bool systemd_names_variable(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *at = strstr(text, key); at != NULL; at = strstr(at + 1, key))
		if ((at == text || strchr(" \n=\"", at[-1]) != NULL) && at[len] == '=')
			return true;
	return false;
}

static bool file_names(const char *path, const char *key)
{
	static char text[INIT_UNIT_MAX];
	struct err ignored;

	return file_read(path, text, sizeof(text), NULL, &ignored) == 0 &&
	       systemd_names_variable(text, key);
}

static bool folder_names(const char *folder, const char *key)
{
	const struct dirent *d;
	AUTO_DIR DIR *dir = opendir(folder);
	char path[PATH_MAX];

	for (int i = 0; i < SETTINGS_MAX && dir != NULL && (d = readdir(dir)) != NULL; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		if (file_names(path, key))
			return true;
	}
	return false;
}

/* Of the unit, its drop-ins, and what the manager gives to all. */
static int has_variable(const char *service, const char *key, bool *has, struct err *e)
{
	char path[INIT_PATH_MAX];

	(void)e;
	*has = (find_unit(service, path) && file_names(path, key)) ||
	       file_names("/etc/systemd/system.conf", key) ||
	       folder_names("/etc/systemd/system.conf.d", key);
	snprintf(path, sizeof(path), OWN "/%s.service.d", service);
	*has = *has || folder_names(path, key);
	return 0;
}

/* As systemctl does it: the link leads to the unit, wherever that is. */
static int enable(const char *service, struct err *e)
{
	char path[INIT_PATH_MAX], unit[INIT_PATH_MAX];

	link_of(service, path);
	if (!find_unit(service, unit))
		return err_set(e, ERR_UNAVAILABLE, "cannot enable %s: the image has no such unit",
			       service);
	return file_make_parent(path, 0755, e) != 0 ? -1 : file_replace_link(path, unit, e);
}

static int disable(const char *service, struct err *e)
{
	char path[INIT_PATH_MAX];

	link_of(service, path);
	return file_remove(path, e);
}

const struct init_image systemd_image = {
	.is_there = is_there,
	.version = version,
	.query = query,
	.has_variable = has_variable,
	.enable = enable,
	.disable = disable,
};
