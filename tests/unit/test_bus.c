/* SPDX-License-Identifier: MIT */
/* The notifications of tailscaled: lines cut anywhere, lines too long, streams that end. */
#include "localapi/bus.h"
#include "recorded.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"

static char text[RECORDED_MAX];

/* A bus whose other end is returned; what a peer writes before it closes is still read. */
static int open_pair(struct bus *b)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	bus_over(b, fds[0]);
	return fds[1];
}

static void put(int fd, const char *data, size_t len)
{
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

static int soon(struct bus *b, struct notify *n, struct err *e)
{
	return bus_next(b, deadline_in(0), n, e);
}

static void notifications_are_read(void **state)
{
	struct notify n;
	struct err e;
	const char *line;

	(void)state;
	line = "{\"State\":6,\"SessionID\":\"ab\",\"ErrMessage\":null,\"LoginFinished\":{},"
	       "\"SelfChange\":{\"ID\":1},\"Prefs\":{}}\n";
	assert_int_equal(notify_parse(line, strlen(line), &n, &e), 0);
	assert_true(n.has_state && n.login_finished && n.self_changed && n.prefs_changed);
	assert_int_equal(n.backend, BACKEND_RUNNING);
	assert_string_equal(n.session, "ab");
	assert_string_equal(n.error, "");
	line = "{\"State\":null,\"LoginFinished\":null,\"NetMap\":null,\"BrowseToURL\":\"u\"}";
	assert_int_equal(notify_parse(line, strlen(line), &n, &e), 0);
	assert_false(n.has_state || n.login_finished || n.self_changed || n.prefs_changed);
	assert_string_equal(n.browse_url, "u");
	/* States of tomorrow. */
	for (int i = 0; i < 3; i++) {
		static const char *const odd[] = {"{\"State\":7}", "{\"State\":-1}",
						  "{\"State\":1e300}"};

		assert_int_equal(notify_parse(odd[i], strlen(odd[i]), &n, &e), 0);
		assert_true(n.has_state);
		assert_true(n.backend == BACKEND_UNKNOWN || n.backend == BACKEND_NO_STATE);
	}
	assert_int_equal(notify_parse("[]", 2, &n, &e), -1);
	assert_int_equal(notify_parse("", 0, &n, &e), -1);
	assert_int_equal(notify_parse("{\"State\":6", 10, &n, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
}

static void preferences_and_health_are_kept(void **state)
{
	static const char stream[] =
		HEAD "{\"SessionID\":\"ab\",\"State\":6,\"Prefs\":{\"ShieldsUp\":true},"
		     "\"Health\":{\"Warnings\":{\"tls-cert-pending\":{\"WarnableCode\":\"tls-cert-"
		     "pending\",\"Args\":{\"domains\":\"n.x.ts.net, o.x.ts.net\"}}}}}\n"
		     "{\"State\":6}\n{\"Health\":null,\"Prefs\":null}\n"
		     "{\"Prefs\":{\"ShieldsUp\":\"yes\"},\"Health\":{\"Warnings\":{\"tls-cert-"
		     "pending\":{}}}}\n"
		     "{\"Health\":{\"Warnings\":null}}\n"
		     "{\"Health\":{\"Warnings\":{\"tls-cert-pending\":null,\"x\":{}}}}\n";
	struct notify n;
	struct bus b;
	struct err e;
	int peer = open_pair(&b);

	(void)state;
	assert_false(b.has_prefs || bus_fetches(&b, "n.x.ts.net"));
	put(peer, stream, sizeof(stream) - 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(soon(&b, &n, &e), 0);
		assert_true(b.has_prefs && b.shields_up);
		assert_true(bus_fetches(&b, "n.x.ts.net") && bus_fetches(&b, "o.x.ts.net"));
		assert_false(bus_fetches(&b, "x.ts.net") || bus_fetches(&b, "n.x.ts") ||
			     bus_fetches(&b, ""));
	}
	assert_int_equal(soon(&b, &n, &e), 0);
	assert_false(b.shields_up);
	assert_true(bus_fetches(&b, "any.ts.net"));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(soon(&b, &n, &e), 0);
		assert_false(notify_matters(&n));
		assert_false(bus_fetches(&b, "n.x.ts.net"));
	}
	assert_string_equal(b.session, "ab");
	close(peer);
	bus_close(&b);
}

static int count_lines(struct bus *b, struct notify *last, char *error)
{
	struct notify n;
	struct err e;
	int lines = 0;

	while (soon(b, &n, &e) == 0) {
		lines++;
		*last = n;
		if (n.error[0] != '\0')
			strcpy(error, n.error);
	}
	assert_int_equal(e.code, ERR_UNAVAILABLE);
	return lines;
}

static void recorded_streams(void **state)
{
	static const char *const names[] = {"bus-running.http", "bus-needs-login.http",
					    "bus-bad-key.http"};
	static const int lines[] = {18, 1, 7};
	char error[512] = "";
	struct notify last;
	struct bus b;

	(void)state;
	for (int i = 0; i < 3; i++) {
		size_t len = recorded(names[i], text);
		int peer = open_pair(&b);

		put(peer, text, len);
		close(peer);
		assert_int_equal(count_lines(&b, &last, error), lines[i]);
		bus_close(&b);
	}
	assert_string_equal(error, "invalid key: unable to validate API key");
}

/* Puts all of a recorded stream on the bus, in pieces of @step, and takes what there is. */
static int hear_in_pieces(struct bus *b, int peer, size_t len, size_t step, struct notify *sum)
{
	struct notify n;
	struct err e;
	int lines = 0;

	for (size_t at = 0; at < len; at += step) {
		put(peer, text + at, at + step > len ? len - at : step);
		while (soon(b, &n, &e) == 0) {
			lines++;
			sum->self_changed |= n.self_changed;
			sum->login_finished |= n.login_finished;
			sum->prefs_changed |= n.prefs_changed;
			if (n.has_state)
				sum->backend = n.backend;
			if (n.error[0] != '\0')
				memcpy(sum->error, n.error, sizeof(n.error));
		}
		assert_int_equal(e.code, ERR_TIMEOUT);
	}
	return lines;
}

/*
 * 1.80 has no SelfChange and tells of this node by whole network maps, which 8192 of the mask does
 * not keep it from; with 16 there is no private key in them.
 */
static void an_older_tailscaled(void **state)
{
	static const size_t steps[] = {1, 7, 4096};
	size_t len = recorded("bus-running-1.80.3.http", text);
	struct notify sum;
	struct bus b;

	(void)state;
	assert_null(strstr(text, "\"SelfChange\""));
	assert_non_null(strstr(text, "\"NetMap\":{"));
	for (const char *key = strstr(text, "privkey:"); key != NULL;
	     key = strstr(key + 1, "privkey:"))
		assert_int_equal(strspn(key + 8, "0"), 64);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int peer = open_pair(&b);

		sum = (struct notify){0};
		assert_int_equal(hear_in_pieces(&b, peer, len, steps[i], &sum), 27);
		assert_true(sum.self_changed && sum.login_finished && sum.prefs_changed);
		assert_int_equal(sum.backend, BACKEND_STOPPED);
		/* Its health knows nothing of certificates. */
		assert_true(b.has_prefs && !b.shields_up);
		assert_string_equal(b.fetching, "");
		close(peer);
		bus_close(&b);
	}
	len = recorded("bus-bad-key-1.80.3.http", text);
	sum = (struct notify){0};
	hear_in_pieces(&b, open_pair(&b), len, len, &sum);
	assert_string_equal(sum.error, "invalid key: unable to validate API key");
	bus_close(&b);
}

static void cut_at_every_byte(void **state)
{
	static const char stream[] = HEAD "{\"State\":2}\n{\"State\":5}\n";
	size_t len = sizeof(stream) - 1, first = sizeof(HEAD "{\"State\":2}\n") - 1;
	struct notify n;
	struct bus b;
	struct err e;

	(void)state;
	for (size_t cut = 0; cut <= len; cut++) {
		int peer = open_pair(&b);

		put(peer, stream, cut);
		if (cut < first) {
			/* The deadline leaves the bus good. */
			assert_int_equal(soon(&b, &n, &e), -1);
			assert_int_equal(e.code, ERR_TIMEOUT);
		}
		put(peer, stream + cut, len - cut);
		assert_int_equal(soon(&b, &n, &e), 0);
		assert_int_equal(n.backend, BACKEND_NEEDS_LOGIN);
		assert_int_equal(soon(&b, &n, &e), 0);
		assert_int_equal(n.backend, BACKEND_STARTING);
		assert_int_equal(soon(&b, &n, &e), -1);
		assert_int_equal(e.code, ERR_TIMEOUT);
		close(peer);
		bus_close(&b);
	}
}

static void ended_at_every_byte(void **state)
{
	static const char stream[] = HEAD "{\"State\":2}\n";
	struct notify n;
	struct bus b;
	struct err e;

	(void)state;
	for (size_t cut = 0; cut < sizeof(stream) - 1; cut++) {
		int peer = open_pair(&b);

		put(peer, stream, cut);
		close(peer);
		assert_int_equal(soon(&b, &n, &e), -1);
		assert_int_equal(e.code, ERR_UNAVAILABLE);
		bus_close(&b);
	}
}

static void other_answers_are_refused(void **state)
{
	static const struct {
		const char *answer;
		enum err_code code;
		const char *words;
	} rows[] = {
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}\n", ERR_DATA, ""},
		{"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n{}\n", ERR_DATA, ""},
		{"SSH-2.0-x\r\n\r\n", ERR_DATA, ""},
		{HEAD "nonsense\n", ERR_DATA, ""},
		{HEAD "\n", ERR_DATA, ""},
		{"HTTP/1.0 403 Forbidden\r\n\r\nwatch denied\n", ERR_PERMISSION, "watch denied"},
		{"HTTP/1.0 500 Oh\r\n\r\n{\"error\":\"no backend\"}", ERR_FAILED, "no backend"},
		{"HTTP/1.0 503 Oh\r\nContent-Length: 0\r\n\r\n", ERR_FAILED, "503"},
	};
	struct notify n;
	struct bus b;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int peer = open_pair(&b);

		put(peer, rows[i].answer, strlen(rows[i].answer));
		close(peer);
		assert_int_equal(soon(&b, &n, &e), -1);
		assert_int_equal(e.code, rows[i].code);
		assert_non_null(strstr(e.msg, rows[i].words));
		bus_close(&b);
	}
}

