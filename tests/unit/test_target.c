/* SPDX-License-Identifier: MIT */
/* Which targets are taken, and for each its twin that is not. */
#include "funnel/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct target t;
static struct err e;

static const struct {
	const char *text;
	enum front front;
	enum target_kind kind;
	unsigned port;
	const char *path;
} taken[] = {
	{"8888", FRONT_HTTPS, TARGET_PORT, 8888, NULL},
	{"1", FRONT_HTTPS, TARGET_PORT, 1, NULL},
	{"65535", FRONT_TCP, TARGET_PORT, 65535, NULL},
	{"08888", FRONT_HTTPS, TARGET_PORT, 8888, NULL},
	{"localhost:8888", FRONT_HTTPS, TARGET_HOST, 8888, NULL},
	{"localhost:22", FRONT_TCP, TARGET_HOST, 22, NULL},
	{"127.0.0.1:8888/path", FRONT_HTTPS, TARGET_HOST, 8888, NULL},
	{"localhost:8888?a=%", FRONT_HTTPS, TARGET_HOST, 8888, NULL},
	{"http://localhost:8888", FRONT_HTTPS, TARGET_URL, 8888, NULL},
	{"HTTP://LOCALHOST:8888", FRONT_HTTPS, TARGET_URL, 8888, NULL},
	{"http://LOCALHOST", FRONT_HTTPS, TARGET_URL, 0, NULL},
	{"http://127.0.0.2:80", FRONT_HTTPS, TARGET_URL, 80, NULL},
	{"http://0.0.0.0:80", FRONT_HTTPS, TARGET_URL, 80, NULL},
	{"https+insecure://localhost:8443", FRONT_HTTPS, TARGET_URL, 8443, NULL},
	{"http://10.1.2.3:80", FRONT_HTTPS, TARGET_URL, 0, NULL},
	{"https://example.com", FRONT_HTTPS, TARGET_URL, 0, NULL},
	{"https://example.com.:443/a%20b?x#y", FRONT_HTTPS, TARGET_URL, 0, NULL},
	{"http://[fd7a::1]/", FRONT_HTTPS, TARGET_URL, 0, NULL},
	{"http://localhost:8888/a b/\xc3\xa9", FRONT_HTTPS, TARGET_URL, 8888, NULL},
	{"tcp://10.1.2.3:22", FRONT_TCP, TARGET_URL, 0, NULL},
	{"TCP://localhost:22", FRONT_TLS_TCP, TARGET_URL, 22, NULL},
	{"unix:/run/app.sock", FRONT_HTTPS, TARGET_UNIX, 0, "/run/app.sock"},
	{"unix:/run/app.sock", FRONT_TCP, TARGET_UNIX, 0, "/run/app.sock"},
	{"/srv/www/", FRONT_HTTPS, TARGET_PATH, 0, "/srv/www/"},
	{"/srv/a b%$\"'\\", FRONT_HTTPS, TARGET_PATH, 0, "/srv/a b%$\"'\\"},
	{"/", FRONT_HTTPS, TARGET_PATH, 0, "/"},
	{"text:x", FRONT_HTTPS, TARGET_TEXT, 0, NULL},
	{"text: \xe2\x82\xac://", FRONT_HTTPS, TARGET_TEXT, 0, NULL},
};

