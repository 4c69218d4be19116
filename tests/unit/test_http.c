/* SPDX-License-Identifier: MIT */
/* One GET: what is sent, and what of an answer is body, in whatever pieces it comes. */
#include "base/build_info.h"
#include "fake_network.h"
#include "net/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fake_network fake;
static struct http http;

/* Asks for @url and reads the whole body; -1 with @e, else its bytes. */
static int get(const struct http_request *q, const struct fake_answer *a, size_t piece, char *body,
	       struct err *e)
{
	struct connection c;
	int len = 0;
	size_t got;

	fake_init(&fake, a, 1);
	fake.piece = piece;
	assert_int_equal(network_open(&fake.network, q->url, deadline_never(), &c, e), 0);
	if (http_get(&http, c.stream, q, deadline_never(), e) != 0)
		return -1;
	do {
		if (http_read(&http, body + len, piece < 64 ? 3 : 64, deadline_never(), &got, e) !=
		    0)
			return -1;
		len += (int)got;
	} while (got > 0);
	body[len] = '\0';
	return len;
}

static struct url url_of(const char *text)
{
	struct url u;
	struct err e;

	assert_int_equal(url_parse(text, &u, &e), 0);
	return u;
}

static int get_text(const char *answer, size_t piece, char *body, struct err *e)
{
	struct url u = url_of("http://h/");
	struct http_request q = {.url = &u};
	struct fake_answer a = {.text = answer};

	return get(&q, &a, piece, body, e);
}

static void requests_say_what_is_wanted(void **state)
{
	struct url u = url_of("http://H:81/p?q");
	struct http_request q = {.url = &u};
	struct fake_answer a = {.text = "HTTP/1.1 204 No\r\n\r\n"};
	char body[64], want[512];
	struct err e;

	(void)state;
	assert_int_equal(get(&q, &a, 64, body, &e), 0);
	snprintf(want, sizeof(want),
		 "GET /p?q HTTP/1.1\r\nHost: h:81\r\nUser-Agent: tsfunnel/%s\r\nAccept: */*\r\n"
		 "Accept-Encoding: identity\r\n\r\n",
		 build_version);
	assert_string_equal(fake.asked[0], want);
	q = (struct http_request){&u, HTTP_ABSOLUTE, "Basic eA==", 5, "\"tag\""};
	assert_int_equal(get(&q, &a, 64, body, &e), 0);
	snprintf(want, sizeof(want),
		 "GET http://h:81/p?q HTTP/1.1\r\nHost: h:81\r\nUser-Agent: tsfunnel/%s\r\n"
		 "Accept: */*\r\nAccept-Encoding: identity\r\n"
		 "Proxy-Authorization: Basic eA==\r\nRange: bytes=5-\r\nIf-Range: \"tag\"\r\n\r\n",
		 build_version);
	assert_string_equal(fake.asked[0], want);
}

#define OK "HTTP/1.1 200 OK\r\n"

