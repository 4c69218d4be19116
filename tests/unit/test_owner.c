/* SPDX-License-Identifier: MIT */
/* Who owns a path: what dpkg and rpm say, and a real dpkg over databases made for the test. */
#include "base/file.h"
#include "install/owner.h"

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

#define CLI "/usr/bin/tailscale"

static const char *const one[] = {CLI, NULL};
static const char *const two[] = {CLI, "/bin/tailscale", NULL};

static char text[8192], package[OWNER_PACKAGE_MAX];
static struct err e;

static int says(enum owner_manager m, const char *const paths[], const char *printed)
{
	snprintf(text, sizeof(text), "%s", printed);
	memset(package, 'x', sizeof(package) - 1);
	package[sizeof(package) - 1] = '\0';
	return owner_read(m, text, paths, package, &e);
}

static void owned(enum owner_manager m, const char *const paths[], const char *printed)
{
	assert_int_equal(says(m, paths, printed), 1);
	assert_string_equal(package, "tailscale");
}

/* No answer, and @words say why. */
static void unclear(enum owner_manager m, const char *const paths[], const char *printed,
		    const char *words)
{
	assert_int_equal(says(m, paths, printed), -1);
	assert_int_equal(e.code, ERR_FAILED);
	assert_non_null(strstr(e.msg, "who owns " CLI ": "));
	assert_non_null(strstr(e.msg, words));
}

static void dpkg_names_the_package(void **state)
{
	(void)state;
	owned(OWNER_DPKG, one, "tailscale: " CLI "\n");
	owned(OWNER_DPKG, one, "tailscale: " CLI);
	owned(OWNER_DPKG, one, "tailscale:amd64: " CLI "\n");
	owned(OWNER_DPKG, one, "tailscale:amd64, tailscale:i386, other: " CLI "\n");
	owned(OWNER_DPKG, two,
	      "dpkg-query: no path found matching pattern " CLI "\ntailscale: /bin/tailscale\n");
	owned(OWNER_DPKG, one,
	      "dpkg-query: warning: parsing file '/var/lib/dpkg/status' near line "
	      "3\ntailscale: " CLI "\n");
}

/* As `dpkg-query -S /bin/sh` has them on Debian. */
static void a_diversion_is_no_package(void **state)
{
	(void)state;
	owned(OWNER_DPKG, one,
	      "diversion by other from: " CLI "\ndiversion by other to: " CLI ".distrib\n"
	      "tailscale: " CLI "\n");
	owned(OWNER_DPKG, one,
	      "local diversion from: " CLI "\nlocal diversion to: " CLI ".distrib\ntailscale: " CLI
	      "\n");
	unclear(OWNER_DPKG, one, "diversion by other from: " CLI "\n", "diversion by other");
	unclear(OWNER_DPKG, one, "local diversion from: " CLI "\n", "local diversion");
}

static void dpkg_knows_no_package(void **state)
{
	(void)state;
	assert_int_equal(
		says(OWNER_DPKG, one, "dpkg-query: no path found matching pattern " CLI "\n"), 0);
	assert_int_equal(says(OWNER_DPKG, two,
			      "dpkg-query: no path found matching pattern " CLI
			      "\ndpkg-query: no path found matching pattern /bin/tailscale\n"),
			 0);
	assert_int_equal(says(OWNER_DPKG, one,
			      "dpkg-query: warning: something is old\n"
			      "dpkg-query: no path found matching pattern " CLI "\n"),
			 0);
}

static void dpkg_cannot_tell(void **state)
{
	(void)state;
	unclear(OWNER_DPKG, one, "", "it does not say");
	unclear(OWNER_DPKG, one, "\n\n", "it does not say");
	unclear(OWNER_DPKG, one,
		"dpkg-query: error: parsing file '/var/lib/dpkg/status' near line 0:\n end of "
		"file\n",
		"near line 0");
	unclear(OWNER_DPKG, one,
		"dpkg-query: warning: first\ndpkg-query: error: second\n"
		"dpkg-query: no path found matching pattern " CLI "\n",
		"second");
	/* Two were asked for, and one answer is missing. */
	unclear(OWNER_DPKG, two, "dpkg-query: no path found matching pattern " CLI "\n",
		"it does not say");
	unclear(OWNER_DPKG, two, "dpkg-query: no path found matching pattern /other\n",
		"matching pattern /other");
	/* A "no" for another path that is as long. */
	unclear(OWNER_DPKG, one, "dpkg-query: no path found matching pattern /usr/bin/tailscalX\n",
		"tailscalX");
}

