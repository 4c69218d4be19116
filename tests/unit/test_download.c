/* SPDX-License-Identifier: MIT */
/* Downloads: redirects, cuts and what is asked again, and each refusal in its own words. */
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

struct memory {
	struct download_sink sink;
	char data[4096];
	size_t len;
	int restarts;
	bool full; /* refuse to take anything */
};

static struct fake_network fake;
static struct memory mem;
static struct download_result result;
static struct err err;
static int64_t progress_done, progress_total;

static int memory_write(struct download_sink *s, const char *data, size_t len, struct err *e)
{
	struct memory *m = (struct memory *)s;

	if (m->full)
		return err_set(e, ERR_IO, "disk full");
	assert_true(m->len + len <= sizeof(m->data));
	memcpy(m->data + m->len, data, len);
	m->len += len;
	return 0;
}

static int memory_restart(struct download_sink *s, struct err *e)
{
	struct memory *m = (struct memory *)s;

	(void)e;
	m->len = 0;
	m->restarts++;
	return 0;
}

static void progress(void *ctx, int64_t done, int64_t total)
{
	assert_ptr_equal(ctx, &mem);
	progress_done = done;
	progress_total = total;
}

static int run_in(const char *text, const struct fake_answer *answers, size_t count, int64_t max,
		  struct deadline until)
{
	struct url u;
	struct download d = {.url = &u,
			     .what = "the thing",
			     .max = max,
			     .pause_ms = 1,
			     .progress_ctx = &mem,
			     .progress = progress};

	assert_int_equal(url_parse(text, &u, &err), 0);
	fake_init(&fake, answers, count);
	mem = (struct memory){.sink = {memory_write, memory_restart}, .full = mem.full};
	return download_run(&d, &fake.network, &mem.sink, until, &result, &err);
}

static int run(const char *text, const struct fake_answer *answers, size_t count)
{
	int rc = run_in(text, answers, count, 0, deadline_never());

	assert_false(fake.open);
	assert_int_equal(fake.next, rc == 0 ? count : fake.next);
	return rc;
}

#define RUN(url, answers) run((url), (answers), sizeof(answers) / sizeof((answers)[0]))

#define OK "HTTP/1.1 200 OK\r\n"
#define BODY "0123456789abcdef"
#define WHOLE OK "ETag: \"v1\"\r\nContent-Length: 16\r\n\r\n" BODY
#define HEAD_LEN (sizeof(OK "ETag: \"v1\"\r\nContent-Length: 16\r\n\r\n") - 1)
#define TO(location) "HTTP/1.1 302 Found\r\nLocation: " location "\r\n\r\n"

static void check_body(void)
{
	assert_int_equal(mem.len, 16);
	assert_memory_equal(mem.data, BODY, 16);
	assert_int_equal(result.size, 16);
	assert_int_equal(progress_done, 16);
}

static void bodies_arrive(void **state)
{
	const struct fake_answer a[] = {{.text = WHOLE}};
	const struct fake_answer b[] = {{.text = OK "\r\n" BODY}};

	(void)state;
	assert_int_equal(RUN("http://h/x", a), 0);
	check_body();
	assert_int_equal(progress_total, 16);
	assert_int_equal(mem.restarts, 0);
	assert_int_equal(result.tries, 1);
	assert_int_equal(RUN("http://h/x", b), 0);
	check_body();
	assert_int_equal(progress_total, -1);
}

#define TO_Z "HTTP/1.1 302 Found\r\nLocation: /z\r\nContent-Length: 0\r\n\r\n"

static void connections_are_used_again(void **state)
{
	const struct fake_answer same[] = {{.text = TO_Z}, {.text = WHOLE}};
	const struct fake_answer other[] = {
		{.text = "HTTP/1.1 302 F\r\nLocation: http://g/\r\nContent-Length: 0\r\n\r\n"},
		{.text = WHOLE}};
	/* What the server says on the connection that is used again is not the answer. */
	static const char *const spoilt[] = {"", "more of the last one", "HTTP/1.1 2"};

	(void)state;
	assert_int_equal(RUN("http://h/x", same), 0);
	assert_int_equal(fake.connections, 1);
	assert_int_equal(RUN("http://h/x", other), 0);
	assert_int_equal(fake.connections, 2);
	for (size_t i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
		const struct fake_answer a[] = {
			{.text = TO_Z}, {.text = spoilt[i]}, {.text = WHOLE}};

		assert_int_equal(RUN("http://h/x", a), 0);
		check_body();
		/* At once: a server that hangs up when it is idle does nothing wrong. */
		assert_int_equal(result.tries, 1);
		assert_int_equal(fake.connections, 2);
	}
}

