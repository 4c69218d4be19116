/* SPDX-License-Identifier: MIT */
/* orphan - see orphan.h */
#include "launch/orphan.h"

#include "base/auto.h"
#include "base/deadline.h"
#include "base/log.h"
#include "init/job.h"
#include "store/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A CLI that is told to end has ended within milliseconds, if its tailscaled answers. */
#define END_MS 5000
#define KILL_MS 5000
#define LOOK_MS 20

/* As much as a kernel takes for one variable and its like; the rest is not looked at. */
#define ENVIRON_MAX 131072

bool orphan_is_successor(const char *service)
{
	const char *of = getenv(JOB_SUPERVISED);

	return of != NULL && strcmp(of, service) == 0;
}

bool orphan_is_of(const char *environ, size_t len, const char *service)
{
	static const char key[] = JOB_SUPERVISED "=";
	size_t n = strlen(service), at = 0;

	while (at < len) {
		size_t word = strnlen(environ + at, len - at);

		if (word == sizeof(key) - 1 + n &&
		    memcmp(environ + at, key, sizeof(key) - 1) == 0 &&
		    memcmp(environ + at + sizeof(key) - 1, service, n) == 0)
			return true;
		at += word + 1;
	}
	return false;
}

static bool is_of(pid_t pid, const char *service)
{
	static char text[ENVIRON_MAX];
	char path[32];
	AUTO_FD int fd = -1;
	size_t len = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/environ", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && len < sizeof(text) && (n = read(fd, text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	return orphan_is_of(text, len, service);
}

/* Nobody holds the lock any more; false when somebody does after the time. */
static bool is_free(const char *service, int ms)
{
	const struct deadline until = deadline_in(ms);

	while (rundir_holder(service) != 0) {
		if (deadline_passed(until))
			return false;
		poll(NULL, 0, LOOK_MS);
	}
	return true;
}

/*
 * The pid in the lock's file may be another process's by the time that it is told to end: what
 * holds the lock is looked at again once the process is held fast. @fd is -1 on a kernel that
 * cannot (before 5.3).
 */
static int end(const char *service, pid_t pid, int fd, struct err *e)
{
	static const int signals[] = {SIGTERM, SIGKILL};
	static const int patience[] = {END_MS, KILL_MS};

	if (rundir_holder(service) != pid || !is_of(pid, service))
		return err_set(e, ERR_TIMEOUT,
			       "cannot end process %ld, which runs %s: no service "
			       "manager started it",
			       (long)pid, service);
	log_notice("ending process %ld, which runs %s and has lost its supervisor", (long)pid,
		   service);
	for (size_t i = 0; i < 2; i++) {
		if (fd >= 0)
			syscall(SYS_pidfd_send_signal, fd, signals[i], NULL, 0);
		else
			kill(pid, signals[i]);
		if (is_free(service, patience[i]))
			return 0;
	}
	return err_set(e, ERR_TIMEOUT, "cannot end process %ld, which runs %s", (long)pid, service);
}

int orphan_end(const char *service, struct err *e)
{
	pid_t pid = rundir_holder(service);
	AUTO_FD int fd = -1;

	if (pid == 0)
		return 0;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0 && errno == ESRCH && is_free(service, 0))
		return 0;
	return end(service, pid, fd, e);
}
