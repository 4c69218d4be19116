/* SPDX-License-Identifier: MIT */
/* notify - see notify.h */
#include "base/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* STATUS= with a sentence and a URL. */
#define NOTIFY_MAX 1536

static struct sockaddr_un manager = {.sun_family = AF_UNIX};
static socklen_t manager_len;

void notify_take(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path == NULL ? 0 : strlen(path);

	if (len < 2 || len >= sizeof(manager.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(manager.sun_path, path, len + 1);
	/* An abstract name ends with its length, not with a NUL. */
	manager_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (path[0] == '@')
		manager.sun_path[0] = '\0';
	unsetenv("NOTIFY_SOCKET");
}

void notify_lines(const char *lines)
{
	int sys = errno, fd;

	if (manager_len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		sendto(fd, lines, strlen(lines), MSG_NOSIGNAL, (const struct sockaddr *)&manager,
		       manager_len);
		close(fd);
	}
	errno = sys;
}

void notify_send(const char *key, const char *fmt, ...)
{
	char text[NOTIFY_MAX];
	int used = snprintf(text, sizeof(text), "%s=", key);
	va_list args;

	if (used < 0 || used >= (int)sizeof(text))
		return;
	va_start(args, fmt);
	vsnprintf(text + used, sizeof(text) - (size_t)used, fmt, args);
	va_end(args);
	for (char *c = text + used; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	notify_lines(text);
}