/* A new connection that is cut is a failure. */
static void only_used_ones_are_tried_again_at_once(void **state)
{
	const struct fake_answer a[] = {{.text = ""}, {.text = WHOLE}};

	(void)state;
	assert_int_equal(RUN("http://h/x", a), 0);
	assert_int_equal(result.tries, 2);
}

static void redirects_are_followed(void **state)
{
	const struct fake_answer a[] = {
		{.text = TO("https://other.example/y")},
		{.text = "HTTP/1.1 301 x\r\nLocation: /z?q\r\nContent-Length: 3\r\n\r\nabc"},
		{.text = WHOLE},
	};

	(void)state;
	assert_int_equal(RUN("http://h/x", a), 0);
	check_body();
	assert_string_equal(fake.hosts[0], "h:80");
	assert_string_equal(fake.hosts[1], "other.example:443");
	assert_string_equal(fake.hosts[2], "other.example:443");
	assert_ptr_equal(strstr(fake.asked[2], "GET /z?q HTTP/1.1\r\nHost: other.example\r\n"),
			 fake.asked[2]);
	assert_string_equal(result.url.target, "/z?q");
}

static void bad_redirects_are_refused(void **state)
{
	static const struct {
		const char *url;
		struct fake_answer answers[2];
		const char *word;
	} cases[] = {
		{"https://h/x", {{.text = TO("http://h/y")}}, "from https to http"},
		{"http://h/x", {{.text = TO("http://h/x")}}, "circle"},
		{"http://h/x", {{.text = TO("/y")}, {.text = TO("/x")}}, "circle"},
		{"http://h/x", {{.text = "HTTP/1.1 302 F\r\n\r\n"}}, "nowhere"},
		{"http://h/x", {{.text = TO("//other/")}}, "without http"},
		{"http://h/x", {{.text = TO("ftp://other/")}}, "neither"},
		{"http://h/x", {{.text = TO("http://u:secret@other/")}}, "password"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t count = cases[i].answers[1].text == NULL ? 1 : 2;

		assert_int_equal(run(cases[i].url, cases[i].answers, count), -1);
		assert_int_equal(err.code, ERR_DATA);
		assert_non_null(strstr(err.msg, cases[i].word));
		assert_null(strstr(err.msg, "secret"));
		assert_int_equal(fake.next, count);
	}
}

/* Ten are followed, eleven are not. */
static void redirects_are_counted(void **state)
{
	char texts[DOWNLOAD_REDIRECTS + 1][64];
	struct fake_answer a[DOWNLOAD_REDIRECTS + 2];

	(void)state;
	for (int i = 0; i <= DOWNLOAD_REDIRECTS; i++) {
		snprintf(texts[i], sizeof(texts[i]), TO("/%d"), i);
		a[i] = (struct fake_answer){.text = texts[i]};
	}
	a[DOWNLOAD_REDIRECTS] = (struct fake_answer){.text = WHOLE};
	assert_int_equal(run("http://h/x", a, DOWNLOAD_REDIRECTS + 1), 0);
	check_body();
	a[DOWNLOAD_REDIRECTS] = (struct fake_answer){.text = texts[DOWNLOAD_REDIRECTS]};
	a[DOWNLOAD_REDIRECTS + 1] = (struct fake_answer){.text = WHOLE};
	assert_int_equal(run("http://h/x", a, DOWNLOAD_REDIRECTS + 2), -1);
	assert_non_null(strstr(err.msg, "more than 10 redirects"));
}

/* Wherever it is cut, the rest is asked for, and the body is the same. */
static void cuts_are_resumed(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < strlen(WHOLE); cut++) {
		char rest[256], range[64];
		size_t have = cut > HEAD_LEN ? cut - HEAD_LEN : 0;
		struct fake_answer a[2] = {{.text = WHOLE, .cut = cut}, {.text = rest}};

		if (have == 0)
			snprintf(rest, sizeof(rest), "%s", WHOLE);
		else
			snprintf(rest, sizeof(rest),
				 "HTTP/1.1 206 P\r\nContent-Range: bytes %zu-15/16\r\n"
				 "Content-Length: %zu\r\n\r\n%s",
				 have, 16 - have, &BODY[have]);
		assert_int_equal(RUN("http://h/x", a), 0);
		check_body();
		assert_int_equal(mem.restarts, 0);
		assert_int_equal(result.tries, 2);
		snprintf(range, sizeof(range), "Range: bytes=%zu-\r\nIf-Range: \"v1\"\r\n", have);
		assert_int_equal(strstr(fake.asked[1], range) != NULL, have > 0);
		assert_int_equal(strstr(fake.asked[1], "Range") != NULL, have > 0);
	}
}

