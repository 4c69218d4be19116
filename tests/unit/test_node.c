/* SPDX-License-Identifier: MIT */
/* The status of tailscaled: recorded ones, and what must not be taken for one. */
#include "localapi/node.h"
#include "recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char text[RECORDED_MAX];

static void read_recorded(const char *name, struct node *n)
{
	struct err e;
	size_t len = recorded(name, text);

	assert_int_equal(node_parse(text, len, n, &e), 0);
	assert_string_equal(n->version, "1.102.3");
}

static void a_fresh_node(void **state)
{
	struct node n;

	(void)state;
	read_recorded("status-fresh.json", &n);
	assert_int_equal(n.backend, BACKEND_NEEDS_LOGIN);
	assert_false(n.has_node_key);
	assert_string_equal(n.auth_url, "");
	assert_string_equal(n.dns_name, "");
	assert_false(n.https || n.funnel);
}

static void a_node_with_a_login_url(void **state)
{
	struct node n;

	(void)state;
	read_recorded("status-needs-login.json", &n);
	assert_int_equal(n.backend, BACKEND_NEEDS_LOGIN);
	assert_memory_equal(n.auth_url, "http://127.0.0.1:", 17);
	assert_non_null(strstr(n.auth_url, "/auth/"));
}

static void a_running_node(void **state)
{
	struct node n;

	(void)state;
	read_recorded("status-running.json", &n);
	assert_int_equal(n.backend, BACKEND_RUNNING);
	assert_true(n.has_node_key && n.online && n.https && n.funnel);
	assert_false(n.expired);
	assert_string_equal(n.dns_name, "node.e2e.ts.net");
	assert_string_equal(n.funnel_ports, "443,8443,10000");
	read_recorded("status-no-funnel.json", &n);
	assert_int_equal(n.backend, BACKEND_RUNNING);
	assert_false(n.funnel);
	read_recorded("status-stopped.json", &n);
	assert_int_equal(n.backend, BACKEND_STOPPED);
	assert_true(n.health[0] != '\0');
}

