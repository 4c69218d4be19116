/* SPDX-License-Identifier: MIT */
/* owner_apk - see owner_apk.h */
#include "install/owner_apk.h"

#include "base/auto.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The second since Alpine merged /lib into /usr/lib. */
static const char *const databases[] = {"/lib/apk/db/installed", "/usr/lib/apk/db/installed"};

/* Is @path FOLDER/NAME, but for its leading slash? */
static bool is_in(const char *path, const char *folder, const char *name)
{
	size_t len = strlen(folder);

	path++;
	if (len > 0) {
		if (strncmp(path, folder, len) != 0 || path[len] != '/')
			return false;
		path += len + 1;
	}
	return strcmp(path, name) == 0;
}

static void take_line(struct owner_apk *s)
{
	const char *value = s->line + 2;

	if (s->len == 0)
		s->package[0] = s->folder[0] = '\0';
	if (s->len < 2 || s->line[1] != ':')
		return;
	switch (s->line[0]) {
	case 'P':
		/* A name that does not fit is nobody's. */
		s->package[0] = '\0';
		if (strlen(value) < sizeof(s->package))
			memcpy(s->package, value, strlen(value) + 1);
		break;
	case 'F':
		memcpy(s->folder, value, strlen(value) + 1);
		break;
	case 'R':
		for (size_t i = 0; s->paths[i] != NULL && s->package[0] != '\0'; i++)
			s->found |= is_in(s->paths[i], s->folder, value);
		break;
	default:
		break;
	}
}

void owner_apk_feed(struct owner_apk *s, const char *data, size_t len)
{
	for (size_t i = 0; i < len && !s->found; i++) {
		if (data[i] != '\n') {
			if (s->len < sizeof(s->line))
				s->line[s->len++] = data[i];
			continue;
		}
		if (s->len < sizeof(s->line)) {
			s->line[s->len] = '\0';
			take_line(s);
		}
		s->len = 0;
	}
}

static int read_database(int fd, const char *name, struct owner_apk *s, struct err *e)
{
	char chunk[8192];
	ssize_t n;

	while (!s->found && (n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, ERR_IO, "cannot read %s", name);
		owner_apk_feed(s, chunk, (size_t)n);
	}
	return 0;
}

int owner_apk_ask(const char *const paths[], char package[static OWNER_PACKAGE_MAX], struct err *e)
{
	static struct owner_apk s;

	for (size_t i = 0; i < sizeof(databases) / sizeof(databases[0]); i++) {
		AUTO_FD int fd = open(databases[i], O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

		if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
			continue;
		if (fd < 0)
			return err_sys(e, err_code_of(errno, ERR_IO), "cannot read %s",
				       databases[i]);
		s = (struct owner_apk){.paths = paths};
		if (read_database(fd, databases[i], &s, e) != 0)
			return -1;
		if (!s.found)
			continue;
		memcpy(package, s.package, OWNER_PACKAGE_MAX);
		return 1;
	}
	return 0;
}
