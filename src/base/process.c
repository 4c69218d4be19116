/* SPDX-License-Identifier: MIT */
/* process - see process.h */
#include "base/process.h"

#include "base/auto.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* Child side; does not return. @report carries errno of a failed exec to the parent. */
static _Noreturn void child(const char *const argv[], pid_t parent, int out, int report)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* Died with us already, before the request took effect: nobody waits for us. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(127);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	setenv("LC_ALL", "C", 1);
	setenv("SYSTEMD_PAGER", "", 1);
	setenv("SYSTEMD_COLORS", "0", 1);
	execvp(argv[0], (char *const *)argv);
	/* If even this fails the parent sees an empty report and status 127. */
	if (write(report, &errno, sizeof(errno)) < 0)
		_exit(127);
	_exit(127);
}

/* Reads until end of file; what does not fit is read and dropped. */
static int collect(int fd, struct deadline until, struct process_result *r)
{
	char spill[512];
	size_t len = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		size_t room = sizeof(r->out) - 1 - len;
		int ready = poll(&p, 1, deadline_left_ms(until));
		ssize_t n;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return -1;
		n = read(fd, room > 0 ? r->out + len : spill, room > 0 ? room : sizeof(spill));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? 0 : -1;
		if (room > 0)
			len += (size_t)n;
		r->out[len] = '\0';
	}
}

static int reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static bool nothing_runs;

void process_forbid(bool forbidden)
{
	nothing_runs = forbidden;
}

int process_run(const char *const argv[], struct deadline until, struct process_result *r,
		struct err *e)
{
	int out[2], report[2], failed = 0;
	pid_t parent = getpid(), pid;
	int rc;

	r->out[0] = '\0';
	if (nothing_runs)
		return err_set(e, ERR_BUG, "cannot run %s: it is part of an image", argv[0]);
	if (pipe2(out, O_CLOEXEC) != 0)
		return err_sys(e, ERR_IO, "cannot run %s", argv[0]);
	if (pipe2(report, O_CLOEXEC) != 0) {
		close(out[0]);
		close(out[1]);
		return err_sys(e, ERR_IO, "cannot run %s", argv[0]);
	}
	pid = fork();
	if (pid == 0)
		child(argv, parent, out[1], report[1]);
	close(out[1]);
	close(report[1]);
	rc = pid < 0 ? -1 : collect(out[0], until, r);
	close(out[0]);
	if (pid > 0) {
		if (rc != 0)
			kill(pid, SIGKILL);
		r->status = reap(pid);
		if (read(report[0], &failed, sizeof(failed)) != (ssize_t)sizeof(failed))
			failed = 0;
	}
	close(report[0]);
	if (pid < 0)
		return err_sys(e, ERR_IO, "cannot run %s", argv[0]);
	if (failed != 0) {
		errno = failed;
		return err_sys(e, failed == ENOENT ? ERR_NOTFOUND : ERR_NOEXEC, "cannot run %s",
			       argv[0]);
	}
	return rc == 0 ? 0 : err_set(e, ERR_TIMEOUT, "cannot run %s: no end in time", argv[0]);
}

const char *process_first_line(struct process_result *r)
{
	r->out[strcspn(r->out, "\n")] = '\0';
	return r->out;
}
