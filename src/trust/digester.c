/* SPDX-License-Identifier: MIT */
/* digester - see digester.h */
#include "trust/digester.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECE 32768

/* How much may be on its way: the kernel doubles it, and its default holds three pieces. */
#define ON_THE_WAY (256 * 1024)

/* The second process. An incomplete stream has no end that it could take for one: we are dead. */
static _Noreturn void serve(int fd, enum digest_kind kind, pid_t parent)
{
	static char piece[PIECE];
	unsigned char sum[DIGEST_LEN];
	struct digest digest;
	ssize_t n;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(1);
	digest_init(&digest, kind);
	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			_exit(1);
		digest_update(&digest, piece, (size_t)n);
	}
	digest_out(&digest, sum);
	_exit(write(fd, sum, sizeof(sum)) == sizeof(sum) ? 0 : 1);
}

int digester_start(struct digester *d, enum digest_kind kind, struct err *e)
{
	const int room = ON_THE_WAY;
	pid_t parent = getpid();
	int ends[2];

	*d = DIGESTER_NONE;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return err_sys(e, ERR_FAILED, "cannot take a digest");
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	d->pid = fork();
	if (d->pid == 0) {
		close(ends[0]);
		serve(ends[1], kind, parent);
	}
	close(ends[1]);
	d->fd = ends[0];
	if (d->pid > 0)
		return 0;
	err_sys(e, ERR_FAILED, "cannot start a process for a digest");
	digester_drop(d);
	return -1;
}

int digester_add(struct digester *d, const void *data, size_t len, struct err *e)
{
	const char *at = data;

	while (len > 0) {
		struct iovec piece = {.iov_base = (void *)at, .iov_len = len};
		const struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
		ssize_t n = sendmsg(d->fd, &message, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, ERR_FAILED, "cannot take a digest");
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

void digester_drop(struct digester *d)
{
	if (d->fd < 0)
		return;
	close(d->fd);
	if (d->pid > 0) {
		kill(d->pid, SIGKILL);
		while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	*d = DIGESTER_NONE;
}

int digester_end(struct digester *d, unsigned char sum[static DIGEST_LEN], struct err *e)
{
	ssize_t n;

	shutdown(d->fd, SHUT_WR);
	do
		n = recv(d->fd, sum, DIGEST_LEN, MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	digester_drop(d);
	return n == DIGEST_LEN
		       ? 0
		       : err_set(e, ERR_FAILED, "cannot take a digest: its process is gone");
}
