/* SPDX-License-Identifier: MIT */
/* Inside an image no path leads out and nothing runs; outside all is as before. */
#include "base/file.h"
#include "base/process.h"
#include "init/systemd_image.h"
#include "os/image.h"

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

static char top[] = "/tmp/test_image.XXXXXX";
static struct err e;

static int make_image(void **state)
{
	(void)state;
	strcpy(top, "/tmp/test_image.XXXXXX");
	return mkdtemp(top) == NULL || chdir(top) != 0 || mkdir("image", 0755) != 0 ||
	       mkdir("outside", 0755) != 0 || symlink("../../outside", "image/up") != 0 ||
	       symlink("/outside", "image/absolute") != 0;
}

static int remove_image(void **state)
{
	(void)state;
	return chdir("/") != 0 || file_remove_tree(top, &e) != 0;
}

static void no_path_leads_out(void **state)
{
	static const char *const argv[] = {"/bin/true", NULL};
	struct process_result r;
	struct image i;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(image_open(&i, "image", deadline_in(0), &e), 0);
	assert_int_equal(image_enter(&i, &e), 0);
	assert_true(image_is_entered());
	assert_int_equal(file_replace("/up/file", "x", 1, 0644, &e), -1);
	assert_int_equal(file_replace("/absolute/file", "x", 1, 0644, &e), -1);
	assert_int_equal(file_replace("/../../../file", "x", 1, 0644, &e), 0);
	assert_int_equal(mkdir("/outside", 0755), 0);
	assert_int_equal(file_replace("/absolute/file", "x", 1, 0644, &e), 0);
	assert_int_equal(process_run(argv, deadline_in(1000), &r, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	/* Where we were, and by its own name again. */
	assert_int_equal(image_leave(&i, &e), 0);
	assert_true(file_exists("image/file") && file_exists("image/outside/file"));
	assert_false(file_exists("outside/file") || file_exists("file"));
	assert_int_equal(process_run(argv, deadline_in(10000), &r, &e), 0);
	assert_int_equal(image_enter(&i, &e), 0);
	assert_true(file_exists("/file"));
	image_done(&i);
	assert_false(image_is_entered());
	assert_true(file_exists("image/file"));
}

static void one_at_a_time(void **state)
{
	struct image a, b;

	(void)state;
	assert_int_equal(image_open(&a, "image", deadline_in(0), &e), 0);
	assert_int_equal(image_open(&b, "image", deadline_in(0), &e), -1);
	assert_int_equal(e.code, ERR_TIMEOUT);
	assert_int_equal(b.dir, -1);
	image_done(&a);
	assert_int_equal(image_open(&b, "image", deadline_in(0), &e), 0);
	image_done(&b);
}

static void folders_that_are_no_image(void **state)
{
	static const char *const bad[] = {"none", "file", "/", "/proc/self/root", "root"};
	struct image i;

	(void)state;
	assert_int_equal(mknod("file", S_IFREG | 0644, 0) | symlink("/", "root"), 0);
	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		assert_int_equal(image_open(&i, bad[n], deadline_in(0), &e), -1);
		assert_int_equal(e.code, ERR_USAGE);
		assert_true(e.cure[0] != '\0');
		assert_int_equal(i.dir, -1);
	}
}

static void versions_of_systemd(void **state)
{
	(void)state;
	assert_int_equal(systemd_version_of("libsystemd-shared-257.so"), 257);
	assert_int_equal(systemd_version_of("libsystemd-shared-252.39-1~deb12u1.so"), 252);
	assert_int_equal(systemd_version_of("libsystemd-shared-.so"), 0);
	assert_int_equal(systemd_version_of("libsystemd-core-257.so"), 0);
}

int main(void)
{
#define IN_A_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_image, remove_image)
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(no_path_leads_out),
		IN_A_FOLDER(one_at_a_time),
		IN_A_FOLDER(folders_that_are_no_image),
		cmocka_unit_test(versions_of_systemd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
