/* SPDX-License-Identifier: MIT */
/* Is there a certificate: answers of tailscaled, cut at every byte. */
#include "localapi/cert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];
static int listener = -1, daemon_end = -1;
static struct cert_question c = {.fd = -1};
static struct err e;
static char request[512];

static int listen_here(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_cert.%ld", (long)getpid());
	strcpy(at.sun_path, path);
	unlink(path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	return bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(listener, 4) != 0;
}

static int end(void **state)
{
	(void)state;
	close(listener);
	return unlink(path);
}

static void ask(void)
{
	assert_int_equal(cert_ask(&c, path, "node.e2e.ts.net", deadline_in(60000), &e), 0);
	daemon_end = accept(listener, NULL, NULL);
	assert_true(daemon_end >= 0);
	/* Unread, it would make the close a reset. */
	assert_true(read(daemon_end, request, sizeof(request) - 1) > 0);
}

/* The answer in two parts, split at @at; then the end. */
static int answer(const char *text, size_t at, bool *done)
{
	int rc;

	ask();
	assert_int_equal(write(daemon_end, text, at), (ssize_t)at);
	rc = cert_hear(&c, done, &e);
	if (!*done) {
		assert_int_equal(rc, 0);
		assert_true(write(daemon_end, text + at, strlen(text) - at) >= 0);
		close(daemon_end);
		rc = cert_hear(&c, done, &e);
	} else {
		close(daemon_end);
	}
	assert_true(*done);
	assert_int_equal(c.fd, -1);
	return rc;
}

static const char good[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n-----BEGIN";
static const char refused[] = "HTTP/1.0 500 Internal Server Error\r\n\r\n"
			      "acme: rate limited: too many certificates\nmore\n";

static void at_every_byte(void **state)
{
	bool done;

	(void)state;
	for (size_t at = 0; at < strlen(good); at++)
		assert_int_equal(answer(good, at, &done), 0);
	for (size_t at = 0; at < strlen(refused); at++) {
		assert_int_equal(answer(refused, at, &done), -1);
		assert_int_equal(e.code, ERR_FAILED);
		assert_string_equal(
			e.msg,
			"cannot get a certificate: acme: rate limited: too many certificates");
	}
}

static void what_is_no_answer(void **state)
{
	static char long_head[CERT_ANSWER_MAX + 64];
	bool done;

	(void)state;
	assert_int_equal(answer("", 0, &done), -1);
	assert_int_equal(e.code, ERR_UNAVAILABLE);
	assert_int_equal(answer("HTTP/1.0 200 OK\r\n", 3, &done), -1);
	assert_int_equal(answer("nonsense\r\n\r\n", 3, &done), -1);
	assert_int_equal(answer("HTTP/1.0 403 Forbidden\r\n\r\n", 30 - 4, &done), -1);
	memset(long_head, 'x', sizeof(long_head) - 1);
	memcpy(long_head, "HTTP/1.0 200 OK\r\n", 17);
	assert_int_equal(answer(long_head, sizeof(long_head) - 1, &done), -1);
}

static void an_answer_may_take_its_time(void **state)
{
	bool done;

	(void)state;
	ask();
	assert_int_equal(cert_hear(&c, &done, &e), 0);
	assert_false(done);
	c.until = deadline_in(0);
	assert_int_equal(cert_hear(&c, &done, &e), -1);
	assert_true(done);
	assert_int_equal(e.code, ERR_TIMEOUT);
	close(daemon_end);
}

static void the_question(void **state)
{
	(void)state;
	ask();
	assert_non_null(
		strstr(request, "GET /localapi/v0/cert/node.e2e.ts.net?type=cert HTTP/1.0"));
	cert_close(&c);
	cert_close(&c);
	close(daemon_end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_question),
		cmocka_unit_test(at_every_byte),
		cmocka_unit_test(what_is_no_answer),
		cmocka_unit_test(an_answer_may_take_its_time),
	};

	return cmocka_run_group_tests_name("cert", tests, listen_here, end);
}