static const struct {
	const char *answer, *body; /* NULL: refused */
} answers[] = {
	{OK "Content-Length: 5\r\n\r\nhello", "hello"},
	{OK "Content-Length: 5\r\n\r\nhello and more", "hello"},
	{OK "Content-Length: 0\r\n\r\nmore", ""},
	{OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nmore", "hello"},
	{OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x\r\nllo\r\n0\r\nA: b\r\n\r\n",
	 "hello"},
	{OK "\r\nhello", "hello"},
	{"HTTP/1.0 200 OK\r\n\r\n", ""},
	{"HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 2\r\n\r\nhi", "hi"},
	{"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 P\r\n\r\n" OK "\r\nhi", "hi"},
	{"HTTP/1.1 304 Not\r\nContent-Length: 9\r\n\r\n", ""},
	{OK "Content-Length: 5\r\n\r\nhell", NULL},
	{OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", NULL},
	{OK "Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello", NULL},
	{OK "Content-Length: 5, 5\r\n\r\nhello", NULL},
	{OK "Content-Length: -5\r\n\r\nhello", NULL},
	{OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", NULL},
	{OK "Transfer-Encoding: gzip\r\n\r\nhello", NULL},
	{OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", NULL},
	{OK "Transfer-Encoding: chunked\r\n\r\nhello", NULL},
	{"HTTP/1.1 101 Switch\r\n\r\nhello", NULL},
	{"HTTP/1.1 100 Continue\r\n\r\n", NULL},
	{"HTTP/2 200 OK\r\n\r\n", NULL},
	{"SSH-2.0-OpenSSH\r\n", NULL},
	{"", NULL},
	{"HTTP/1.1 200 OK\r\n", NULL},
	{"HTTP/1.1 200 OK\n\nhello", NULL},
};

static void bodies_end_where_the_head_says(void **state)
{
	char body[256];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		for (size_t piece = 1; piece < 70; piece++) {
			int len = get_text(answers[i].answer, piece, body, &e);

			if (answers[i].body == NULL)
				assert_int_equal(len, -1);
			else
				assert_string_equal(body, answers[i].body);
			if (answers[i].body == NULL)
				continue;
			assert_int_equal(len, strlen(answers[i].body));
		}
	}
}

/* Every cut is noticed, but for the one answer that says no length. */
static void cuts_are_noticed(void **state)
{
	char body[256];
	struct err e;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct url u = url_of("http://h/");
		struct http_request q = {.url = &u};
		char text[256];
		size_t whole =
			(size_t)(strstr(answers[i].answer, "more") != NULL
					 ? strstr(answers[i].answer, "more") - answers[i].answer
					 : (long)strlen(answers[i].answer));

		if (i == 1)
			whole = (size_t)(strstr(answers[i].answer, " and") - answers[i].answer);
		for (size_t n = 0; n < whole; n++) {
			struct fake_answer failing = {.text = answers[i].answer, .cut = n};
			int len;

			memcpy(text, answers[i].answer, n);
			text[n] = '\0';
			len = get_text(text, 7, body, &e);
			assert_int_equal(len, -1);
			assert_int_equal(e.code, ERR_UNAVAILABLE);
			if (n == 0)
				continue;
			assert_int_equal(get(&q, &failing, 7, body, &e), -1);
			assert_int_equal(e.code, ERR_UNAVAILABLE);
		}
		assert_true(get_text(answers[i].answer, 7, body, &e) >= 0);
	}
}

static const struct {
	const char *answer;
	bool may;
} followed[] = {
	{OK "Content-Length: 5\r\n\r\nhello", true},
	{OK "Content-Length: 0\r\n\r\n", true},
	{OK "Connection: Keep-Alive\r\nContent-Length: 2\r\n\r\nhi", true},
	{"HTTP/1.1 304 Not\r\n\r\n", true},
	{OK "Connection: close\r\nContent-Length: 2\r\n\r\nhi", false},
	{OK "Connection: keep-alive, close\r\nContent-Length: 2\r\n\r\nhi", false},
	{OK "Connection: \r\nContent-Length: 2\r\n\r\nhi", false},
	{OK "Content-Length: 2\r\n\r\nhi there", false},
	{OK "\r\nhello", false},
	{OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", false},
	{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", false},
};

static void only_clear_ends_are_followed(void **state)
{
	char body[64];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(followed) / sizeof(followed[0]); i++) {
		assert_true(get_text(followed[i].answer, SIZE_MAX, body, &e) >= 0);
		assert_int_equal(http_may_follow(&http), followed[i].may);
	}
}

/* Half a body is no end. */
static void unread_answers_are_not_followed(void **state)
{
	const struct fake_answer a = {.text = OK "Content-Length: 5\r\n\r\nhello"};
	struct url u = url_of("http://h/");
	struct http_request q = {.url = &u};
	struct connection c;
	char body[4];
	struct err e;
	size_t got;

	(void)state;
	fake_init(&fake, &a, 1);
	assert_int_equal(network_open(&fake.network, &u, deadline_never(), &c, &e), 0);
	assert_int_equal(http_get(&http, c.stream, &q, deadline_never(), &e), 0);
	assert_false(http_may_follow(&http));
	assert_int_equal(http_read(&http, body, 4, deadline_never(), &got, &e), 0);
	assert_false(http_may_follow(&http));
	assert_int_equal(http_read(&http, body, 4, deadline_never(), &got, &e), 0);
	assert_true(http_may_follow(&http));
}

static void endless_heads_are_refused(void **state)
{
	static char text[HTTP_HEAD_MAX * 2];
	char body[64];
	struct err e;
	size_t n;

	(void)state;
	strcpy(text, OK);
	for (n = strlen(text); n < sizeof(text) - 8; n += 4)
		strcpy(text + n, "A:\r\n");
	assert_int_equal(get_text(text, 1000, body, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	text[0] = '\0';
	for (n = 0; n < 30; n++)
		strcat(text, "HTTP/1.1 100 Go on\r\n\r\n");
	assert_int_equal(get_text(text, 1000, body, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_say_what_is_wanted),
		cmocka_unit_test(bodies_end_where_the_head_says),
		cmocka_unit_test(cuts_are_noticed),
		cmocka_unit_test(only_clear_ends_are_followed),
		cmocka_unit_test(unread_answers_are_not_followed),
		cmocka_unit_test(endless_heads_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
