/* SPDX-License-Identifier: MIT */
/* Each row of the state table, from the statuses that lead to it. */
#include "launch/state.h"
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

/* A node that can serve; each test takes one thing away. */
static struct node ready_node(void)
{
	struct node n = {
		.backend = BACKEND_RUNNING, .has_node_key = true, .https = true, .funnel = true};

	strcpy(n.dns_name, "node.e2e.ts.net");
	strcpy(n.funnel_ports, "443,8443,10000");
	return n;
}

static const struct funnel on_443 = {.port = 443};
static const struct funnel on_8443 = {.port = 8443};
static const struct funnel native_on_8443 = {.port = 8443, .native = true};
static const struct funnel on_tcp = {.port = 10000, .front = FRONT_TCP};

static void ready(void **state)
{
	struct node n = ready_node();

	(void)state;
	assert_int_equal(state_of(&n, &on_443), STATE_READY);
	assert_int_equal(state_of(&n, &on_8443), STATE_READY);
	assert_int_equal(state_of(&n, &on_tcp), STATE_READY);
}

static void backends(void **state)
{
	static const struct {
		enum backend backend;
		bool key;
		enum state state;
	} rows[] = {
		{BACKEND_NO_STATE, true, STATE_NO_NETWORK},
		{BACKEND_NO_STATE, false, STATE_STARTING},
		{BACKEND_IN_USE_OTHER_USER, true, STATE_STARTING},
		{BACKEND_NEEDS_LOGIN, false, STATE_NEEDS_LOGIN},
		{BACKEND_NEEDS_LOGIN, true, STATE_KEY_EXPIRED},
		{BACKEND_NEEDS_MACHINE_AUTH, true, STATE_NEEDS_APPROVAL},
		{BACKEND_STOPPED, true, STATE_STOPPED},
		{BACKEND_STARTING, true, STATE_STARTING},
		{BACKEND_UNKNOWN, true, STATE_STARTING},
	};

	(void)state;
	assert_int_equal(state_of(NULL, &on_443), STATE_NO_DAEMON);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct node n = ready_node();

		n.backend = rows[i].backend;
		n.has_node_key = rows[i].key;
		assert_int_equal(state_of(&n, &on_443), rows[i].state);
	}
}

static void what_a_running_node_may_lack(void **state)
{
	struct node n = ready_node();

	(void)state;
	n.dns_name[0] = '\0';
	assert_int_equal(state_of(&n, &on_443), STATE_STARTING);
	n = ready_node();
	n.https = false;
	assert_int_equal(state_of(&n, &on_443), STATE_NO_HTTPS);
	/* The CLI wants it for a TCP front, too. */
	assert_int_equal(state_of(&n, &on_tcp), STATE_NO_HTTPS);
	n = ready_node();
	n.funnel = false;
	assert_int_equal(state_of(&n, &on_443), STATE_NO_FUNNEL);
	n.https = false;
	assert_int_equal(state_of(&n, &on_443), STATE_NO_HTTPS);
}

static void ports(void **state)
{
	struct node n = ready_node();

	(void)state;
	n.funnel_ports[0] = '\0';
	assert_int_equal(state_of(&n, &on_443), STATE_PORT_DENIED);
	strcpy(n.funnel_ports, "443");
	assert_int_equal(state_of(&n, &on_443), STATE_READY);
	assert_int_equal(state_of(&n, &on_8443), STATE_PORT_DENIED);
	/* The CLI always judges 443. */
	strcpy(n.funnel_ports, "8443");
	assert_int_equal(state_of(&n, &on_8443), STATE_PORT_DENIED);
	/* We judge the port that is wanted. */
	assert_int_equal(state_of(&n, &native_on_8443), STATE_READY);
	assert_int_equal(state_of(&n, &on_443), STATE_PORT_DENIED);
	strcpy(n.funnel_ports, "443");
	assert_int_equal(state_of(&n, &native_on_8443), STATE_PORT_DENIED);
	strcpy(n.funnel_ports, "400-9000");
	assert_int_equal(state_of(&n, &on_8443), STATE_READY);
}

