/* SPDX-License-Identifier: MIT */
/* Two programs that change together: what their names lead to, at every step and from each. */
#include "base/file.h"
#include "install/generation.h"

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

static char prefix[] = "/tmp/test_generation.XXXXXX";
static struct programs p;
static struct err e;

static int make_prefix(void **state)
{
	(void)state;
	strcpy(prefix + strlen(prefix) - 6, "XXXXXX");
	return mkdtemp(prefix) == NULL || programs_of(prefix, &p, &e) != 0 ||
	       file_make_parent(p.cli, 0755, &e) != 0 || file_make_parent(p.daemon, 0755, &e) != 0;
}

static int remove_prefix(void **state)
{
	(void)state;
	return file_remove_tree(prefix, &e);
}

static void put(const char *path, const char *text)
{
	assert_int_equal(file_replace(path, text, strlen(text), 0755, &e), 0);
}

static void stage(void)
{
	char name[PATH_MAX];

	assert_int_equal(generation_open(&p, &e), 0);
	generation_name(p.cli, GENERATION_NEW, name);
	put(name, "new");
	generation_name(p.daemon, GENERATION_NEW, name);
	put(name, "new");
}

/* What a name leads to; "" for nothing. */
static const char *held(const char *program)
{
	static char mem[2][8];
	static int turn;
	struct err none;

	turn = !turn;
	if (access(program, F_OK) != 0)
		return "";
	assert_int_equal(file_read(program, mem[turn], sizeof(mem[turn]), NULL, &none), 0);
	return mem[turn];
}

static void both_hold(const char *text)
{
	assert_string_equal(held(p.cli), text);
	assert_string_equal(held(p.daemon), text);
}

static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Both programs, or none, as regular files, and nothing else below the prefix. */
static void ended_as(const char *text)
{
	char path[PATH_MAX];

	assert_int_equal(generation_end(&p, &e), 0);
	both_hold(text);
	assert_false(generation_is_open(&p));
	assert_int_equal(generation_current(&p), GENERATION_NONE);
	assert_false(is_link(p.cli) || is_link(p.daemon));
	assert_int_equal(file_exists(p.cli), text[0] != '\0');
	for (enum generation g = GENERATION_OLD; g <= GENERATION_NEW; g++) {
		generation_name(p.cli, g, path);
		assert_false(file_exists(path));
		generation_name(p.daemon, g, path);
		assert_false(file_exists(path));
	}
	snprintf(path, sizeof(path), "%s/lib", prefix);
	assert_false(file_exists(path));
}

static void both_change_at_once(void **state)
{
	(void)state;
	put(p.cli, "old");
	put(p.daemon, "old");
	stage();
	both_hold("old");
	assert_int_equal(generation_begin(&p, &e), 0);
	both_hold("old");
	assert_true(generation_has_old(&p));
	assert_int_equal(generation_current(&p), GENERATION_OLD);
	assert_int_equal(generation_switch(&p, GENERATION_NEW, &e), 0);
	both_hold("new");
	assert_int_equal(generation_switch(&p, GENERATION_OLD, &e), 0);
	both_hold("old");
	assert_int_equal(generation_switch(&p, GENERATION_NEW, &e), 0);
	ended_as("new");
}

static void from_nothing_both_come_at_once(void **state)
{
	(void)state;
	stage();
	assert_int_equal(generation_begin(&p, &e), 0);
	both_hold("");
	assert_false(generation_has_old(&p));
	assert_int_equal(generation_switch(&p, GENERATION_NEW, &e), 0);
	both_hold("new");
	ended_as("new");
}

static void an_end_before_the_switch_is_the_old_one(void **state)
{
	(void)state;
	stage();
	ended_as("");
	stage();
	assert_int_equal(generation_begin(&p, &e), 0);
	ended_as("");
	put(p.cli, "old");
	put(p.daemon, "old");
	stage();
	ended_as("old");
	stage();
	assert_int_equal(generation_begin(&p, &e), 0);
	ended_as("old");
	ended_as("old");
}

static void an_end_that_was_killed_is_ended(void **state)
{
	char name[PATH_MAX], staged[PATH_MAX];

	(void)state;
	put(p.cli, "old");
	put(p.daemon, "old");
	stage();
	assert_int_equal(generation_begin(&p, &e), 0);
	assert_int_equal(generation_switch(&p, GENERATION_NEW, &e), 0);
	generation_name(p.cli, GENERATION_NEW, staged);
	assert_int_equal(rename(staged, p.cli), 0);
	both_hold("new");
	generation_name(p.cli, GENERATION_OLD, name);
	assert_int_equal(unlink(name), 0);
	both_hold("new");
	ended_as("new");
}

/* Wherever the removal of the old programs ends: with an old daemon there is an old CLI. */
static void one_that_can_be_gone_back_to_is_whole(void **state)
{
	char name[PATH_MAX], inside[PATH_MAX];

	(void)state;
	put(p.cli, "old");
	put(p.daemon, "old");
	stage();
	assert_int_equal(generation_begin(&p, &e), 0);
	assert_int_equal(generation_switch(&p, GENERATION_NEW, &e), 0);
	/* A folder is not removed: there it ends. */
	generation_name(p.daemon, GENERATION_OLD, name);
	assert_int_equal(unlink(name), 0);
	snprintf(inside, sizeof(inside), "%.400s/x", name);
	assert_int_equal(file_make_dir(inside, 0755, &e), 0);
	assert_int_equal(generation_end(&p, &e), -1);
	assert_true(generation_has_old(&p));
	generation_name(p.cli, GENERATION_OLD, inside);
	assert_true(file_exists(inside));
	assert_int_equal(file_remove_tree(name, &e), 0);
	assert_false(generation_has_old(&p));
	ended_as("new");
}

/* Killed between keeping the old program under a second name and making its name a link. */
static void two_names_of_one_file(void **state)
{
	char name[PATH_MAX];

	(void)state;
	put(p.cli, "old");
	put(p.daemon, "old");
	stage();
	assert_int_equal(generation_switch(&p, GENERATION_OLD, &e), 0);
	generation_name(p.cli, GENERATION_OLD, name);
	assert_int_equal(link(p.cli, name), 0);
	both_hold("old");
	ended_as("old");
}

static void half_of_one_is_replaced_too(void **state)
{
	(void)state;
	put(p.cli, "old");
	stage();
	assert_int_equal(generation_begin(&p, &e), 0);
	assert_string_equal(held(p.cli), "old");
	assert_string_equal(held(p.daemon), "");
	assert_int_equal(generation_switch(&p, GENERATION_NEW, &e), 0);
	ended_as("new");
}

static void a_prefix_that_is_too_long(void **state)
{
	char longest[MANIFEST_PATH_MAX];
	struct programs q;

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(programs_of(longest, &q, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	longest[300] = '\0';
	assert_int_equal(programs_of(longest, &q, &e), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_prefix, remove_prefix)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(both_change_at_once),
		CASE(from_nothing_both_come_at_once),
		CASE(an_end_before_the_switch_is_the_old_one),
		CASE(an_end_that_was_killed_is_ended),
		CASE(one_that_can_be_gone_back_to_is_whole),
		CASE(two_names_of_one_file),
		CASE(half_of_one_is_replaced_too),
		CASE(a_prefix_that_is_too_long),
	};

	return cmocka_run_group_tests_name("generation", tests, NULL, NULL);
}