/* A server that sends all of it again, and validators that cannot be used. */
static void the_sink_starts_again(void **state)
{
	static const struct {
		const char *first;
		bool asks;
	} cases[] = {
		{OK "ETag: \"v1\"\r\nContent-Length: 16\r\n\r\nXXXX", true},
		{OK "Last-Modified: Mon\r\nContent-Length: 16\r\n\r\nXXXX", true},
		{OK "ETag: W/\"v1\"\r\nContent-Length: 16\r\n\r\nXXXX", false},
		{OK "Content-Length: 16\r\n\r\nXXXX", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fake_answer a[] = {{.text = cases[i].first}, {.text = WHOLE}};

		assert_int_equal(RUN("http://h/x", a), 0);
		check_body();
		assert_int_equal(mem.restarts, 1);
		assert_int_equal(strstr(fake.asked[1], "Range: bytes=4-") != NULL, cases[i].asks);
	}
}

static void other_ranges_are_refused(void **state)
{
	static const char *const ranges[] = {
		"bytes 3-15/16", "bytes 5-15/16",  "bytes 4-14/16",  "bytes 4-15/17",
		"bytes 4-15/*",  "bytes 4-15/16x", "bytes */16",     "4-15/16",
		"bytes 4-16/16", "bytes -4-15/16", "bytes  4-15/16", "items 4-15/16",
	};
	char text[256];
	struct fake_answer a[] = {{.text = WHOLE, .cut = HEAD_LEN + 4}, {.text = text}};

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		snprintf(text, sizeof(text),
			 "HTTP/1.1 206 P\r\nContent-Range: %s\r\nContent-Length: 12\r\n\r\n%s",
			 ranges[i], &BODY[4]);
		assert_int_equal(RUN("http://h/x", a), -1);
		assert_int_equal(err.code, ERR_DATA);
	}
	snprintf(text, sizeof(text),
		 "HTTP/1.1 206 P\r\nContent-Range: bytes 4-15/16\r\nContent-Length: 11\r\n\r\n%s",
		 &BODY[5]);
	assert_int_equal(RUN("http://h/x", a), -1);
	/* And one that nobody asked for. */
	a[0] = (struct fake_answer){.text = "HTTP/1.1 206 P\r\nContent-Range: bytes 0-15/16\r\n"
					    "Content-Length: 16\r\n\r\n" BODY};
	assert_int_equal(run("http://h/x", a, 1), -1);
	assert_int_equal(err.code, ERR_DATA);
}

static void a_changed_file_is_fetched_anew(void **state)
{
	const struct fake_answer a[] = {
		{.text = WHOLE, .cut = HEAD_LEN + 4},
		{.text = "HTTP/1.1 416 R\r\nContent-Range: bytes */3\r\n\r\n"},
		{.text = WHOLE},
	};

	(void)state;
	assert_int_equal(RUN("http://h/x", a), 0);
	check_body();
	assert_int_equal(mem.restarts, 1);
	assert_null(strstr(fake.asked[2], "Range"));
}

static void what_passes_is_tried_again(void **state)
{
	const struct fake_answer a[] = {
		{.refuse = true},
		{.text = "HTTP/1.1 503 x\r\nRetry-After: 0\r\n\r\n"},
		{.text = "HTTP/1.1 429 x\r\nRetry-After: soon\r\n\r\n"},
		{.text = ""},
		{.text = WHOLE},
	};
	const struct fake_answer b[] = {{.refuse = true}, {.refuse = true}, {.refuse = true},
					{.refuse = true}, {.refuse = true}, {.text = WHOLE}};

	(void)state;
	assert_int_equal(RUN("http://h/x", a), 0);
	check_body();
	assert_int_equal(result.tries, 5);
	assert_int_equal(RUN("http://h/x", b), -1);
	assert_int_equal(fake.next, DOWNLOAD_TRIES);
	assert_int_equal(err.code, ERR_UNAVAILABLE);
	assert_string_equal(err.msg, "cannot fetch the thing from http://h/x: refused");
}

