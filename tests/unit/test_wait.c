/* SPDX-License-Identifier: MIT */
/* Daemons that listen and are of no use: said to be starting, and not asked without a pause. */
#include "launch/launch.h"

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

#define SERVICE "tailscale-funnel"
#define WAIT_MS 1500

/* With pauses of 100, 200, 400 ms it is asked a handful of times; without, thousands. */
#define FEW 20

static char dir[] = "/tmp/test_wait.XXXXXX";
static struct funnel f = {.service = SERVICE, .port = 443};
static int *asked; /* shared with the daemon */

static const char speaks[] = "HTTP/1.0 200 OK\r\n\r\n{\"SessionID\":\"1\",\"State\":2}\n";

static int make_dir(void **state)
{
	(void)state;
	asked = mmap(NULL, sizeof(*asked), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (asked == MAP_FAILED || mkdtemp(dir) == NULL || setenv("RUNTIME_DIRECTORY", dir, 1) != 0)
		return -1;
	snprintf(f.socket, sizeof(f.socket), "%s/sock", dir);
	rundir_use_given(SERVICE);
	return 0;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

/* Takes each connection, says @words and hangs up, until it is killed. */
static pid_t daemon_that_says(const char *words)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t pid;

	strcpy(at.sun_path, f.socket);
	unlink(f.socket);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 16), 0);
	*asked = 0;
	pid = fork();
	while (pid == 0) {
		char request[512];
		int one = accept(fd, NULL, NULL);

		++*asked;
		if (read(one, request, sizeof(request)) > 0 && words[0] != '\0' &&
		    strstr(request, "watch-ipn-bus") != NULL)
			write(one, words, strlen(words));
		close(one);
	}
	close(fd);
	return pid;
}

static void waits_with_pauses(const char *words)
{
	pid_t pid = daemon_that_says(words);
	struct announcer a;
	struct node n;
	struct err e;

	announcer_init(&a, &f);
	assert_int_equal(wait_ready(&a, deadline_in(WAIT_MS), &n, NULL, &e), -1);
	assert_int_equal(e.code, ERR_TIMEOUT);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(*asked > 1 && *asked < FEW);
	/* And whoever waits for READY is not left waiting. */
	assert_string_equal(a.status.state, "starting");
	assert_true(a.ready);
}

static void one_that_hangs_up(void **state)
{
	(void)state;
	waits_with_pauses("");
}

static void one_that_speaks_and_hangs_up(void **state)
{
	(void)state;
	waits_with_pauses(speaks);
}

static void pauses(void **state)
{
	(void)state;
	assert_int_equal(deadline_pause(0, 50, 5000), 50);
	assert_int_equal(deadline_pause(50, 50, 5000), 100);
	assert_int_equal(deadline_pause(3200, 50, 5000), 5000);
	assert_int_equal(deadline_pause(5000, 50, 5000), 5000);
}

static void what_is_left_of_a_wait(void **state)
{
	struct deadline d;

	(void)state;
	assert_int_equal(deadline_within(-1, (struct deadline){INT64_MAX - 1}).at_ms,
			 INT64_MAX - 1);
	d = deadline_within(3600000, deadline_in(1800000));
	assert_in_range(deadline_left_ms(d), 900000, 1800000);
	d = deadline_within(1800000, deadline_never());
	assert_in_range(deadline_left_ms(d), 900000, 1800000);
	/* Over long ago: something is left for an answer. */
	d = deadline_within(3600000, (struct deadline){0});
	assert_in_range(d.at_ms, deadline_now_ms() - 60000, deadline_now_ms() + 1000);
	assert_true(d.at_ms > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_hangs_up),
		cmocka_unit_test(one_that_speaks_and_hangs_up),
		cmocka_unit_test(pauses),
		cmocka_unit_test(what_is_left_of_a_wait),
	};

	return cmocka_run_group_tests_name("wait", tests, make_dir, remove_dir);
}
