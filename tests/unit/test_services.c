/* SPDX-License-Identifier: MIT */
/* Service files in a folder of our own, as two managers would lay them out. */
#include "base/file.h"
#include "init/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define OURS INIT_MARKER ": ...\nx\n"

static char dir[] = "/tmp/test_services.XXXXXX";
static char names[SERVICES_MAX][FUNNEL_SERVICE_MAX];
static struct err e;

static char template[256];
static const struct init_file rows[] = {{.path = template, .mode = 0644}, {0}};
static const struct init_system manager = {.name = "test", .files = rows};

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
	(void)state;
	return file_remove_tree(dir, &e);
}

static void put(const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(file_make_parent(path, 0755, &e), 0);
	assert_int_equal(file_replace(path, text, strlen(text), 0644, &e), 0);
}

static void files_with_an_ending(void **state)
{
	char path[256];

	(void)state;
	snprintf(template, sizeof(template),
		 "%s/%%s"
		 ".service",
		 dir);
	assert_int_equal(services_find(&manager, names), 0);
	put("tailscale-funnel-web.service", OURS);
	put("tailscale-funnel.service", "[Unit]\n" OURS);
	put("tailscale-funnel-api.service", OURS);
	/* Not ours, not a funnel's, or not a service's. */
	put("tailscale-funnel-x.service", "[Unit]\n");
	put("tailscaled.service", OURS);
	put("other.service", OURS);
	put("tailscale-funnel-web.service.edited", OURS);
	put("tailscale-funnel-.service", OURS);
	put("tailscale-funnel--x.service", OURS);
	put("tailscale-funnelx.service", OURS);
	put("tailscale-funnel-0123456789012345678901234567890123456789012345678901234567890."
	    "service",
	    OURS);
	put("tailscale-funnel-dir.service/x", OURS);
	snprintf(path, sizeof(path), "%s/tailscale-funnel-link.service", dir);
	assert_int_equal(symlink("tailscale-funnel.service", path), 0);
	assert_int_equal(services_find(&manager, names), 3);
	assert_string_equal(names[0], "tailscale-funnel");
	assert_string_equal(names[1], "tailscale-funnel-api");
	assert_string_equal(names[2], "tailscale-funnel-web");
}

static void folders_with_a_file_in_each(void **state)
{
	(void)state;
	snprintf(template, sizeof(template),
		 "%s/%%s"
		 "/run",
		 dir);
	put("tailscale-funnel/run", "#!/bin/sh\n" OURS);
	put("tailscale-funnel-a/run", OURS);
	put("tailscale-funnel-b/other", OURS);
	put("tailscale-funnel-c", OURS);
	assert_int_equal(services_find(&manager, names), 2);
	assert_string_equal(names[1], "tailscale-funnel-a");
}

static void not_more_than_there_is_room_for(void **state)
{
	(void)state;
	snprintf(template, sizeof(template),
		 "%s/%%s"
		 "",
		 dir);
	for (int i = 0; i < SERVICES_MAX + 5; i++) {
		char name[64];

		snprintf(name, sizeof(name), "tailscale-funnel-%d", i);
		put(name, OURS);
	}
	assert_int_equal(services_find(&manager, names), SERVICES_MAX);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(files_with_an_ending),
		CASE(folders_with_a_file_in_each),
		CASE(not_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
