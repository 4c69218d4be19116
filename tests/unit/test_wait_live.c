/* SPDX-License-Identifier: MIT */
/* How long install asks for a funnel that never stands; counted in questions, not in seconds. */
#include "install/wait_live.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The pauses of 20, 40, ... 500 ms make about 7 questions of 300 ms, about 30 of the grace that
 * --timeout 0 has. */
#define TIMEOUT_MS 300
#define FEW 15

static char dir[] = "/tmp/test_wait_live.XXXXXX";
static struct install in;
static struct install_args args;
static int *asked; /* shared with the daemon */

static int query(const char *service, struct service_state *s, struct err *e)
{
	(void)service;
	(void)e;
	*s = (struct service_state){.exists = true, .active = true};
	return 0;
}

static const struct init_system manager = {
	.name = "test", .query = query, .hints = {.logs = "the log of %s"}};

static int make_dir(void **state)
{
	(void)state;
	asked = mmap(NULL, sizeof(*asked), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (asked == MAP_FAILED || mkdtemp(dir) == NULL)
		return -1;
	snprintf(in.funnel.socket, sizeof(in.funnel.socket), "%s/sock", dir);
	strcpy(in.funnel.service, "tailscale-funnel-that-is-nowhere");
	in.funnel.port = 443;
	in.init = &manager;
	in.args = &args;
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(in.funnel.socket);
	return rmdir(dir);
}

/* Takes each connection and hangs up, until it is killed. */
static pid_t useless_daemon(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t pid;

	strcpy(at.sun_path, in.funnel.socket);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 16), 0);
	pid = fork();
	while (pid == 0) {
		int one = accept(fd, NULL, NULL);

		++*asked;
		close(one);
	}
	close(fd);
	return pid;
}

static void a_timeout_is_the_end(void **state)
{
	pid_t pid = useless_daemon();
	struct err e;

	(void)state;
	args.timeout_ms = TIMEOUT_MS;
	in.until = deadline_in(TIMEOUT_MS);
	assert_int_equal(wait_live(&in, &e), -1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(e.code, ERR_TIMEOUT);
	assert_in_range(*asked, 1, FEW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_timeout_is_the_end)};

	return cmocka_run_group_tests_name("wait_live", tests, make_dir, remove_dir);
}