static void a_head_without_end_is_refused(void **state)
{
	static char junk[32768];
	struct notify n;
	struct bus b;
	struct err e;
	int peer = open_pair(&b);

	(void)state;
	memset(junk, 'x', sizeof(junk));
	put(peer, junk, sizeof(junk));
	assert_int_equal(soon(&b, &n, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	close(peer);
	bus_close(&b);
}

/* From a child: it is more than a socket holds. */
static void write_long(int fd, size_t len)
{
	static char chunk[65536];

	memset(chunk, ' ', sizeof(chunk));
	put(fd, HEAD "{", strlen(HEAD) + 1);
	for (; len > sizeof(chunk); len -= sizeof(chunk))
		put(fd, chunk, sizeof(chunk));
	put(fd, chunk, len);
	put(fd, "}\n{\"State\":6}\n", 14);
}

static void a_long_line_is_skipped(void **state)
{
	/* Two that still fit, with braces and the end of the line, and two that do not. */
	static const size_t sizes[] = {BUS_LINE_MAX / 2, BUS_LINE_MAX - 3, BUS_LINE_MAX,
				       20 * BUS_LINE_MAX};
	struct notify n;
	struct bus b;
	struct err e;

	(void)state;
	for (int i = 0; i < 4; i++) {
		int peer = open_pair(&b);
		pid_t pid = fork();

		if (pid == 0) {
			write_long(peer, sizes[i]);
			_exit(0);
		}
		close(peer);
		assert_int_equal(bus_next(&b, deadline_in(10000), &n, &e), 0);
		assert_int_equal(n.self_changed, i >= 2);
		assert_true(b.cap <= BUS_LINE_MAX);
		assert_int_equal(bus_next(&b, deadline_in(10000), &n, &e), 0);
		assert_int_equal(n.backend, BACKEND_RUNNING);
		bus_close(&b);
	}
}

static void closing_twice_is_harmless(void **state)
{
	struct bus b = BUS_CLOSED;

	(void)state;
	bus_close(&b);
	bus_close(&b);
	assert_int_equal(b.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notifications_are_read),
		cmocka_unit_test(preferences_and_health_are_kept),
		cmocka_unit_test(recorded_streams),
		cmocka_unit_test(an_older_tailscaled),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(ended_at_every_byte),
		cmocka_unit_test(other_answers_are_refused),
		cmocka_unit_test(a_head_without_end_is_refused),
		cmocka_unit_test(a_long_line_is_skipped),
		cmocka_unit_test(closing_twice_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
