/* SPDX-License-Identifier: MIT */
/* The guard beside a tailscaled that hangs: it ends as soon as the CLI does, or it is told to. */
#include "base/notify.h"
#include "launch/guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVICE "tailscale-funnel"

static char dir[] = "/tmp/test_guard.XXXXXX";
static struct funnel f = {.service = SERVICE, .port = 443};
static int listener, notified;

static int listen_at(const char *name, int type, char *path, size_t cap)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type, 0);

	snprintf(path, cap, "%s/%s", dir, name);
	strcpy(at.sun_path, path);
	return bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 ? fd : -1;
}

static int make_dir(void **state)
{
	char path[108];

	(void)state;
	if (mkdtemp(dir) == NULL || setenv("RUNTIME_DIRECTORY", dir, 1) != 0)
		return -1;
	rundir_use_given(SERVICE);
	notified = listen_at("notify", SOCK_DGRAM, path, sizeof(path));
	setenv("NOTIFY_SOCKET", path, 1);
	listener = listen_at("sock", SOCK_STREAM, f.socket, sizeof(f.socket));
	return notified < 0 || listener < 0 || listen(listener, 16) != 0;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

/* Takes a connection for a path that is never answered. */
static int takes(const char *what)
{
	char request[512] = "";
	int fd = accept(listener, NULL, NULL);

	assert_true(read(fd, request, sizeof(request) - 1) > 0);
	assert_non_null(strstr(request, what));
	return fd;
}

/* All that the service manager was told. */
static void told(char *text, size_t cap)
{
	size_t len = 0;
	ssize_t n;

	while ((n = recv(notified, text + len, cap - 1 - len, MSG_DONTWAIT)) > 0)
		len += (size_t)n;
	text[len] = '\0';
}

/*
 * Time is not measured: a guard that waits for the status until its deadline says then that
 * tailscaled does not run.
 */
static void ends_at_once(void (*end)(struct guard_tie *tie))
{
	struct guard_tie tie;
	struct announcer a;
	char text[4096];
	int bus, status;
	struct err e;

	notify_take();
	announcer_init(&a, &f);
	assert_int_equal(guard_start(&f, &a, &tie, &e), 0);
	bus = takes("watch-ipn-bus");
	status = takes("status");
	told(text, sizeof(text));
	end(&tie);
	assert_int_equal(waitpid(tie.pid, NULL, 0), tie.pid);
	told(text, sizeof(text));
	assert_null(strstr(text, "not running"));
	assert_non_null(strstr(text, "has ended"));
	close(bus);
	close(status);
}

static void the_cli_ends(struct guard_tie *tie)
{
	close(tie->fd);
}

static void when_the_cli_ends(void **state)
{
	(void)state;
	ends_at_once(the_cli_ends);
}

static struct guard_tie *tied;

/* As a CLI does that is told to end. */
static void on_term(int sig)
{
	(void)sig;
	close(tied->fd);
}

static void the_guard_is_told(struct guard_tie *tie)
{
	struct sigaction sa = {.sa_handler = on_term, .sa_flags = SA_RESTART};

	tied = tie;
	sigaction(SIGTERM, &sa, NULL);
	kill(tie->pid, SIGTERM);
}

static void when_it_is_told_to(void **state)
{
	(void)state;
	ends_at_once(the_guard_is_told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(when_the_cli_ends),
		cmocka_unit_test(when_it_is_told_to),
	};

	return cmocka_run_group_tests_name("guard", tests, make_dir, remove_dir);
}
