/* SPDX-License-Identifier: MIT */
/* URLs: what is taken apart, and that all else is refused. */
#include "net/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct url parsed(const char *text)
{
	struct url u;
	struct err e;

	assert_int_equal(url_parse(text, &u, &e), 0);
	return u;
}

static void urls_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *host, *target, *whole;
		unsigned port;
		enum url_host kind;
	} cases[] = {
		{"https://pkgs.example.com/stable/?mode=json", "pkgs.example.com",
		 "/stable/?mode=json", NULL, 443, URL_NAME},
		{"HTTP://Pkgs.Example.COM", "pkgs.example.com", "/", "http://pkgs.example.com/", 80,
		 URL_NAME},
		{"http://a.b:8080?x=y", "a.b", "/?x=y", "http://a.b:8080/?x=y", 8080, URL_NAME},
		{"http://a.b:80/", "a.b", "/", "http://a.b/", 80, URL_NAME},
		{"https://a.b:80/", "a.b", "/", NULL, 80, URL_NAME},
		{"http://192.0.2.1/x", "192.0.2.1", "/x", NULL, 80, URL_IPV4},
		{"http://[2001:DB8::1]:65535/x", "2001:db8::1", "/x",
		 "http://[2001:db8::1]:65535/x", 65535, URL_IPV6},
		{"http://[::1]", "::1", "/", "http://[::1]/", 80, URL_IPV6},
		{"http://a_b.c-d/%2f%Ab#part", "a_b.c-d", "/%2f%Ab", "http://a_b.c-d/%2f%Ab", 80,
		 URL_NAME},
		{"http://a/b@c:d", "a", "/b@c:d", NULL, 80, URL_NAME},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url u = parsed(cases[i].text), again;
		char mem[URL_MAX];
		struct buf whole = BUF_OF(mem);

		assert_string_equal(u.host, cases[i].host);
		assert_string_equal(u.target, cases[i].target);
		assert_int_equal(u.port, cases[i].port);
		assert_int_equal(u.kind, cases[i].kind);
		url_text(&u, &whole);
		assert_string_equal(mem, cases[i].whole == NULL ? cases[i].text : cases[i].whole);
		again = parsed(mem);
		assert_true(url_equal(&u, &again));
	}
}

static void odd_urls_are_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"http:/a",
		"http//a",
		"ftp://a/",
		"//a/",
		"/a",
		"a",
		"http://",
		"http:///x",
		"http://:80/",
		"http://a:/",
		"http://a:0/",
		"http://a:65536/",
		"http://a:000080/",
		"http://a:8x/",
		"http://a:+8/",
		"http://a: 8/",
		"http://a:8:8/",
		"http://user@a/",
		"http://user:secret@a/",
		"http://a\\@b/",
		"http://a b/",
		"http://a/b c",
		"http://a/b\r\nHost: c",
		"http://a/b\n",
		"http://a\n/",
		"http://a/\x7f",
		"http://a/\xc3\xa9",
		"http://\xc3\xa9/",
		"http://a%2eb/",
		"http://a/%",
		"http://a/%2",
		"http://a/%2x",
		"http://a/\"<>",
		"http://a/{}",
		"http://.a/",
		"http://a./",
		"http://a..b/",
		"http://-a/",
		"http://a-/",
		"http://a-.b/",
		"http://1/",
		"http://127.1/",
		"http://256.1.1.1/",
		"http://1.2.3.4.5/",
		"http://0x7f.0x1/",
		"http://[::1/",
		"http://[::1]x/",
		"http://[]/",
		"http://[1.2.3.4]/",
		"http://[fe80::1%25eth0]/",
		"http://[a]/",
		"http://a]/",
		" http://a/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url u;
		struct err e;

		if (url_parse(cases[i], &u, &e) == 0)
			fail_msg("taken: %s", cases[i]);
		assert_int_equal(e.code, ERR_DATA);
		assert_null(strstr(e.msg, "secret"));
	}
}

/* The longest that is taken, and one character more. */
static void lengths_are_bounded(void **state)
{
	char text[URL_MAX + 64];
	struct url u;
	struct err e;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "http://h/", 9);
	text[URL_MAX - 1] = '\0';
	assert_int_equal(url_parse(text, &u, &e), 0);
	text[URL_MAX - 1] = 'a';
	text[URL_MAX] = '\0';
	assert_int_equal(url_parse(text, &u, &e), -1);

	for (int extra = 0; extra < 2; extra++) {
		strcpy(text, "http://");
		for (int i = 0; i < 63; i++)
			strcat(text, "abc.");
		strcat(text, extra ? "de/" : "d/");
		assert_int_equal(url_parse(text, &u, &e), extra ? -1 : 0);
		snprintf(text, sizeof(text), "http://%.*s/", 63 + extra,
			 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
		assert_int_equal(url_parse(text, &u, &e), extra ? -1 : 0);
	}
}

static void redirects_lead_somewhere(void **state)
{
	static const struct {
		const char *location, *whole; /* NULL: refused */
	} cases[] = {
		{"/other?q#f", "https://a.b:8443/other?q"},
		{"http://C.D/x", "http://c.d/x"},
		{"https://c.d", "https://c.d/"},
		{"//c.d/x", NULL},
		{"x", NULL},
		{"", NULL},
		{"?q", NULL},
		{"/x y", NULL},
		{"/x\n", NULL},
		{"javascript:alert(1)", NULL},
		{"https://u:p@c.d/", NULL},
	};
	struct url base = parsed("https://a.b:8443/path?query");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url u = base;
		struct err e;
		char mem[URL_MAX];
		struct buf whole = BUF_OF(mem);
		int rc = url_resolve(&base, cases[i].location, &u, &e);

		assert_int_equal(rc, cases[i].whole == NULL ? -1 : 0);
		url_text(&u, &whole);
		assert_string_equal(mem, cases[i].whole == NULL ? "https://a.b:8443/path?query"
								: cases[i].whole);
	}
}

static void messages_show_no_query(void **state)
{
	struct url u = parsed("https://a.b/path?ticket=1");
	char shown[URL_SHOWN_MAX];
	char text[1024] = "https://a.b/";

	(void)state;
	assert_string_equal(url_show(&u, shown), "https://a.b/path");
	memset(text + 12, 'x', 1000);
	text[1012] = '\0';
	u = parsed(text);
	url_show(&u, shown);
	assert_int_equal(strlen(shown), URL_SHOWN_MAX - 1);
	assert_string_equal(shown + URL_SHOWN_MAX - 4, "...");
}

static void hosts_are_written_for_heads(void **state)
{
	struct url u = parsed("https://[::1]/"), v = parsed("http://a:443/");
	char mem[64];
	struct buf out = BUF_OF(mem);

	(void)state;
	url_host_port(&u, &out);
	buf_add(&out, " ");
	url_host_field(&u, &out);
	buf_add(&out, " ");
	url_host_field(&v, &out);
	assert_string_equal(mem, "[::1]:443 [::1] a:443");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(odd_urls_are_refused),
		cmocka_unit_test(lengths_are_bounded),
		cmocka_unit_test(redirects_lead_somewhere),
		cmocka_unit_test(messages_show_no_query),
		cmocka_unit_test(hosts_are_written_for_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