/* A byte a try is slow, but it comes to an end. */
static void progress_buys_tries(void **state)
{
	char texts[16][256];
	struct fake_answer a[16];

	(void)state;
	for (int i = 0; i < 16; i++) {
		int head = snprintf(texts[i], sizeof(texts[i]),
				    "HTTP/1.1 206 P\r\nContent-Range: bytes %d-15/16\r\n\r\n", i);

		snprintf(texts[i] + head, sizeof(texts[i]) - (size_t)head, "%s", &BODY[i]);
		a[i] = (struct fake_answer){.text = texts[i], .cut = (size_t)head + 1};
	}
	a[0] = (struct fake_answer){.text = WHOLE, .cut = HEAD_LEN + 1};
	a[15].cut = 0;
	assert_int_equal(RUN("http://h/x", a), 0);
	check_body();
	assert_int_equal(result.tries, 16);
}

static void statuses_have_their_words(void **state)
{
	static const struct {
		int status;
		unsigned tries;
		const char *word;
	} cases[] = {
		{404, 1, "does not have it"}, {451, 1, "legal"},
		{403, 1, "forbids"},          {407, 1, "proxy"},
		{511, 1, "captive portal"},   {418, 1, "no use"},
		{500, 5, "trouble"},          {503, 5, "trouble"},
		{501, 1, "trouble"},          {429, 5, "too often"},
		{204, 1, "no use"},           {304, 1, "no use"},
		{300, 1, "no use"},           {416, 1, "no use"},
	};
	char text[64];
	struct fake_answer a[6];

	(void)state;
	for (size_t i = 0; i < 6; i++)
		a[i] = (struct fake_answer){.text = text};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "HTTP/1.1 %d x\r\n\r\n", cases[i].status);
		assert_int_equal(RUN("http://h/x", a), -1);
		assert_non_null(strstr(err.msg, cases[i].word));
		assert_string_not_equal(err.cure, "");
		assert_int_equal(fake.next, cases[i].tries);
	}
}

static void web_pages_are_refused(void **state)
{
	static const char *const pages[] = {
		OK "Content-Type: text/html\r\n\r\nhi",
		OK "Content-Type: TEXT/HTML; charset=utf-8\r\n\r\nhi",
		OK "\r\n<html>",
		OK "\r\n\r\n <!DOCTYPE html>",
	};
	const struct fake_answer fine[] = {{.text = OK "Content-Type: text/htm\r\n\r\n<htm>"}};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		const struct fake_answer a[] = {{.text = pages[i]}};

		assert_int_equal(RUN("http://h/x", a), -1);
		assert_int_equal(err.code, ERR_DATA);
		assert_non_null(strstr(err.msg, "web page"));
		assert_int_equal(mem.len, 0);
	}
	assert_int_equal(RUN("http://h/x", fine), 0);
}

static void sizes_are_capped(void **state)
{
	const struct fake_answer a[] = {{.text = WHOLE}};
	const struct fake_answer b[] = {{.text = OK "\r\n" BODY}};

	(void)state;
	for (int64_t max = 15; max <= 16; max++) {
		assert_int_equal(run_in("http://h/x", a, 1, max, deadline_never()), (int)max - 16);
		assert_int_equal(run_in("http://h/x", b, 1, max, deadline_never()), (int)max - 16);
	}
	assert_int_equal(run_in("http://h/x", a, 1, 15, deadline_never()), -1);
	assert_int_equal(err.code, ERR_DATA);
	assert_int_equal(mem.len, 0);
}

static void a_full_disk_ends_it(void **state)
{
	const struct fake_answer a[] = {{.text = WHOLE}, {.text = WHOLE}};

	(void)state;
	mem.full = true;
	assert_int_equal(RUN("http://h/x", a), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(fake.next, 1);
	mem.full = false;
}

static void deadlines_end_it(void **state)
{
	const struct fake_answer a[] = {{.refuse = true}, {.text = WHOLE}};

	(void)state;
	assert_int_equal(run_in("http://h/x", a, 2, 0, deadline_in(0)), -1);
	assert_int_equal(fake.next, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_arrive),
		cmocka_unit_test(connections_are_used_again),
		cmocka_unit_test(only_used_ones_are_tried_again_at_once),
		cmocka_unit_test(redirects_are_followed),
		cmocka_unit_test(bad_redirects_are_refused),
		cmocka_unit_test(redirects_are_counted),
		cmocka_unit_test(cuts_are_resumed),
		cmocka_unit_test(the_sink_starts_again),
		cmocka_unit_test(other_ranges_are_refused),
		cmocka_unit_test(a_changed_file_is_fetched_anew),
		cmocka_unit_test(what_passes_is_tried_again),
		cmocka_unit_test(progress_buys_tries),
		cmocka_unit_test(statuses_have_their_words),
		cmocka_unit_test(web_pages_are_refused),
		cmocka_unit_test(sizes_are_capped),
		cmocka_unit_test(a_full_disk_ends_it),
		cmocka_unit_test(deadlines_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