/* An error that ends with the path, or another file, must not be taken for an owner. */
static void what_only_looks_like_an_owner(void **state)
{
	(void)state;
	unclear(OWNER_DPKG, one, "dpkg-query: error: cannot open: " CLI "\n", "cannot open");
	unclear(OWNER_DPKG, one, "tailscale: " CLI ".distrib\n", ".distrib");
	unclear(OWNER_DPKG, one, "tailscale: /x" CLI "\n", "/x");
	unclear(OWNER_DPKG, one, "tailscale " CLI "\n", "tailscale");
	unclear(OWNER_DPKG, one, ": " CLI "\n", CLI);
	unclear(OWNER_DPKG, one, CLI "\n", CLI);
	unclear(OWNER_DPKG, one, ":amd64: " CLI "\n", ":amd64");
	unclear(OWNER_DPKG, one, "a, : " CLI "\n", "a, :");
	unclear(OWNER_DPKG, one, "a b: " CLI "\n", "a b");
	unclear(OWNER_DPKG, one, "tailscale\n: " CLI "\n", "tailscale");
	unclear(OWNER_RPM, one, "tailscale\n", "tailscale");
	unclear(OWNER_RPM, one, "package \n", "package");
	unclear(OWNER_RPM, one, "package a b\n", "a b");
}

static void rpm_names_the_package(void **state)
{
	(void)state;
	owned(OWNER_RPM, one, "package tailscale\n");
	owned(OWNER_RPM, two, "package tailscale\npackage tailscale\n");
	owned(OWNER_RPM, two, "file " CLI " is not owned by any package\npackage tailscale\n");
	owned(OWNER_RPM, one,
	      "warning: Found bdb_ro Packages database while attempting sqlite backend\n"
	      "package tailscale\n");
}

static void rpm_knows_no_package(void **state)
{
	(void)state;
	assert_int_equal(says(OWNER_RPM, one, "file " CLI " is not owned by any package\n"), 0);
	assert_int_equal(says(OWNER_RPM, two,
			      "error: file " CLI ": No such file or directory\n"
			      "file /bin/tailscale is not owned by any package\n"),
			 0);
}

/* As rpm 4.20 says it over a database that is garbage: with a "not owned" behind it. */
static void rpm_cannot_tell(void **state)
{
	(void)state;
	unclear(OWNER_RPM, one,
		"error: cannot open Packages index using sqlite - No such file or directory (2)\n"
		"error: cannot open Packages database in /var/lib/rpm\n"
		"file " CLI " is not owned by any package\n",
		"cannot open Packages index");
	unclear(OWNER_RPM, one,
		"error: Unable to open /x/rpmrc for reading: No such file or directory.\n",
		"rpmrc");
	unclear(OWNER_RPM, one, "error: file /x/rpmdb.sqlite: No such file or directory\n",
		"rpmdb.sqlite");
	unclear(OWNER_RPM, one, "", "it does not say");
}

static void nothing_that_a_terminal_obeys_gets_through(void **state)
{
	static const char *const hostile[] = {
		"tail\033[31mscale: " CLI "\n",
		"tail\rscale: " CLI "\n",
		"tail\xffscale: " CLI "\n",
		"package tail\033[2Jscale\n",
		"package tail\a\n",
		"\033]0;title\a\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		for (enum owner_manager m = 0; m < OWNER_MANAGERS; m++) {
			unclear(m, one, hostile[i], "?");
			for (const char *c = e.msg; *c != '\0'; c++)
				assert_in_range(*c, ' ', '~');
		}
	}
}

static void a_name_is_bounded(void **state)
{
	char printed[4096];

	(void)state;
	for (size_t len = OWNER_PACKAGE_MAX - 2; len <= OWNER_PACKAGE_MAX + 1; len++) {
		int fits = len < OWNER_PACKAGE_MAX ? 1 : -1;

		memset(printed, 'a', len);
		strcpy(printed + len, ": " CLI "\n");
		assert_int_equal(says(OWNER_DPKG, one, printed), fits);
		strcpy(printed, "package ");
		memset(printed + 8, 'a', len);
		strcpy(printed + 8 + len, "\n");
		assert_int_equal(says(OWNER_RPM, one, printed), fits);
	}
	/* Cut in the middle, as process_run() leaves it. */
	memset(printed, 'a', sizeof(printed) - 1);
	printed[sizeof(printed) - 1] = '\0';
	unclear(OWNER_DPKG, one, printed, "aaa");
	unclear(OWNER_RPM, one, printed, "aaa");
	assert_in_range(strlen(e.msg), 1, 256);
}

/* A folder for a database of dpkg, which it takes from DPKG_ADMINDIR; and one for files. */
static char dir[] = "/tmp/owner-XXXXXX";