static const struct {
	const char *text;
	enum front front;
	const char *says; /* a part of message or cure */
} refused[] = {
	{"", FRONT_HTTPS, "it is empty"},
	{"0", FRONT_HTTPS, "no such port"},
	{"000", FRONT_TCP, "no such port"},
	{"65536", FRONT_HTTPS, "no such port"},
	{"99999999999999999999999999", FRONT_HTTPS, "no such port"},
	{"+8888", FRONT_HTTPS, "neither"},
	{" 8888", FRONT_HTTPS, "neither"},
	{"localhost", FRONT_HTTPS, "no port"},
	{"localhost:", FRONT_HTTPS, "no port"},
	{"localhost:0", FRONT_HTTPS, "no such port"},
	{"localhost:65536", FRONT_HTTPS, "no such port"},
	{"localhost:80x", FRONT_HTTPS, "is no port"},
	{"localhost:8888#x", FRONT_HTTPS, "is no port"},
	{"LOCALHOST:8888", FRONT_HTTPS, "needs a scheme"},
	{"example.com:80", FRONT_HTTPS, "needs a scheme"},
	{"127.0.0.2:80", FRONT_HTTPS, "needs a scheme"},
	{"http://localhost", FRONT_HTTPS, "no port"},
	{"http://127.0.0.1/", FRONT_HTTPS, "no port"},
	{"http://[::1]", FRONT_HTTPS, "no port"},
	{"http://localhost:8888 off", FRONT_HTTPS, "is no port"},
	{"http://localhost:8888/%4", FRONT_HTTPS, "hex digits"},
	{"http://localhost:8888/%zz?", FRONT_HTTPS, "hex digits"},
	{"http://", FRONT_HTTPS, "no host"},
	{"http:///x", FRONT_HTTPS, "no host"},
	{"http://8888", FRONT_HTTPS, "bare number"},
	{"http://999.1.1.1", FRONT_HTTPS, "neither"},
	{"http://.example.com", FRONT_HTTPS, "neither"},
	{"http://a..b", FRONT_HTTPS, "neither"},
	{"http://a_b", FRONT_HTTPS, "neither"},
	{"http://-a", FRONT_HTTPS, "neither"},
	{"http://a-.com", FRONT_HTTPS, "neither"},
	{"http://%41.com", FRONT_HTTPS, "neither"},
	{"http://user:pw@localhost:80", FRONT_HTTPS, "does not pass on"},
	{"ftp://localhost:21", FRONT_HTTPS, "starts with http://"},
	{"tcp://localhost:22", FRONT_HTTPS, "needs --tcp"},
	{"UNIX:/x", FRONT_HTTPS, "needs a scheme"},
	{"://x", FRONT_HTTPS, "it is no URL"},
	{"1http://x", FRONT_HTTPS, "it is no URL"},
	{"localhost:80/?u=http://x", FRONT_HTTPS, "it is no URL"},
	{"[::1]:8888", FRONT_HTTPS, "write localhost:8888"},
	{"http://[fd7a::1]:80", FRONT_HTTPS, "drops the brackets"},
	{"http://[fe80::1%25eth0]", FRONT_HTTPS, "neither"},
	{"http://[127.0.0.1]", FRONT_HTTPS, "neither"},
	{"http://[::1", FRONT_HTTPS, "without"},
	{"http://[::1]x", FRONT_HTTPS, "is no port"},
	{"::1:8888", FRONT_HTTPS, "more than one colon"},
	{"unix:", FRONT_HTTPS, "not absolute"},
	{"unix:run/app.sock", FRONT_HTTPS, "not absolute"},
	{"unix:@abstract", FRONT_TCP, "not absolute"},
	{"text:", FRONT_HTTPS, "the text is empty"},
	{"text:a\nb", FRONT_HTTPS, "control characters"},
	{"text:\xc2\x85", FRONT_HTTPS, "control characters"},
	{"/srv/\xff", FRONT_HTTPS, "not valid UTF-8"},
	{"/srv/\xc0\xaf", FRONT_HTTPS, "not valid UTF-8"},
	{"/srv/\xed\xa0\x80", FRONT_HTTPS, "not valid UTF-8"},
	{"/srv/\xe2\x82", FRONT_HTTPS, "not valid UTF-8"},
	{"/srv/\x7f", FRONT_HTTPS, "control characters"},
	{"off", FRONT_HTTPS, "uninstall"},
	{"status", FRONT_HTTPS, "tsfunnel status"},
	{"reset", FRONT_HTTPS, "--all"},
	{"srv/www", FRONT_HTTPS, "needs a scheme"},
	{"-x", FRONT_HTTPS, "neither"},
	{"/srv/www", FRONT_TCP, "--https only"},
	{"text:x", FRONT_TLS_TCP, "--https only"},
	{"http://localhost:80", FRONT_TCP, "starts with tcp://"},
	{"tcp://10.1.2.3", FRONT_TCP, "needs a port"},
	{"tcp://localhost:22/", FRONT_TCP, "has no path"},
	{"localhost:22/x", FRONT_TCP, "has no path"},
	{"localhost:22?", FRONT_TCP, "has no path"},
};

static void good_targets_are_taken_word_for_word(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (target_parse(taken[i].text, taken[i].front, &t, &e) != 0)
			fail_msg("%s: %s", taken[i].text, e.msg);
		assert_string_equal(t.text, taken[i].text);
		assert_int_equal(t.kind, taken[i].kind);
		assert_int_equal(t.port, taken[i].port);
		if (taken[i].path == NULL)
			assert_null(t.path);
		else
			assert_string_equal(t.path, taken[i].path);
	}
}

static void bad_targets_are_refused_with_the_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (target_parse(refused[i].text, refused[i].front, &t, &e) == 0)
			fail_msg("%s was taken", refused[i].text);
		assert_int_equal(e.code, ERR_USAGE);
		assert_memory_equal(e.msg, "cannot expose ", 14);
		if (strstr(e.msg, refused[i].says) == NULL &&
		    strstr(e.cure, refused[i].says) == NULL)
			fail_msg("%s: %s / %s", refused[i].text, e.msg, e.cure);
	}
}

