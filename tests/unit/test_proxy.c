/* SPDX-License-Identifier: MIT */
/* Proxies of the environment: which is used, what is asked of it, and that no password shows. */
#include "fake_network.h"
#include "net/proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct url url_of(const char *text)
{
	struct url u;
	struct err e;

	assert_int_equal(url_parse(text, &u, &e), 0);
	return u;
}

static void proxies_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *host, *authorization;
		unsigned port;
	} cases[] = {
		{"http://p.example:3128", "p.example", "", 3128},
		{"p.example:3128/", "p.example", "", 3128},
		{"HTTP://p.example", "p.example", "", 80},
		{"[::1]:8080", "::1", "", 8080},
		{"http://u:p@p:1", "p", "Basic dTpw", 1},
		{"u:pw@p:1", "p", "Basic dTpwdw==", 1},
		{"u@p:1", "p", "Basic dTo=", 1},
		{"http://us%40r:p%3aw%2F%25:@p:1", "p", "Basic dXNAcjpwOncvJTo=", 1},
		{"http://u:p@ss@p:1", "p", "Basic dTpwQHNz", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct proxy p;
		struct err e;

		assert_int_equal(proxy_parse(cases[i].text, "x", &p, &e), 0);
		assert_true(p.used);
		assert_string_equal(p.url.host, cases[i].host);
		assert_int_equal(p.url.port, cases[i].port);
		assert_string_equal(p.authorization, cases[i].authorization);
	}
}

static void odd_proxies_are_refused(void **state)
{
	static const char *const cases[] = {
		"https://u:secret@p:1",   "socks5://u:secret@p:1", "://p:1",
		"http://u:secret@",       "http://u:secret@p:0",   "http://u:secret@p:99999",
		"http://u:secret@p:1/x",  "http://u:secret@p:1?x", "http://u:secret%@p:1",
		"http://u:secret%zz@p:1", "http://u:secret%0a@p",  "http://u%3a:secret@p:1",
		"http://u:secret\n@p:1",  "http://u:secret@p q:1", "u:secret@p:1//",
	};
	char text[URL_MAX + 64];
	struct proxy p;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (proxy_parse(cases[i], "https_proxy", &p, &e) == 0)
			fail_msg("taken: %s", cases[i]);
		assert_false(p.used);
		assert_int_equal(e.code, ERR_USAGE);
		assert_non_null(strstr(e.msg, "https_proxy"));
		assert_null(strstr(e.msg, "secret"));
		assert_null(strstr(e.cure, "secret"));
	}
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(proxy_parse(text, "x", &p, &e), -1);
	memcpy(text + 600, "@p:1", 5);
	assert_int_equal(proxy_parse(text, "x", &p, &e), -1);
}

