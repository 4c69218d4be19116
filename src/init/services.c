/* SPDX-License-Identifier: MIT */
/* services - see services.h */
#include "init/services.h"

#include "base/auto.h"
#include "base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Where the manager's files lie: the folder, and what follows a service's name in it. */
struct place {
	char dir[INIT_PATH_MAX];
	char end[NAME_MAX + 1];
};

/* By the path of the one without a name: /etc/systemd/system/NAME.service, /etc/sv/NAME/run. */
static bool find_place(const struct init_system *init, struct place *p)
{
	struct err ignored;
	char *name, *end;

	if (init_path(&init->files[0], FUNNEL_SERVICE, p->dir, &ignored) != 0)
		return false;
	name = strstr(p->dir, "/" FUNNEL_SERVICE);
	if (name == NULL)
		return false;
	end = name + strlen("/" FUNNEL_SERVICE);
	end[strcspn(end, "/")] = '\0';
	snprintf(p->end, sizeof(p->end), "%s", end);
	*name = '\0';
	return true;
}

/* The service that an entry of the folder belongs to by its name. */
static bool is_service(const struct place *p, const char *entry,
		       char service[static FUNNEL_SERVICE_MAX])
{
	static const char start[] = FUNNEL_SERVICE "-";
	char again[FUNNEL_SERVICE_MAX];
	size_t len = strlen(entry), end = strlen(p->end);
	struct err ignored;

	if (len <= end || len - end >= FUNNEL_SERVICE_MAX || strcmp(entry + len - end, p->end) != 0)
		return false;
	memcpy(service, entry, len - end);
	service[len - end] = '\0';
	if (strcmp(service, FUNNEL_SERVICE) == 0)
		return true;
	return strncmp(service, start, sizeof(start) - 1) == 0 &&
	       service[sizeof(start) - 1] != '\0' &&
	       funnel_service(service + sizeof(start) - 1, again, &ignored) == 0;
}

static bool is_ours(const struct init_system *init, const char *service)
{
	static char text[INIT_UNIT_MAX];
	char path[INIT_PATH_MAX];
	struct err ignored;
	struct stat st;

	return init_path(&init->files[0], service, path, &ignored) == 0 && lstat(path, &st) == 0 &&
	       S_ISREG(st.st_mode) && file_read(path, text, sizeof(text), NULL, &ignored) == 0 &&
	       strstr(text, INIT_MARKER) != NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

size_t services_find(const struct init_system *init,
		     char names[static SERVICES_MAX][FUNNEL_SERVICE_MAX])
{
	const struct dirent *d;
	AUTO_DIR DIR *dir = NULL;
	struct place p;
	size_t n = 0;

	if (!find_place(init, &p))
		return 0;
	dir = opendir(p.dir[0] == '\0' ? "/" : p.dir);
	while (dir != NULL && n < SERVICES_MAX && (d = readdir(dir)) != NULL)
		if (is_service(&p, d->d_name, names[n]) && is_ours(init, names[n]))
			n++;
	qsort(names, n, sizeof(names[0]), by_name);
	return n;
}
