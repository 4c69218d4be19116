/* SPDX-License-Identifier: MIT */
/* Edits of tailscaled's serve configuration: what goes, what comes, and that the rest stays. */
#include "base/json.h"
#include "localapi/serveconfig.h"
#include "localapi/serveedit.h"
#include "recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ENTRY "{\"TCP\":{\"443\":{\"HTTPS\":true}},\"AllowFunnel\":{\"h:443\":true}}"

static struct err e;

static cJSON *parse(const char *text)
{
	cJSON *doc = json_parse(text, strlen(text), "it", &e);

	if (doc == NULL)
		fail_msg("%s", e.msg);
	return doc;
}

static void is(const cJSON *doc, const char *want)
{
	AUTO_JSON cJSON *wanted = parse(want);

	if (!cJSON_Compare(doc, wanted, true))
		fail_msg("%s instead of %s", cJSON_PrintUnformatted(doc), want);
}

static void an_entry_is_put_beside_all_else(void **state)
{
	static const struct {
		const char *before;
		const char *after;
	} rows[] = {
		{"{}", "{\"Foreground\":{\"s\":" ENTRY "}}"},
		{"{\"Foreground\":null,\"New\":[1,{\"a\":null}]}",
		 "{\"New\":[1,{\"a\":null}],\"Foreground\":{\"s\":" ENTRY "}}"},
		{"{\"Foreground\":{\"o\":{\"TCP\":{\"8443\":{}}},\"s\":{\"old\":1}},\"TCP\":{"
		 "\"80\":{}}}",
		 "{\"Foreground\":{\"o\":{\"TCP\":{\"8443\":{}}},\"s\":" ENTRY
		 "},\"TCP\":{\"80\":{}}}"},
		{"{\"Services\":{\"svc:x\":{\"TCP\":{\"443\":{\"HTTPS\":true}}}},\"foreground\":{}"
		 "}",
		 "{\"Services\":{\"svc:x\":{\"TCP\":{\"443\":{\"HTTPS\":true}}}},\"foreground\":{},"
		 "\"Foreground\":{\"s\":" ENTRY "}}"},
	};
	AUTO_JSON cJSON *entry = parse(ENTRY);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_JSON cJSON *doc = parse(rows[i].before);

		assert_false(serveedit_has(doc, "s", entry));
		assert_true(serveedit_put(doc, "s", entry));
		is(doc, rows[i].after);
		assert_true(serveedit_has(doc, "s", entry));
		assert_false(serveedit_has(doc, "S", entry));
	}
}

