/* SPDX-License-Identifier: MIT */
/* Which key a machine logs itself in with, and what becomes of it. */
#include "launch/firstlogin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define CREDENTIAL "../given/" FIRSTLOGIN_CREDENTIAL

static char top[] = "/tmp/test_firstlogin.XXXXXX";
static char folder[64];
static struct firstlogin f;
static struct err e;

static const struct node fresh = {.backend = BACKEND_NEEDS_LOGIN};
static const struct node stopped = {.backend = BACKEND_STOPPED, .has_node_key = true};
static const struct node expired = {.backend = BACKEND_NEEDS_LOGIN, .has_node_key = true};
static const struct node running = {.backend = BACKEND_RUNNING, .has_node_key = true};

static void write_bytes(const char *name, const char *data, size_t len, mode_t mode)
{
	char path[128];
	struct err why;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(file_replace(path, data, len, mode, &why), 0);
}

static void put(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text), 0600);
}

static bool there(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return file_exists(path);
}

static int make_folder(void **state)
{
	char given[64];

	(void)state;
	strcpy(top, "/tmp/test_firstlogin.XXXXXX");
	if (mkdtemp(top) == NULL)
		return -1;
	snprintf(folder, sizeof(folder), "%s/login", top);
	snprintf(given, sizeof(given), "%s/given", top);
	return mkdir(folder, 0700) | mkdir(given, 0700) | setenv("CREDENTIALS_DIRECTORY", given, 1);
}

static int remove_folder(void **state)
{
	(void)state;
	firstlogin_done(&f);
	return file_remove_tree(top, &e);
}

static enum firstlogin_from find(const struct node *n)
{
	firstlogin_done(&f);
	assert_int_equal(firstlogin_find(&f, folder, n, &e), 0);
	return f.from;
}

static void a_file_with_all_that_belongs_to_it(void **state)
{
	(void)state;
	assert_int_equal(find(&fresh), FIRSTLOGIN_NOTHING);
	put(FIRSTLOGIN_KEY, " tskey-auth-a\n");
	assert_int_equal(find(&fresh), FIRSTLOGIN_FILE);
	assert_string_equal(f.key, "tskey-auth-a");
	assert_string_equal(f.server, "");
	put(FIRSTLOGIN_SERVER, "https://control.test\n");
	put(FIRSTLOGIN_HOSTNAME, "vm\n");
	/* Also where a kill came between the login and the end of it. */
	assert_int_equal(find(&stopped), FIRSTLOGIN_FILE);
	assert_int_equal(find(&expired), FIRSTLOGIN_FILE);
	assert_string_equal(f.server, "https://control.test");
	assert_string_equal(f.hostname, "vm");
	assert_int_equal(firstlogin_accepted(&f, &e), 0);
	assert_false(there(FIRSTLOGIN_KEY) || there(FIRSTLOGIN_SERVER) ||
		     there(FIRSTLOGIN_HOSTNAME));
	assert_int_equal(find(&fresh), FIRSTLOGIN_NOTHING);
	assert_false(f.refused);
}

static void one_that_is_refused_is_kept_and_not_tried(void **state)
{
	(void)state;
	put(FIRSTLOGIN_KEY, "tskey-auth-a");
	put(FIRSTLOGIN_HOSTNAME, "vm");
	assert_int_equal(find(&fresh), FIRSTLOGIN_FILE);
	assert_int_equal(firstlogin_refused(&f, &e), 0);
	assert_int_equal(find(&fresh), FIRSTLOGIN_NOTHING);
	assert_true(f.refused);
	assert_true(there(FIRSTLOGIN_REFUSED));
	/* The next one is for the same machine. */
	put(FIRSTLOGIN_KEY, "tskey-auth-b");
	assert_int_equal(find(&fresh), FIRSTLOGIN_FILE);
	assert_false(f.refused);
	assert_string_equal(f.key, "tskey-auth-b");
	assert_string_equal(f.hostname, "vm");
	assert_int_equal(firstlogin_accepted(&f, &e), 0);
	assert_false(there(FIRSTLOGIN_REFUSED));
}

static void one_process_at_a_time(void **state)
{
	struct firstlogin other;

	(void)state;
	put(FIRSTLOGIN_KEY, "tskey-auth-a");
	assert_int_equal(find(&fresh), FIRSTLOGIN_FILE);
	assert_int_equal(firstlogin_find(&other, folder, &fresh, &e), 0);
	assert_int_equal(other.from, FIRSTLOGIN_NOTHING);
	firstlogin_done(&other);
}

static void refuse(enum err_code code)
{
	firstlogin_done(&f);
	assert_int_equal(firstlogin_find(&f, folder, &fresh, &e), -1);
	assert_int_equal(e.code, code);
	/* Nothing of what may be a secret is said. */
	assert_null(strstr(e.msg, "tskey"));
	firstlogin_done(&f);
	assert_int_equal(f.key[0], '\0');
}

