/* SPDX-License-Identifier: MIT */
/* Entries of the serve configuration (what the CLI makes of the same words: test_funnel.c). */
#include "base/json.h"
#include "funnel/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct funnel f;
static struct err e;

static void makes(const struct funnel_args *args, const char *host, const char *want)
{
	AUTO_JSON cJSON *doc = json_parse(want, strlen(want), "the wanted entry", &e);
	AUTO_JSON cJSON *entry = NULL;

	assert_non_null(doc);
	if (funnel_make(args, &f, &e) != 0)
		fail_msg("%s", e.msg);
	entry = entry_make(&f, host);
	if (!cJSON_Compare(entry, doc, true))
		fail_msg("%s instead of %s", cJSON_Print(entry), want);
}

static void several_mounts_have_handlers_of_their_own(void **state)
{
	const struct funnel_args args = {
		.native = true,
		.https = "8443",
		.target = "/srv//www/",
		.set_path = {"www/", "api=3000", "/deep/x/=https+insecure://localhost:1/y",
			     "/t=text:a=b", "/s=unix:/run/s"},
	};

	(void)state;
	makes(&args, "h.ts.net",
	      "{\"TCP\":{\"8443\":{\"HTTPS\":true}},\"Web\":{\"h.ts.net:8443\":{\"Handlers\":{"
	      "\"/www/\":{\"Path\":\"/srv/www\"},"
	      "\"/api\":{\"Proxy\":\"http://127.0.0.1:3000\"},"
	      "\"/deep/x/\":{\"Proxy\":\"https+insecure://localhost:1/y\"},"
	      "\"/t\":{\"Text\":\"a=b\"},"
	      "\"/s\":{\"Proxy\":\"unix:/run/s\"}}}},\"AllowFunnel\":{\"h.ts.net:8443\":true}}");
}

/* Each word comes back from the text as it went in, whatever JSON makes of its characters. */
static void words_stay_within_their_strings(void **state)
{
	static const char word[] = "\"}],\\u0000{\\\"\xe2\x82\xac</script>\x20\\";
	char target[64] = "text:", mount[64] = "/";
	const struct funnel_args args = {.target = target, .set_path = {mount}};
	AUTO_JSON cJSON *entry = NULL, *again = NULL;
	const cJSON *server, *handler;
	char *text;

	(void)state;
	strcat(target, word);
	strcat(mount, "\"}],\\u0000{\\\"\xe2\x82\xac");
	assert_int_equal(funnel_make(&args, &f, &e), 0);
	entry = entry_make(&f, "a\"b");
	text = cJSON_PrintUnformatted(entry);
	again = json_parse(text, strlen(text), "it", &e);
	free(text);
	assert_non_null(again);
	assert_true(cJSON_Compare(entry, again, true));
	server = json_get(json_get(again, "Web"), "a\"b:443");
	handler = json_get(json_get(server, "Handlers"), mount);
	assert_string_equal(json_string(handler, "Text"), word);
	assert_int_equal(cJSON_GetArraySize(again), 3);
}

static void tcp_has_no_web(void **state)
{
	(void)state;
	makes(&(struct funnel_args){.tls_terminated_tcp = "10000",
				    .proxy_protocol = "1",
				    .target = "tcp://10.1.2.3:022"},
	      "h",
	      "{\"TCP\":{\"10000\":{\"TCPForward\":\"10.1.2.3:22\",\"TerminateTLS\":\"h\","
	      "\"ProxyProtocol\":1}},\"AllowFunnel\":{\"h:10000\":true}}");
	makes(&(struct funnel_args){.tcp = "443", .target = "unix:/run/s"}, "h",
	      "{\"TCP\":{\"443\":{\"TCPForward\":\"unix:/run/"
	      "s\"}},\"AllowFunnel\":{\"h:443\":true}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_mounts_have_handlers_of_their_own),
		cmocka_unit_test(words_stay_within_their_strings),
		cmocka_unit_test(tcp_has_no_web),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
