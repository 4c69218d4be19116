/* SPDX-License-Identifier: MIT */
/*
 * auto - locals that release themselves
 *
 * AUTO_FD int fd = -1; AUTO_FREE char *s = NULL; are closed or freed when they leave scope.
 * Always initialise them. To give one away use fd_steal(), or set the pointer to NULL.
 */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static inline void auto_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void auto_free(void *p)
{
	free(*(void **)p);
}

static inline void auto_closedir(DIR **d)
{
	if (*d != NULL)
		closedir(*d);
}

static inline int fd_steal(int *fd)
{
	int out = *fd;

	*fd = -1;
	return out;
}

#define AUTO_FD __attribute__((cleanup(auto_close)))
#define AUTO_FREE __attribute__((cleanup(auto_free)))
#define AUTO_DIR __attribute__((cleanup(auto_closedir)))

#endif