/* 1.80 says the same in the same words. */
static void an_older_node(void **state)
{
	static const struct {
		const char *name;
		struct node n;
	} rows[] = {
		{"status-fresh", {.backend = BACKEND_NEEDS_LOGIN}},
		{"status-needs-login", {.backend = BACKEND_NEEDS_LOGIN}},
		{"status-running",
		 {.backend = BACKEND_RUNNING, .has_node_key = true, .https = true, .funnel = true}},
		{"status-no-funnel",
		 {.backend = BACKEND_RUNNING, .has_node_key = true, .https = true}},
		{"status-stopped",
		 {.backend = BACKEND_STOPPED, .has_node_key = true, .https = true, .funnel = true}},
		{"status-expired",
		 {.backend = BACKEND_NEEDS_LOGIN, .has_node_key = true, .https = true}},
		{"status-logged-out", {.backend = BACKEND_NEEDS_LOGIN}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct node *want = &rows[i].n;
		char name[64];
		struct node n;
		struct err e;
		size_t len;

		snprintf(name, sizeof(name), "%s-1.80.3.http", rows[i].name);
		len = recorded_body(name, text);
		assert_int_equal(node_parse(text, len, &n, &e), 0);
		assert_string_equal(n.version, "1.80.3");
		assert_int_equal(n.backend, want->backend);
		assert_int_equal(n.has_node_key, want->has_node_key);
		assert_int_equal(n.https, want->https);
		assert_int_equal(n.funnel, want->funnel);
		assert_string_equal(n.dns_name, want->has_node_key ? "node.e2e.ts.net" : "");
		assert_string_equal(n.funnel_ports, want->funnel ? "443,8443,10000" : "");
	}
}

static void preferences(void **state)
{
	struct node n = {0};
	struct err e;
	size_t len;

	(void)state;
	len = recorded_body("prefs-shields-up-1.80.3.http", text);
	assert_int_equal(node_parse_prefs(text, len, &n, &e), 0);
	assert_true(n.shields_up);
	for (size_t i = 0; i < len - 1; i++)
		assert_int_equal(node_parse_prefs(text, i, &n, &e), -1);
	len = recorded_body("prefs-1.80.3.http", text);
	assert_int_equal(node_parse_prefs(text, len, &n, &e), 0);
	assert_false(n.shields_up);
}

static void cut_documents_are_refused(void **state)
{
	size_t len = recorded("status-running.json", text);
	struct node n;
	struct err e;

	(void)state;
	while (text[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++) {
		char *exact = malloc(i + 1);

		memcpy(exact, text, i);
		assert_int_equal(node_parse(exact, i, &n, &e), -1);
		assert_int_equal(e.code, ERR_DATA);
		free(exact);
	}
}

static void other_shapes_are_harmless(void **state)
{
	static const char *const bad[] = {
		"",
		"null",
		"[]",
		"5",
		"{}",
		"{\"BackendState\":6}",
		"{\"BackendState\":\"\"}",
		"{\"BackendState\":\"Running\"}x",
	};
	static const char odd[] =
		"{\"BackendState\":\"Dreaming\",\"Self\":[1],\"Health\":{\"a\":1},"
		"\"HaveNodeKey\":\"yes\",\"AuthURL\":7,\"CurrentTailnet\":null}";
	static const char caps[] =
		"{\"BackendState\":\"Running\",\"Health\":[3],\"Self\":{\"DNSName\":\".\","
		"\"CapMap\":"
		"{\"https://tailscale.com/cap/funnel-ports?x=1&ports=8443-9000&y\":[]}}}";
	struct node n;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(node_parse(bad[i], strlen(bad[i]), &n, &e), -1);
	assert_int_equal(node_parse(odd, strlen(odd), &n, &e), 0);
	assert_int_equal(n.backend, BACKEND_UNKNOWN);
	assert_false(n.has_node_key);
	assert_int_equal(node_parse(caps, strlen(caps), &n, &e), 0);
	assert_string_equal(n.dns_name, "");
	assert_string_equal(n.funnel_ports, "8443-9000");
}

static void ports(void **state)
{
	static const struct {
		const char *list;
		unsigned port;
		bool allowed;
	} rows[] = {
		{"443,8443,10000", 443, true},
		{"443,8443,10000", 10000, true},
		{"443,8443,10000", 444, false},
		{"443,8443,10000", 44, false},
		{"", 443, false},
		{"8000-9000", 8443, true},
		{"8000-9000", 8000, true},
		{"8000-9000", 9000, true},
		{"8000-9000", 9001, false},
		{"9000-8000", 8443, false},
		{",,443", 443, true},
		{"x,443", 443, true},
		{"443x", 443, false},
		{"-443", 443, false},
		{"443-", 443, false},
		{"1-2-3", 2, false},
		{"99999", 34463, false},
		{"4294967739", 443, false},
	};
	struct node n = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(n.funnel_ports, rows[i].list);
		assert_int_equal(node_allows_port(&n, rows[i].port), rows[i].allowed);
	}
}

static void names_go_both_ways(void **state)
{
	(void)state;
	for (int b = BACKEND_NO_STATE; b < BACKEND_UNKNOWN; b++)
		assert_int_equal(backend_of(backend_name((enum backend)b)), b);
	assert_int_equal(backend_of("running"), BACKEND_UNKNOWN);
	assert_int_equal(backend_of(""), BACKEND_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_node),
		cmocka_unit_test(a_node_with_a_login_url),
		cmocka_unit_test(a_running_node),
		cmocka_unit_test(an_older_node),
		cmocka_unit_test(preferences),
		cmocka_unit_test(cut_documents_are_refused),
		cmocka_unit_test(other_shapes_are_harmless),
		cmocka_unit_test(ports),
		cmocka_unit_test(names_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