static void length_is_bounded(void **state)
{
	char text[TARGET_MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "text:", 5);
	text[TARGET_MAX - 1] = '\0';
	assert_int_equal(target_parse(text, FRONT_HTTPS, &t, &e), 0);
	text[TARGET_MAX - 1] = 'x';
	text[TARGET_MAX] = '\0';
	assert_int_equal(target_parse(text, FRONT_HTTPS, &t, &e), -1);
	assert_non_null(strstr(e.msg, "1023 bytes"));

	memcpy(text, "unix:/", 6);
	text[5 + 107] = '\0';
	assert_int_equal(target_parse(text, FRONT_HTTPS, &t, &e), 0);
	text[5 + 107] = 'x';
	text[5 + 108] = '\0';
	assert_int_equal(target_parse(text, FRONT_HTTPS, &t, &e), -1);

	/* A label of 63 bytes is the longest. */
	memcpy(text, "http://", 7);
	memset(text + 7, 'a', 64);
	text[7 + 63] = '\0';
	assert_int_equal(target_parse(text, FRONT_HTTPS, &t, &e), 0);
	text[7 + 63] = 'a';
	text[7 + 64] = '\0';
	assert_int_equal(target_parse(text, FRONT_HTTPS, &t, &e), -1);
}

static void a_copy_points_into_itself(void **state)
{
	static struct target copy;

	(void)state;
	assert_int_equal(target_parse("unix:/a", FRONT_HTTPS, &t, &e), 0);
	target_copy(&copy, &t);
	assert_ptr_equal(copy.path, copy.text + 5);
	assert_int_equal(target_parse("8888", FRONT_HTTPS, &t, &e), 0);
	target_copy(&copy, &t);
	assert_null(copy.path);
}

/* What Go's net/url and path/filepath make of them (1.102 with go 1.26). */
static const struct {
	const char *text;
	enum front front;
	const char *expanded;
} expanded[] = {
	{"08888", FRONT_HTTPS, "http://127.0.0.1:8888"},
	{"22", FRONT_TLS_TCP, "127.0.0.1:22"},
	{"localhost:008", FRONT_TCP, "localhost:8"},
	{"TCP://localhost:22", FRONT_TLS_TCP, "localhost:22"},
	{"unix:/run/a b", FRONT_TCP, "unix:/run/a b"},
	{"localhost:8888?", FRONT_HTTPS, "http://localhost:8888?"},
	{"localhost:8888?a=% b#c", FRONT_HTTPS, "http://localhost:8888?a=% b#c"},
	{"HTTPS+Insecure://LOCALHOST:08443", FRONT_HTTPS, "https+insecure://LOCALHOST:8443"},
	{"HTTPS://Example.com.", FRONT_HTTPS, "https://Example.com."},
	{"http://example.com:/x", FRONT_HTTPS, "http://example.com:/x"},
	{"http://[fd7a::1]/", FRONT_HTTPS, "http://[fd7a::1]/"},
	{"http://localhost:1/a%2fb%7E!()", FRONT_HTTPS, "http://localhost:1/a%2fb%7E!()"},
	{"http://localhost:1/a b/%2f%7e\xc3\xa9!$#%00?x y", FRONT_HTTPS,
	 "http://localhost:1/a%20b//~%C3%A9%21$%23%00?x y"},
	{"http://localhost:1/[]\"<>", FRONT_HTTPS, "http://localhost:1/%5B%5D%22%3C%3E"},
	{"text:text:x ", FRONT_HTTPS, "text:x "},
	{"/", FRONT_HTTPS, "/"},
	{"//", FRONT_HTTPS, "/"},
	{"/srv/www/", FRONT_HTTPS, "/srv/www"},
	{"/srv//./www/../a b/.x/..y/...", FRONT_HTTPS, "/srv/a b/.x/..y/..."},
	{"/../../a/..", FRONT_HTTPS, "/"},
	{"/a/../../b", FRONT_HTTPS, "/b"},
};

static void targets_are_expanded_as_go_does_it(void **state)
{
	char mem[TARGET_EXPANDED_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(expanded) / sizeof(expanded[0]); i++) {
		struct buf out = BUF_OF(mem);

		if (target_parse(expanded[i].text, expanded[i].front, &t, &e) != 0)
			fail_msg("%s: %s", expanded[i].text, e.msg);
		target_expand(&t, expanded[i].front, &out);
		assert_string_equal(mem, expanded[i].expanded);
	}
}

static void the_longest_fits_when_it_is_expanded(void **state)
{
	char text[TARGET_MAX] = "http://localhost:1/ ", mem[TARGET_EXPANDED_MAX];
	struct buf out = BUF_OF(mem);

	(void)state;
	memset(text + 20, '"', sizeof(text) - 21);
	assert_int_equal(target_parse(text, FRONT_HTTPS, &t, &e), 0);
	target_expand(&t, FRONT_HTTPS, &out);
	assert_false(buf_full(&out));
	assert_int_equal(out.len, 19 + 3 * (sizeof(text) - 1 - 19));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_targets_are_taken_word_for_word),
		cmocka_unit_test(bad_targets_are_refused_with_the_reason),
		cmocka_unit_test(length_is_bounded),
		cmocka_unit_test(a_copy_points_into_itself),
		cmocka_unit_test(targets_are_expanded_as_go_does_it),
		cmocka_unit_test(the_longest_fits_when_it_is_expanded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
