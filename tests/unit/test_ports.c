/* SPDX-License-Identifier: MIT */
/* Who has a public port, and what is offered instead. */
#include "install/ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct manifest m;
static struct live l;
static struct funnel f;

static int fresh(void **state)
{
	struct err e;

	(void)state;
	memset(&m, 0, sizeof(m));
	memset(&l, 0, sizeof(l));
	memset(&f, 0, sizeof(f));
	strcpy(f.service, "tailscale-funnel");
	f.port = 443;
	l.daemon = true;
	return manifest_add(&m, "tailscale-funnel-other", &e) == NULL;
}

static void serve(unsigned port, const char *session)
{
	struct serve_entry *entry = &l.serve.entries[l.serve.count++];

	entry->port = port;
	strcpy(entry->session, session);
	strcpy(entry->target, "http://127.0.0.1:1");
}

static void a_free_port_is_free(void **state)
{
	struct err e;

	(void)state;
	m.funnels[0].port = 8443;
	serve(8443, "s1");
	assert_int_equal(ports_check(&f, &m, &l, false, &e), 0);
}

static void another_of_ours_has_it(void **state)
{
	struct err e;

	(void)state;
	m.funnels[0].port = 443;
	assert_int_equal(ports_check(&f, &m, &l, true, &e), -1);
	assert_int_equal(e.code, ERR_PERSON);
	assert_non_null(strstr(e.msg, "tailscale-funnel-other"));
	assert_non_null(strstr(e.cure, "8443, 10000"));
}

static void a_background_configuration_has_it(void **state)
{
	struct err e;

	(void)state;
	serve(443, "");
	serve(10000, "");
	assert_int_equal(ports_check(&f, &m, &l, true, &e), -1);
	assert_int_equal(e.code, ERR_PERSON);
	assert_non_null(strstr(e.cure, "--https=443 off"));
	assert_non_null(strstr(e.cure, "8443"));
	assert_null(strstr(e.cure, "10000"));
}

static void a_foreground_session_may_be_our_own(void **state)
{
	struct err e;

	(void)state;
	serve(443, "s1");
	assert_int_equal(ports_check(&f, &m, &l, true, &e), 0);
	assert_int_equal(ports_check(&f, &m, &l, false, &e), -1);
	assert_int_equal(e.code, ERR_PERSON);
}

static void what_is_not_ours_is_taken_over(void **state)
{
	struct err e;

	(void)state;
	f.take_over = true;
	serve(443, "s1");
	assert_int_equal(ports_check(&f, &m, &l, false, &e), 0);
	strcpy(l.serve.entries[0].session, "");
	assert_int_equal(ports_check(&f, &m, &l, false, &e), 0);
	m.funnels[0].port = 443;
	assert_int_equal(ports_check(&f, &m, &l, false, &e), -1);
	assert_non_null(strstr(e.msg, "tailscale-funnel-other"));
}

static void no_port_is_left(void **state)
{
	struct err e;

	(void)state;
	serve(443, "");
	serve(8443, "");
	m.funnels[0].port = 10000;
	assert_int_equal(ports_check(&f, &m, &l, false, &e), -1);
	assert_non_null(strstr(e.cure, "free ports: none"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_free_port_is_free, fresh),
		cmocka_unit_test_setup(another_of_ours_has_it, fresh),
		cmocka_unit_test_setup(a_background_configuration_has_it, fresh),
		cmocka_unit_test_setup(a_foreground_session_may_be_our_own, fresh),
		cmocka_unit_test_setup(what_is_not_ours_is_taken_over, fresh),
		cmocka_unit_test_setup(no_port_is_left, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
