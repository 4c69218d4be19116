/* SPDX-License-Identifier: MIT */
/* What a service manager hears, on a path and on an abstract name. */
#include "base/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char heard[4096];

/* A manager's socket, named as in NOTIFY_SOCKET. */
static int manager(const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	memcpy(at.sun_path, name, len);
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	setenv("NOTIFY_SOCKET", name, 1);
	notify_take();
	assert_null(getenv("NOTIFY_SOCKET"));
	return fd;
}

static const char *hear(int fd)
{
	ssize_t n = recv(fd, heard, sizeof(heard) - 1, 0);

	heard[n > 0 ? n : 0] = '\0';
	return heard;
}

static void without_a_manager_nothing_happens(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_take();
	notify_send("READY", "1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_take();
	notify_send("READY", "1");
}

static void on_a_path(void **state)
{
	char path[] = "/tmp/test_notify.XXXXXX";
	int fd;

	(void)state;
	assert_non_null(mkdtemp(path));
	strcat(strcpy(heard, path), "/s");
	fd = manager(heard);
	notify_send("READY", "1");
	assert_string_equal(hear(fd), "READY=1");
	notify_send("STATUS", "%s: %d", "waiting", 7);
	assert_string_equal(hear(fd), "STATUS=waiting: 7");
	assert_string_equal(hear(fd), "");
	close(fd);
	/* A manager that is gone is no error. */
	notify_send("READY", "1");
	strcat(strcpy(heard, path), "/s");
	unlink(heard);
	rmdir(path);
}

static void on_an_abstract_name(void **state)
{
	char name[64];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@test_notify.%ld", (long)getpid());
	fd = manager(name);
	notify_send("STATUS", "one\nREADY=1\n\x1b[2J");
	assert_string_equal(hear(fd), "STATUS=one READY=1  [2J");
	close(fd);
}

static void a_long_text_is_cut(void **state)
{
	char name[64], text[4000];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@test_notify_long.%ld", (long)getpid());
	fd = manager(name);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	notify_send("STATUS", "%s", text);
	assert_true(strlen(hear(fd)) > 1000);
	assert_memory_equal(heard, "STATUS=xxx", 10);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_manager_nothing_happens),
		cmocka_unit_test(on_a_path),
		cmocka_unit_test(on_an_abstract_name),
		cmocka_unit_test(a_long_text_is_cut),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
