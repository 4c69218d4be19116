/* SPDX-License-Identifier: MIT */
/* Downloads: schemes along redirects, and how long is waited before another try. */
#include "fake_network.h"
#include "net/download.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WHOLE "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"
#define TO(location) "HTTP/1.1 302 Found\r\nLocation: " location "\r\n\r\n"

static struct fake_network fake;
static struct err err;

static int drop(struct download_sink *s, const char *data, size_t len, struct err *e)
{
	(void)s;
	(void)data;
	(void)len;
	(void)e;
	return 0;
}

static int drop_all(struct download_sink *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

static int run(const char *text, const struct fake_answer *answers, size_t count, int pause_ms,
	       struct deadline until)
{
	struct download_sink sink = {drop, drop_all};
	struct url u;
	struct download d = {.url = &u, .what = "the thing", .pause_ms = pause_ms};

	assert_int_equal(url_parse(text, &u, &err), 0);
	fake_init(&fake, answers, count);
	return download_run(&d, &fake.network, &sink, until, NULL, &err);
}

/* What was asked for over http may come over http in the end; a detour over https changes nothing.
 * What was asked for over https may not, at no hop. */
static void schemes_along_redirects(void **state)
{
	static const struct fake_answer a[] = {
		{.text = TO("https://b/")}, {.text = TO("http://c/")}, {.text = WHOLE}};

	(void)state;
	assert_int_equal(run("http://a/", a, 3, 1, deadline_never()), 0);
	assert_string_equal(fake.hosts[0], "a:80");
	assert_string_equal(fake.hosts[1], "b:443");
	assert_string_equal(fake.hosts[2], "c:80");
	assert_int_equal(run("https://a/", a, 3, 1, deadline_never()), -1);
	assert_non_null(strstr(err.msg, "a redirect from https to http"));
	assert_int_equal(fake.next, 2);
}

/* 400 ms after the first failure, 800 after the second; 1600 after the third would be too late.
 * With the same pause each time there would be five tries. */
static void pauses_grow(void **state)
{
	static const struct fake_answer a[] = {{.refuse = true},
					       {.refuse = true},
					       {.refuse = true},
					       {.refuse = true},
					       {.refuse = true}};

	(void)state;
	assert_int_equal(run("http://h/", a, 5, 400, deadline_in(2400)), -1);
	assert_int_equal(fake.next, 3);
	assert_string_equal(err.msg, "cannot fetch the thing from http://h/: refused");
}

/* A server that says when to come again is believed: not before, and not at all if that is too
 * late. */
static void servers_say_when(void **state)
{
	static const char *const busy[] = {
		"HTTP/1.1 503 x\r\nRetry-After: 20\r\n\r\n",
		"HTTP/1.1 429 x\r\nRetry-After: 999999\r\n\r\n",
		"HTTP/1.1 500 x\r\nRetry-After: 20\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(busy) / sizeof(busy[0]); i++) {
		const struct fake_answer a[] = {{.text = busy[i]}, {.text = WHOLE}};

		assert_int_equal(run("http://h/", a, 2, 1, deadline_in(15000)), -1);
		assert_int_equal(err.code, ERR_UNAVAILABLE);
		assert_string_not_equal(err.cure, "");
		assert_int_equal(fake.next, 1);
	}
}

/* Without a word of the server, and with one that says nothing, the pause is the usual one. */
static void servers_that_do_not_say(void **state)
{
	static const char *const busy[] = {
		"HTTP/1.1 503 x\r\n\r\n",
		"HTTP/1.1 503 x\r\nRetry-After: 0\r\n\r\n",
		"HTTP/1.1 503 x\r\nRetry-After: -5\r\n\r\n",
		"HTTP/1.1 503 x\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(busy) / sizeof(busy[0]); i++) {
		const struct fake_answer a[] = {{.text = busy[i]}, {.text = WHOLE}};

		assert_int_equal(run("http://h/", a, 2, 1, deadline_in(15000)), 0);
		assert_int_equal(fake.next, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schemes_along_redirects),
		cmocka_unit_test(pauses_grow),
		cmocka_unit_test(servers_say_when),
		cmocka_unit_test(servers_that_do_not_say),
	};

	return cmocka_run_group_tests_name("download_again", tests, NULL, NULL);
}
