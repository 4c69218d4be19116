/* SPDX-License-Identifier: MIT */
/* The head of an HTTP answer: what is read, and that all else is refused. */
#include "net/http_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define OK "HTTP/1.1 200 OK\r\n"
#define END "\r\n"

static int parse(const char *text, struct http_head *h, struct err *e)
{
	return http_head_parse(text, strlen(text), h, e);
}

static void headers_are_found(void **state)
{
	const char *text = "HTTP/1.0 404 Not Found\r\nEtag:  abc \t\r\nX-Empty:\r\n"
			   "x-UTF: \xc3\xa9\r\n" END;
	struct http_head h;
	char value[8];
	struct err e;

	(void)state;
	assert_int_equal(parse(text, &h, &e), 0);
	assert_int_equal(h.minor, 0);
	assert_int_equal(h.status, 404);
	assert_int_equal(h.body, HTTP_BODY_TO_EOF);
	assert_int_equal(h.count, 3);
	http_head_copy(&h, "ETAG", value, sizeof(value));
	assert_string_equal(value, "abc");
	http_head_copy(&h, "X-Empty", value, sizeof(value));
	assert_string_equal(value, "");
	assert_null(http_head_find(&h, "Eta"));
	assert_null(http_head_find(&h, "Etags"));
	/* What does not fit is not given in part. */
	http_head_copy(&h, "Etag", value, 3);
	assert_string_equal(value, "");
	http_head_copy(&h, "Etag", value, 4);
	assert_string_equal(value, "abc");
}

static void the_end_is_found(void **state)
{
	const char *text = OK "A: b\r\n" END "body\r\n\r\n";
	size_t end = strlen(OK "A: b\r\n" END);

	(void)state;
	for (size_t len = 0; len <= strlen(text); len++)
		assert_int_equal(http_head_end(text, len), len < end ? 0 : end);
}

static void cut_heads_are_refused(void **state)
{
	const char *text = OK "A: b\r\nContent-Length: 5\r\n" END;
	struct http_head h;
	struct err e;

	(void)state;
	assert_int_equal(parse(text, &h, &e), 0);
	for (size_t len = 0; len < strlen(text); len++) {
		assert_int_equal(http_head_parse(text, len, &h, &e), -1);
		assert_int_equal(e.code, ERR_DATA);
	}
	/* Nor is what lies behind it part of a head. */
	assert_int_equal(parse(OK "A: b\r\n" END "x", &h, &e), -1);
}

static void bodies_end_where_one_header_says(void **state)
{
	static const struct {
		const char *text;
		enum http_body body;
		int64_t length;
	} good[] = {
		{OK END, HTTP_BODY_TO_EOF, 0},
		{"HTTP/1.1 200\r\n" END, HTTP_BODY_TO_EOF, 0},
		{"HTTP/1.1 200 \r\n" END, HTTP_BODY_TO_EOF, 0},
		{OK "Content-Length: 0\r\n" END, HTTP_BODY_LENGTH, 0},
		{OK "content-length:123\r\n" END, HTTP_BODY_LENGTH, 123},
		{OK "Content-Length: 999999999999999999\r\n" END, HTTP_BODY_LENGTH,
		 999999999999999999},
		{OK "Transfer-Encoding: Chunked\r\n" END, HTTP_BODY_CHUNKED, 0},
		{"HTTP/1.1 204 No Content\r\n" END, HTTP_BODY_LENGTH, 0},
		{"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n" END, HTTP_BODY_LENGTH, 0},
		{"HTTP/1.1 100 Continue\r\n" END, HTTP_BODY_LENGTH, 0},
	};
	struct http_head h;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(parse(good[i].text, &h, &e), 0);
		assert_int_equal(h.body, good[i].body);
		assert_int_equal(h.length, good[i].length);
	}
}

static void odd_heads_are_refused(void **state)
{
	static const char *const bad[] = {
		"HTTP/2 200 OK\r\n" END,
		"HTTP/1.2 200 OK\r\n" END,
		"http/1.1 200 OK\r\n" END,
		" HTTP/1.1 200 OK\r\n" END,
		"HTTP/1.1  200 OK\r\n" END,
		"HTTP/1.1 20 OK\r\n" END,
		"HTTP/1.1 2000 OK\r\n" END,
		"HTTP/1.1 099 OK\r\n" END,
		"HTTP/1.1 600 OK\r\n" END,
		"HTTP/1.1 -20 OK\r\n" END,
		"HTTP/1.1 200 O\x01K\r\n" END,
		"HTTP/1.1 200 OK\nA: b\r\n" END,
		END END,
		OK " folded: x\r\n" END,
		OK "A: b\r\n c\r\n" END,
		OK "A: b\r\n\tc\r\n" END,
		OK "A : b\r\n" END,
		OK ": b\r\n" END,
		OK "A\r\n" END,
		OK "A B: c\r\n" END,
		OK "A: b\nC: d\r\n" END,
		OK "A: b\rC: d\r\n" END,
		OK "A: \x7f\r\n" END,
		OK "A\xc3\xa9: b\r\n" END,
		OK "Content-Length:\r\n" END,
		OK "Content-Length: +5\r\n" END,
		OK "Content-Length: -5\r\n" END,
		OK "Content-Length: 5 5\r\n" END,
		OK "Content-Length: 0x5\r\n" END,
		OK "Content-Length: 5,5\r\n" END,
		OK "Content-Length: 1000000000000000000\r\n" END,
		OK "Content-Length: 5\r\nContent-Length: 5\r\n" END,
		OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END,
		OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END,
		OK "Transfer-Encoding: gzip, chunked\r\n" END,
		OK "Transfer-Encoding: xchunked\r\n" END,
		OK "Transfer-Encoding:\r\n" END,
	};
	struct http_head h;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i], &h, &e) != -1)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(e.code, ERR_DATA);
	}
}

static void a_nul_is_refused(void **state)
{
	static const char text[] = OK "A: b\0c\r\n" END;
	static const char name[] = OK "A\0B: c\r\n" END;
	struct http_head h;
	struct err e;

	(void)state;
	assert_int_equal(http_head_parse(text, sizeof(text) - 1, &h, &e), -1);
	assert_int_equal(http_head_parse(name, sizeof(name) - 1, &h, &e), -1);
}

static void size_is_bounded(void **state)
{
	static char text[HTTP_HEAD_MAX + 64];
	struct http_head h;
	struct err e;
	size_t len;

	(void)state;
	strcpy(text, OK);
	for (int i = 0; i < HTTP_HEADER_MAX; i++)
		strcat(text, "A: b\r\n");
	len = strlen(text);
	strcpy(text + len, END);
	assert_int_equal(parse(text, &h, &e), 0);
	assert_int_equal(h.count, HTTP_HEADER_MAX);
	strcpy(text + len, "A: b\r\n" END);
	assert_int_equal(parse(text, &h, &e), -1);

	strcpy(text, OK "A: ");
	memset(text + strlen(text), 'x', HTTP_HEAD_MAX - strlen(text) - 4);
	memcpy(text + HTTP_HEAD_MAX - 4, "\r\n\r\n", 5);
	assert_int_equal(parse(text, &h, &e), 0);
	memcpy(text + HTTP_HEAD_MAX - 4, "x\r\n\r\n", 6);
	assert_int_equal(parse(text, &h, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_found),
		cmocka_unit_test(the_end_is_found),
		cmocka_unit_test(cut_heads_are_refused),
		cmocka_unit_test(bodies_end_where_one_header_says),
		cmocka_unit_test(odd_heads_are_refused),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(size_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