static void files_that_are_none(void **state)
{
	static const struct {
		const char *data;
		size_t len;
	} bad[] = {{"", 0},         {" \n", 2},        {"tskey a", 7},   {"tskey-a\ntskey-b\n", 16},
		   {"tskey\0a", 7}, {"tskey-\x7f", 7}, {"tskey-\xff", 7}};
	static char large[FIRSTLOGIN_KEY_MAX];
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_bytes(FIRSTLOGIN_KEY, bad[i].data, bad[i].len, 0600);
		refuse(ERR_DATA);
	}
	memset(large, 'k', sizeof(large));
	write_bytes(FIRSTLOGIN_KEY, large, sizeof(large), 0600);
	refuse(ERR_DATA);
	write_bytes(FIRSTLOGIN_KEY, large, sizeof(large) - 1, 0600);
	assert_int_equal(find(&fresh), FIRSTLOGIN_FILE);
	write_bytes(FIRSTLOGIN_KEY, "tskey-a", 7, 0640);
	refuse(ERR_PERMISSION);
	/* What it leads to is no business of whoever made the link. */
	snprintf(path, sizeof(path), "%s/" FIRSTLOGIN_KEY, folder);
	put("elsewhere", "tskey-a");
	assert_int_equal(unlink(path) | symlink("elsewhere", path), 0);
	refuse(ERR_DATA);
	assert_int_equal(unlink(path) | mkfifo(path, 0600), 0);
	refuse(ERR_DATA);
	assert_int_equal(unlink(path), 0);
	put(FIRSTLOGIN_KEY, "tskey-a");
	put(FIRSTLOGIN_SERVER, "https://a b");
	refuse(ERR_DATA);
}

static void folders_that_are_none(void **state)
{
	char link[64];

	(void)state;
	put(FIRSTLOGIN_KEY, "tskey-a");
	assert_int_equal(chmod(folder, 0770), 0);
	refuse(ERR_PERMISSION);
	assert_int_equal(chmod(folder, 0700), 0);
	snprintf(link, sizeof(link), "%s/link", top);
	assert_int_equal(symlink("login", link), 0);
	strcpy(folder, link);
	assert_int_equal(find(&fresh), FIRSTLOGIN_NOTHING);
}

static void a_credential_logs_in_once(void **state)
{
	(void)state;
	put(CREDENTIAL, "tskey-auth-c\n");
	assert_int_equal(find(&fresh), FIRSTLOGIN_GIVEN);
	assert_string_equal(f.key, "tskey-auth-c");
	/* A node that has been somewhere before is not touched. */
	assert_int_equal(find(&stopped), FIRSTLOGIN_NOTHING);
	assert_int_equal(find(&expired), FIRSTLOGIN_NOTHING);
	assert_int_equal(find(&fresh), FIRSTLOGIN_GIVEN);
	assert_int_equal(firstlogin_accepted(&f, &e), 0);
	assert_true(there(CREDENTIAL));
	/* As after a logout. */
	assert_int_equal(find(&fresh), FIRSTLOGIN_NOTHING);
	assert_int_equal(find(&running), FIRSTLOGIN_NOTHING);
	assert_false(f.refused);
	/* The file counts more. */
	put(FIRSTLOGIN_KEY, "tskey-auth-a");
	assert_int_equal(find(&fresh), FIRSTLOGIN_FILE);
}

static void a_credential_of_a_machine_that_is_logged_in(void **state)
{
	(void)state;
	put(CREDENTIAL, "tskey-auth-c");
	assert_int_equal(find(&running), FIRSTLOGIN_GIVEN);
	assert_int_equal(firstlogin_accepted(&f, &e), 0);
	assert_int_equal(find(&fresh), FIRSTLOGIN_NOTHING);
}

static void a_credential_that_is_refused(void **state)
{
	(void)state;
	put(CREDENTIAL, "tskey-auth-c");
	assert_int_equal(find(&fresh), FIRSTLOGIN_GIVEN);
	assert_int_equal(firstlogin_refused(&f, &e), 0);
	assert_int_equal(find(&fresh), FIRSTLOGIN_NOTHING);
	assert_true(f.refused);
	put(CREDENTIAL, "tskey-auth-d");
	assert_int_equal(find(&fresh), FIRSTLOGIN_GIVEN);
	assert_false(f.refused);
	/* A mark that is no mark says nothing. */
	put(FIRSTLOGIN_MARK, "refused");
	assert_int_equal(find(&fresh), FIRSTLOGIN_GIVEN);
}

int main(void)
{
#define IN_A_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(a_file_with_all_that_belongs_to_it),
		IN_A_FOLDER(one_that_is_refused_is_kept_and_not_tried),
		IN_A_FOLDER(one_process_at_a_time),
		IN_A_FOLDER(files_that_are_none),
		IN_A_FOLDER(folders_that_are_none),
		IN_A_FOLDER(a_credential_logs_in_once),
		IN_A_FOLDER(a_credential_of_a_machine_that_is_logged_in),
		IN_A_FOLDER(a_credential_that_is_refused),
	};

	f.dir = -1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