static void one_owner_loses_the_port(void **state)
{
	static const struct {
		const char *session;
		const char *before;
		const char *after; /* NULL: as before, and nothing was there */
	} rows[] = {
		{"", "{}", NULL},
		{"s", "{}", NULL},
		{"", "{\"TCP\":{\"8443\":{},\"4430\":{}},\"Web\":{\"h:8443\":{},\"h:44\":{}}}",
		 NULL},
		{"",
		 "{\"TCP\":{\"443\":{\"HTTPS\":true},\"8443\":{}},\"Web\":{\"h:443\":{},\"i:443\":{"
		 "},"
		 "\"h:8443\":{}},\"AllowFunnel\":{\"h:443\":true,\"h:8443\":true},\"New\":{\"443\":"
		 "1}}",
		 "{\"TCP\":{\"8443\":{}},\"Web\":{\"h:8443\":{}},\"AllowFunnel\":{\"h:8443\":true},"
		 "\"New\":{\"443\":1}}"},
		{"", "{\"TCP\":{\"443\":{\"TCPForward\":\"x:443\"}}}", "{\"TCP\":{}}"},
		{"", "{\"AllowFunnel\":{\"h:443\":true}}", "{\"AllowFunnel\":{}}"},
		/* Of two owners the one that was named. */
		{"a",
		 "{\"Foreground\":{\"a\":{\"TCP\":{\"443\":{},\"8443\":{}}},\"b\":{\"TCP\":{"
		 "\"443\":{}}},"
		 "\"c\":{\"Web\":{\"h:443\":{}}}},\"TCP\":{\"443\":{}}}",
		 "{\"Foreground\":{\"b\":{\"TCP\":{\"443\":{}}},\"c\":{\"Web\":{\"h:443\":{}}}},"
		 "\"TCP\":{\"443\":{}}}"},
		{"",
		 "{\"Foreground\":{\"a\":{\"TCP\":{\"443\":{}}}},\"TCP\":{\"443\":{},\"80\":{}}}",
		 "{\"Foreground\":{\"a\":{\"TCP\":{\"443\":{}}}},\"TCP\":{\"80\":{}}}"},
		/* That has another port now, or is another one. */
		{"a", "{\"Foreground\":{\"a\":{\"TCP\":{\"8443\":{}}}},\"TCP\":{\"443\":{}}}",
		 NULL},
		{"A", "{\"Foreground\":{\"a\":{\"TCP\":{\"443\":{}}}}}", NULL},
		{"a", "{\"foreground\":{\"a\":{\"TCP\":{\"443\":{}}}}}", NULL},
		{"", "{\"Services\":{\"svc:x\":{\"TCP\":{\"443\":{}}}}}", NULL},
		/* What is of another shape is left alone. */
		{"", "{\"TCP\":[443],\"Web\":\"h:443\",\"AllowFunnel\":443}", NULL},
		{"a", "{\"Foreground\":[{\"TCP\":{\"443\":{}}}]}", NULL},
		{"a", "{\"Foreground\":{\"a\":\"443\"}}", NULL},
		{"a", "{\"Foreground\":{\"a\":{\"TCP\":[443]}}}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_JSON cJSON *doc = parse(rows[i].before);
		const char *after = rows[i].after != NULL ? rows[i].after : rows[i].before;

		assert_int_equal(serveedit_clear(doc, 443, rows[i].session), rows[i].after != NULL);
		is(doc, after);
		assert_false(serveedit_clear(doc, 443, rows[i].session));
	}
}

/* What tailscaled itself said, with a background and foreground configuration in it. */
static void a_recorded_document_loses_one_port_only(void **state)
{
	static char text[RECORDED_MAX];
	static struct serveconfig sc;
	struct serve_entry x;
	AUTO_JSON cJSON *doc = NULL;

	(void)state;
	recorded("serve-config-mixed.json", text);
	assert_int_equal(serveconfig_parse(text, strlen(text), &sc, &e), 0);
	assert_true(sc.count > 1);
	doc = parse(text);
	for (size_t i = 0; i < sc.count; i++) {
		const struct serve_entry *want = serveconfig_on_port(&sc, sc.entries[i].port);

		assert_true(serveconfig_find(doc, want->port, NULL, &x));
		assert_memory_equal(&x, want, sizeof(x));
		assert_true(serveedit_clear(doc, want->port, want->session));
		assert_false(serveconfig_find(doc, want->port, NULL, &x));
		assert_int_equal(x.port, 0);
	}
}

static void one_session_can_be_looked_past(void **state)
{
	AUTO_JSON cJSON *doc = parse("{\"Foreground\":{\"s\":" ENTRY "},\"TCP\":{\"443\":{}}}");
	struct serve_entry x;

	(void)state;
	assert_true(serveconfig_find(doc, 443, NULL, &x));
	assert_string_equal(x.session, "s");
	assert_true(serveconfig_find(doc, 443, "s", &x));
	assert_string_equal(x.session, "");
	assert_false(serveconfig_find(doc, 8443, NULL, &x));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_put_beside_all_else),
		cmocka_unit_test(one_owner_loses_the_port),
		cmocka_unit_test(a_recorded_document_loses_one_port_only),
		cmocka_unit_test(one_session_can_be_looked_past),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