static void rows_are_whole(void **state)
{
	(void)state;
	for (int a = 0; a < STATE_COUNT; a++) {
		const struct state_row *row = state_row((enum state)a);

		assert_true(row->name[0] != '\0' && strlen(row->name) < 32);
		assert_true(row->text[0] != '\0');
		assert_true(row->ends[0] != '\0');
		assert_int_equal(row->code == ERR_OK, a == STATE_PUBLISHED);
		assert_int_equal(state_named(row->name), a);
		assert_true(!row->person || row->code == ERR_PERSON || a == STATE_NO_CLI ||
			    a == STATE_NOT_PERMITTED);
		for (int b = 0; b < a; b++)
			assert_string_not_equal(row->name, state_row((enum state)b)->name);
	}
}

static void what_the_guard_ends(void **state)
{
	static const enum state ends[] = {STATE_NEEDS_LOGIN, STATE_ENTRY_GONE, STATE_RENAMED};
	int count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		assert_int_equal(state_row(ends[i])->guard, GUARD_END);
	for (int s = 0; s < STATE_COUNT; s++)
		count += state_row((enum state)s)->guard == GUARD_END;
	assert_int_equal(count, 3);
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(state_named("published"), STATE_PUBLISHED);
	assert_int_equal(state_named(""), STATE_COUNT);
	assert_int_equal(state_named("publishe"), STATE_COUNT);
	assert_false(state_waits(STATE_PUBLISHED) || state_waits(STATE_READY));
	assert_true(state_waits(STATE_STOPPED) && state_waits(STATE_ENDED) &&
		    state_waits(STATE_COUNT));
}

static void shields(void **state)
{
	struct node n = ready_node();

	(void)state;
	n.shields_up = true;
	assert_int_equal(state_of(&n, &on_443), STATE_SHIELDS_UP);
	n.backend = BACKEND_STOPPED;
	assert_int_equal(state_of(&n, &on_443), STATE_STOPPED);
}

/* What 1.80 says leads to the same rows. */
static void recorded_statuses(void **state)
{
	static const struct {
		const char *name;
		enum state state;
	} rows[] = {
		{"status-fresh-1.80.3.http", STATE_NEEDS_LOGIN},
		{"status-needs-login-1.80.3.http", STATE_NEEDS_LOGIN},
		{"status-running-1.80.3.http", STATE_READY},
		{"status-no-funnel-1.80.3.http", STATE_NO_FUNNEL},
		{"status-stopped-1.80.3.http", STATE_STOPPED},
		{"status-expired-1.80.3.http", STATE_KEY_EXPIRED},
		{"status-logged-out-1.80.3.http", STATE_NEEDS_LOGIN},
	};
	static char text[RECORDED_MAX];
	struct node n;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = recorded_body(rows[i].name, text);

		assert_int_equal(node_parse(text, len, &n, &e), 0);
		assert_int_equal(state_of(&n, &on_443), rows[i].state);
	}
}

/* What an older tailscaled would take and never serve. */
static void versions(void **state)
{
	static const struct {
		const char *version;
		bool unix_target, proxy_protocol; /* can it? */
	} rows[] = {
		{"1.80.3", false, false},    {"1.80.3-t0123456-g89abcde", false, false},
		{"1.90.9", false, false},    {"1.91.999", false, false},
		{"1.92.0-pre", false, true}, {"1.93.5", false, true},
		{"1.94.0", true, true},      {"1.102.3", true, true},
		{"2.0.0", true, true},       {"", true, true},
		{"x1.80.3", true, true},     {"1.", false, false},
	};
	static const struct funnel_args
		by_unix = {.target = "unix:/run/app.sock"},
		by_second = {.native = true, .set_path = {"/a=8888", "/b=unix:/run/app.sock"}},
		by_proxy = {.target = "22", .tcp = "10000", .proxy_protocol = "2"},
		plain = {.native = true, .set_path = {"/a=8888", "/b=/srv/www"}};
	const struct funnel_args *const args[] = {&by_unix, &by_second, &by_proxy, &plain};
	struct node n = ready_node();
	static struct funnel f;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const bool can[] = {rows[i].unix_target, rows[i].unix_target,
				    rows[i].proxy_protocol, true};

		strcpy(n.version, rows[i].version);
		for (size_t k = 0; k < sizeof(can) / sizeof(can[0]); k++) {
			assert_int_equal(funnel_make(args[k], &f, &e), 0);
			assert_int_equal(state_of(&n, &f), can[k] ? STATE_READY : STATE_TOO_OLD);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ready),
		cmocka_unit_test(backends),
		cmocka_unit_test(what_a_running_node_may_lack),
		cmocka_unit_test(ports),
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(what_the_guard_ends),
		cmocka_unit_test(names),
		cmocka_unit_test(shields),
		cmocka_unit_test(recorded_statuses),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