static const char *below(const char *name)
{
	static char path[4][256];
	static unsigned turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void put(const char *name, const char *content)
{
	assert_int_equal(file_replace(below(name), content, strlen(content), 0644, &e), 0);
}

/* A database in which tailscale has the files of @list, one a line. */
static void installed(const char *list)
{
	put("dpkg/status", "Package: tailscale\nStatus: install ok installed\nVersion: 1.102.3\n"
			   "Architecture: all\nMaintainer: nobody <nobody@test>\nDescription: x\n");
	put("dpkg/info/tailscale.list", list);
	put("dpkg/info/format", "1\n");
}

static int make_database(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	return mkdtemp(dir) == NULL || file_make_dir(below("dpkg/info"), 0755, &e) != 0 ||
	       file_make_dir(below("bin"), 0755, &e) != 0 ||
	       setenv("DPKG_ADMINDIR", below("dpkg"), 1) != 0;
}

static int remove_database(void **state)
{
	(void)state;
	unsetenv("DPKG_ADMINDIR");
	return file_remove_tree(dir, &e);
}

static void need_dpkg(void)
{
	if (access("/usr/bin/dpkg-query", X_OK) != 0)
		skip();
}

static void expect_dpkg(const char *path)
{
	struct owner o = {.package = ""};

	if (owner_of(path, &o, &e) < 0)
		fail_msg("%s", e.msg);
	assert_string_equal(o.package, "tailscale");
	assert_string_equal(o.manager, "dpkg");
}

static void a_real_dpkg_is_asked(void **state)
{
	struct owner o;

	(void)state;
	need_dpkg();
	installed("/.\n/usr\n/usr/bin\n" CLI "\n");
	expect_dpkg(CLI);
	assert_int_equal(owner_of("/usr/bin/tailscale2", &o, &e), 0);
	assert_int_equal(owner_of("/usr/sbin/tailscaled", &o, &e), 0);
	/* Not as patterns. */
	assert_int_equal(owner_of("/usr/bin/tail*", &o, &e), 0);
	assert_int_equal(owner_of("/usr/bin/tailscal[e]", &o, &e), 0);
	assert_int_equal(owner_of("tailscale", &o, &e), 0);
}

static void a_real_dpkg_knows_old_names(void **state)
{
	struct stat st;

	(void)state;
	need_dpkg();
	if (lstat("/bin", &st) != 0 || !S_ISLNK(st.st_mode))
		skip();
	installed("/.\n/bin\n/bin/tailscale\n/sbin\n/sbin/tailscaled\n");
	expect_dpkg("/bin/tailscale");
	expect_dpkg(CLI);
	expect_dpkg("/usr/sbin/tailscaled");
}

/* A link is asked for by its own name and by what it leads to. */
static void a_real_dpkg_and_links(void **state)
{
	char list[512], target[256];
	struct owner o;

	(void)state;
	need_dpkg();
	snprintf(target, sizeof(target), "%s", below("bin/tailscale"));
	put("bin/tailscale", "x");
	assert_int_equal(symlink(target, below("bin/link")), 0);
	assert_int_equal(symlink("/nowhere", below("bin/dangling")), 0);
	snprintf(list, sizeof(list), "/.\n%s\n%s\n", target, below("bin/dangling"));
	installed(list);
	expect_dpkg(below("bin/link"));
	expect_dpkg(below("bin/dangling"));
	installed("/.\n");
	assert_int_equal(owner_of(below("bin/link"), &o, &e), 0);
}

static void a_real_dpkg_and_diversions(void **state)
{
	(void)state;
	need_dpkg();
	installed("/.\n" CLI "\n");
	put("dpkg/diversions", CLI "\n" CLI ".distrib\n:\n");
	expect_dpkg(CLI);
	put("dpkg/diversions", CLI "\n" CLI ".distrib\nother\n");
	expect_dpkg(CLI);
}

static void a_real_dpkg_that_fails(void **state)
{
	struct owner o;

	(void)state;
	need_dpkg();
	put("dpkg/status", "garbage\n");
	assert_int_equal(owner_of(CLI, &o, &e), -1);
	assert_int_equal(e.code, ERR_FAILED);
	assert_non_null(strstr(e.msg, "cannot ask dpkg who owns " CLI ": dpkg-query: error: "));
}

static void without_a_package_manager_nobody_owns(void **state)
{
	char *path = strdup(getenv("PATH"));
	struct owner o;

	(void)state;
	assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
	assert_int_equal(owner_of(CLI, &o, &e), 0);
	assert_int_equal(setenv("PATH", path, 1), 0);
	free(path);
}

#define WITH_DATABASE(test) cmocka_unit_test_setup_teardown(test, make_database, remove_database)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dpkg_names_the_package),
		cmocka_unit_test(a_diversion_is_no_package),
		cmocka_unit_test(dpkg_knows_no_package),
		cmocka_unit_test(dpkg_cannot_tell),
		cmocka_unit_test(what_only_looks_like_an_owner),
		cmocka_unit_test(rpm_names_the_package),
		cmocka_unit_test(rpm_knows_no_package),
		cmocka_unit_test(rpm_cannot_tell),
		cmocka_unit_test(nothing_that_a_terminal_obeys_gets_through),
		cmocka_unit_test(a_name_is_bounded),
		WITH_DATABASE(a_real_dpkg_is_asked),
		WITH_DATABASE(a_real_dpkg_knows_old_names),
		WITH_DATABASE(a_real_dpkg_and_links),
		WITH_DATABASE(a_real_dpkg_and_diversions),
		WITH_DATABASE(a_real_dpkg_that_fails),
		cmocka_unit_test(without_a_package_manager_nobody_owns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
