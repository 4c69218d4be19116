/* SPDX-License-Identifier: MIT */
/* Who owns a path by apk's database: an excerpt of a real one (Alpine 3.16), and hostile ones. */
#include "install/owner_apk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* apk 2.12 wrote it; "tailscale" stands where another package's name stood. */
static const char real[] = "C:Q11lVAM7vn9XHtyClU/ZflmqTH8EU=\n"
			   "P:alpine-baselayout-data\n"
			   "V:3.2.0-r22\n"
			   "A:aarch64\n"
			   "S:11436\n"
			   "I:73728\n"
			   "T:Alpine base dir structure and init scripts\n"
			   "o:alpine-baselayout\n"
			   "t:1655134784\n"
			   "r:alpine-baselayout\n"
			   "F:etc\n"
			   "R:mtab\n"
			   "a:0:0:777\n"
			   "Z:Q1kiljhXXH1LlQroHsEJIkPZg2eiw=\n"
			   "R:passwd\n"
			   "Z:Q1TchuuLUfur0izvfZQZxgN/LJhB8=\n"
			   "\n"
			   "P:tailscale\n"
			   "V:1.35.0-r17\n"
			   "F:usr\n"
			   "F:usr/bin\n"
			   "R:tailscale\n"
			   "a:0:0:755\n"
			   "F:usr/sbin\n"
			   "R:tailscaled\n"
			   "\n"
			   "F:opt\n"
			   "R:nobodys\n"
			   "\n"
			   "P:rooted\n"
			   "F:\n"
			   "R:file\n"
			   "\n";

static struct owner_apk s;

static void search(const char *const paths[], const char *text, size_t piece)
{
	size_t len = strlen(text);

	memset(&s, 0, sizeof(s));
	s.paths = paths;
	for (size_t at = 0; at < len; at += piece)
		owner_apk_feed(&s, text + at, len - at < piece ? len - at : piece);
}

static const char *owner(const char *path, const char *text)
{
	const char *const paths[] = {"/no/such", path, NULL};

	search(paths, text, SIZE_MAX);
	return s.found ? s.package : "";
}

static void files_have_owners(void **state)
{
	(void)state;
	assert_string_equal(owner("/usr/bin/tailscale", real), "tailscale");
	assert_string_equal(owner("/usr/sbin/tailscaled", real), "tailscale");
	assert_string_equal(owner("/etc/passwd", real), "alpine-baselayout-data");
	assert_string_equal(owner("/file", real), "rooted");
}

static void others_have_none(void **state)
{
	static const char *const paths[] = {
		"/usr/bin/tailscaled",
		"/usr/sbin/tailscale",
		"/usr/tailscale",
		"/bin/tailscale",
		"/usr/bin",
		"/passwd",
		"/opt/nobodys",
		"/usr/bin/tailscale/",
		"/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_string_equal(owner(paths[i], real), "");
	assert_string_equal(owner("/usr/bin/tailscale", ""), "");
}

static void pieces_do_not_matter(void **state)
{
	static const char *const paths[] = {"/usr/bin/tailscale", NULL};

	(void)state;
	for (size_t piece = 1; piece < 200; piece++) {
		search(paths, real, piece);
		assert_true(s.found);
		assert_string_equal(s.package, "tailscale");
	}
}

/* What is cut before the line is whole says nothing. */
static void cuts_own_nothing(void **state)
{
	static char text[sizeof(real)];
	size_t whole = (size_t)(strstr(real, "R:tailscale\n") - real) + strlen("R:tailscale\n");

	(void)state;
	for (size_t len = 0; len < whole; len++) {
		memcpy(text, real, len);
		text[len] = '\0';
		assert_string_equal(owner("/usr/bin/tailscale", text), "");
	}
}

static void long_lines_are_of_no_interest(void **state)
{
	static char text[3 * PATH_MAX];
	size_t n = (size_t)snprintf(text, sizeof(text), "P:tailscale\nF:usr/bin\nT:");

	(void)state;
	memset(text + n, 'x', 2 * PATH_MAX);
	strcpy(text + n + 2 * PATH_MAX, "\nR:tailscale\n\n");
	assert_string_equal(owner("/usr/bin/tailscale", text), "tailscale");
	/* A name too long for anybody's is not the one before either. */
	n = (size_t)snprintf(text, sizeof(text), "P:one\nF:usr/bin\nR:x\nP:");
	memset(text + n, 'y', OWNER_PACKAGE_MAX);
	strcpy(text + n + OWNER_PACKAGE_MAX, "\nR:tailscale\n\n");
	assert_string_equal(owner("/usr/bin/tailscale", text), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_have_owners),
		cmocka_unit_test(others_have_none),
		cmocka_unit_test(pieces_do_not_matter),
		cmocka_unit_test(cuts_own_nothing),
		cmocka_unit_test(long_lines_are_of_no_interest),
	};

	return cmocka_run_group_tests_name("owner_apk", tests, NULL, NULL);
}