static void exceptions_are_kept(void **state)
{
	static const struct {
		const char *url, *list;
		bool excepted;
	} cases[] = {
		{"https://a.example.com/", "", false},
		{"https://a.example.com/", "*", true},
		{"https://a.example.com/", "example.com", true},
		{"https://a.example.com/", ".example.com", true},
		{"https://example.com/", ".Example.COM", true},
		{"https://badexample.com/", "example.com", false},
		{"https://example.com/", "a.example.com", false},
		{"https://a.example.com/", "x.y,  example.com", true},
		{"https://a.example.com/", "x.y example.com z", true},
		{"https://a.example.com/", "example.com:443", true},
		{"https://a.example.com/", "example.com:8443", false},
		{"https://a.example.com:8443/", "example.com:8443", true},
		{"https://a.example.com/", "example.com:x", false},
		{"https://a.example.com/", ",,,", false},
		{"https://a.example.com/", ".", false},
		{"https://a.example.com/", "com/8", false},
		{"http://10.1.2.3/", "10.1.2.3", true},
		{"http://10.1.2.3/", "10.0.0.0/8", true},
		{"http://10.1.2.3/", "10.1.2.0/24", true},
		{"http://10.1.3.3/", "10.1.2.0/23", true},
		{"http://10.1.4.3/", "10.1.2.0/23", false},
		{"http://10.1.2.3/", "0.0.0.0/0", true},
		{"http://10.1.2.3/", "10.0.0.0/33", false},
		{"http://10.1.2.3/", "10.0.0.0/x", false},
		{"http://10.1.2.3/", "10.0.0.0/", false},
		{"http://10.1.2.3:81/", "10.1.2.3:81", true},
		{"http://10.1.2.3:81/", "10.1.2.3:80", false},
		{"http://10.1.2.3/", "3", false},
		{"http://110.1.2.3/", "10.1.2.3", false},
		{"http://[2001:db8::1]/", "2001:db8::1", true},
		{"http://[2001:db8::1]/", "[2001:DB8:0::1]", true},
		{"http://[2001:db8::1]:8080/", "[2001:db8::1]:8080", true},
		{"http://[2001:db8::1]:8080/", "[2001:db8::1]:80", false},
		{"http://[2001:db8::1]/", "2001:db8::/32", true},
		{"http://[2001:db9::1]/", "2001:db8::/32", false},
		{"http://[::a00:1]/", "10.0.0.0/8", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url u = url_of(cases[i].url);

		if (proxy_is_excepted(&u, cases[i].list) != cases[i].excepted)
			fail_msg("%s in \"%s\"", cases[i].url, cases[i].list);
	}
}

/* The proxy's host that @url gets by the environment of now; "" for none. */
static const char *host_for(const char *url)
{
	static struct proxy p;
	struct url u = url_of(url);
	struct err e;

	assert_int_equal(proxy_for(&u, &p, &e), 0);
	return p.used ? p.url.host : "";
}

static void the_environment_decides(void **state)
{
	(void)state;
	clearenv();
	assert_string_equal(host_for("http://a/"), "");
	setenv("HTTP_PROXY", "upper", 1);
	assert_string_equal(host_for("http://a/"), "");
	setenv("http_proxy", "lower", 1);
	assert_string_equal(host_for("http://a/"), "lower");
	assert_string_equal(host_for("https://a/"), "");
	setenv("HTTPS_PROXY", "upper", 1);
	assert_string_equal(host_for("https://a/"), "upper");
	setenv("https_proxy", "", 1);
	assert_string_equal(host_for("https://a/"), "upper");
	setenv("https_proxy", "lower", 1);
	assert_string_equal(host_for("https://a/"), "lower");
	setenv("NO_PROXY", "a", 1);
	assert_string_equal(host_for("https://a/"), "");
	setenv("no_proxy", "b", 1);
	assert_string_equal(host_for("https://a/"), "lower");
	assert_string_equal(host_for("https://b/"), "");
	clearenv();
}

static struct http http;

static int tunnel(const char *proxy, const char *answer, const char **asked, struct err *e)
{
	static struct fake_network fake;
	static struct fake_answer a;
	struct url u = url_of("https://[2001:db8::1]:8443/path");
	struct connection c;
	struct proxy p;

	assert_int_equal(proxy_parse(proxy, "x", &p, e), 0);
	a = (struct fake_answer){.text = answer};
	fake_init(&fake, &a, 1);
	fake.piece = 3;
	assert_int_equal(network_open(&fake.network, &u, deadline_never(), &c, e), 0);
	*asked = fake.asked[0];
	return proxy_tunnel(&p, c.stream, &u, &http, deadline_never(), e);
}

static void tunnels_are_asked_for(void **state)
{
	const char *asked;
	struct err e;

	(void)state;
	assert_int_equal(tunnel("u:p@h:1", "HTTP/1.0 200 Connected\r\nX: y\r\n\r\n", &asked, &e),
			 0);
	assert_ptr_equal(strstr(asked, "CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: "
				       "[2001:db8::1]:8443\r\nUser-Agent: tsfunnel/"),
			 asked);
	assert_non_null(strstr(asked, "\r\nProxy-Authorization: Basic dTpw\r\n\r\n"));
	assert_int_equal(tunnel("h:1", "HTTP/1.1 200 OK\r\n\r\n", &asked, &e), 0);
	assert_null(strstr(asked, "Authorization"));
}

static void tunnels_may_be_refused(void **state)
{
	static const struct {
		const char *answer, *word;
		enum err_code code;
		bool passes;
	} cases[] = {
		{"HTTP/1.1 407 x\r\n\r\n", "another user name", ERR_UNAVAILABLE, false},
		{"HTTP/1.1 403 x\r\n\r\n", "does not connect to [2001:db8::1]:8443 (HTTP 403)",
		 ERR_UNAVAILABLE, false},
		{"HTTP/1.1 503 x\r\n\r\n", "HTTP 503", ERR_UNAVAILABLE, true},
		{"HTTP/1.1 302 x\r\nLocation: /\r\n\r\n", "HTTP 302", ERR_UNAVAILABLE, false},
		{"HTTP/1.1 200 OK\r\n\r\nx", "says more", ERR_DATA, false},
		{"SSH-2.0-x\r\n", "HTTP", ERR_DATA, false},
		{"", "hung up", ERR_UNAVAILABLE, true},
	};
	const char *asked;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(tunnel("u:secret@h:1", cases[i].answer, &asked, &e), -1);
		assert_int_equal(e.code, cases[i].code);
		assert_non_null(strstr(e.msg, cases[i].word));
		assert_null(strstr(e.msg, "secret"));
		assert_null(strstr(e.msg, "dTpzZWNyZXQ"));
		if (e.code == ERR_UNAVAILABLE)
			assert_int_equal(e.sys == 0, cases[i].passes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proxies_are_taken_apart),
		cmocka_unit_test(odd_proxies_are_refused),
		cmocka_unit_test(exceptions_are_kept),
		cmocka_unit_test(the_environment_decides),
		cmocka_unit_test(tunnels_are_asked_for),
		cmocka_unit_test(tunnels_may_be_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
