/* SPDX-License-Identifier: MIT */
/* What `status` says, from a report that is made up here: the verdict, JSON and text. */
#include "base/json.h"
#include "status/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct report r;
static char text[65536];

static int fresh(void **state)
{
	struct report_funnel *f = &r.funnels[0];

	(void)state;
	memset(&r, 0, sizeof(r));
	r.count = 1;
	strcpy(f->service, "tailscale-funnel");
	strcpy(f->target, "8888");
	strcpy(f->url, "https://node.e2e.ts.net/");
	f->port = 443;
	f->live = true;
	f->unit.exists = f->unit.active = f->unit.enabled = true;
	strcpy(f->unit.text, "active (running)");
	strcpy(f->run.text, "the tailscale CLI serves the funnel");
	r.now.daemon = true;
	r.now.node.backend = BACKEND_RUNNING;
	strcpy(r.now.node.dns_name, "node.e2e.ts.net");
	r.now.serve.count = 2;
	r.now.serve.entries[0].port = 443;
	strcpy(r.now.serve.entries[0].session, "s1");
	r.now.serve.entries[1].port = 8443;
	strcpy(r.now.serve.entries[1].target, "http://127.0.0.1:9");
	return 0;
}

static void verdict_is_the_exit_status(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(report_verdict(&r, &e), 0);
	r.funnels[0].live = false;
	assert_int_equal(report_verdict(&r, &e), -1);
	assert_int_equal(err_status(e.code), 1);
	r.count = 0;
	assert_int_equal(report_verdict(&r, &e), -1);
	assert_int_equal(err_status(e.code), 1);
	r.now.daemon = false;
	assert_int_equal(report_verdict(&r, &e), -1);
	assert_int_equal(err_status(e.code), 69);
}

static void one_of_two_not_live_is_not_live(void **state)
{
	struct err e;

	(void)state;
	r.count = 2;
	strcpy(r.funnels[1].service, "tailscale-funnel-two");
	r.funnels[1].unit.exists = true;
	strcpy(r.funnels[1].unit.text, "inactive (dead)");
	assert_int_equal(report_verdict(&r, &e), -1);
	assert_non_null(strstr(e.msg, "tailscale-funnel-two"));
	assert_non_null(strstr(e.msg, "inactive (dead)"));
}

static void json_has_the_documented_members(void **state)
{
	struct buf out = BUF_OF(text);
	const cJSON *funnel, *other;
	struct err e;
	cJSON *doc;

	(void)state;
	strcpy(r.problem, "cannot read it");
	assert_int_equal(report_print_json(&r, &out, &e), 0);
	doc = json_parse(text, out.len, "a report", &e);
	assert_non_null(doc);
	assert_int_equal(json_int(doc, "version"), 1);
	assert_true(json_bool(doc, "live"));
	assert_string_equal(json_string(doc, "problem"), "cannot read it");
	assert_string_equal(json_string(json_get(doc, "tailscaled"), "state"), "Running");
	funnel = cJSON_GetArrayItem(json_get(doc, "funnels"), 0);
	assert_string_equal(json_string(funnel, "url"), "https://node.e2e.ts.net/");
	assert_string_equal(json_string(json_get(funnel, "unit"), "text"), "active (running)");
	/* Our own entry is no other. */
	assert_int_equal(cJSON_GetArraySize(json_get(doc, "others")), 1);
	other = cJSON_GetArrayItem(json_get(doc, "others"), 0);
	assert_int_equal(json_int(other, "port"), 8443);
	assert_true(json_bool(other, "background"));
	cJSON_Delete(doc);
}

static void text_names_what_is_not_ours(void **state)
{
	struct buf out = BUF_OF(text);

	(void)state;
	report_print_text(&r, &out);
	assert_non_null(strstr(text, "  port        443\n"));
	assert_non_null(strstr(text, "tailscale-funnel: live\n"));
	assert_non_null(strstr(text, "not ours: port 8443, tailnet only, background"));
	assert_null(strstr(text, "not ours: port 443"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(verdict_is_the_exit_status, fresh),
		cmocka_unit_test_setup(one_of_two_not_live_is_not_live, fresh),
		cmocka_unit_test_setup(json_has_the_documented_members, fresh),
		cmocka_unit_test_setup(text_names_what_is_not_ours, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
