/* SPDX-License-Identifier: MIT */
/* Whole files: bounded reading, replacing, moving; what is left after a failure. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

static char dir[] = "/tmp/test_file.XXXXXX";
static char path[64], other[64];

static int make_dir(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return rmdir(dir);
}

static int count_entries(void)
{
	DIR *d = opendir(dir);
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void replaced_whole_with_its_mode(void **state)
{
	struct stat st;
	struct err e;
	char mem[16];
	size_t len;

	(void)state;
	assert_int_equal(file_replace(path, "one", 3, 0600, &e), 0);
	assert_int_equal(file_replace(path, "second", 6, 0644, &e), 0);
	assert_int_equal(file_read(path, mem, sizeof(mem), &len, &e), 0);
	assert_string_equal(mem, "second");
	assert_int_equal(len, 6);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(count_entries(), 1);
}

static void reading_is_bounded(void **state)
{
	struct err e;
	char mem[4];

	(void)state;
	assert_int_equal(file_replace(path, "abc", 3, 0600, &e), 0);
	assert_int_equal(file_read(path, mem, sizeof(mem), NULL, &e), 0);
	assert_int_equal(file_replace(path, "abcd", 4, 0600, &e), 0);
	assert_int_equal(file_read(path, mem, sizeof(mem), NULL, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_int_equal(file_read(dir, mem, sizeof(mem), NULL, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_int_equal(file_read("/nonexistent/x", mem, sizeof(mem), NULL, &e), -1);
	assert_int_equal(e.sys, ENOENT);
}

static void a_failed_replacement_leaves_nothing(void **state)
{
	char target[96];
	struct err e;

	(void)state;
	/* The rename fails: a folder is there. */
	snprintf(target, sizeof(target), "%s/folder", dir);
	assert_int_equal(mkdir(target, 0700), 0);
	assert_int_equal(file_replace(target, "x", 1, 0600, &e), -1);
	assert_int_equal(rmdir(target), 0);
	assert_int_equal(count_entries(), 1);
	assert_int_equal(file_replace("/nonexistent/x", "x", 1, 0600, &e), -1);
	assert_int_equal(e.code, ERR_CREATE);
}

static void digests_of_file_and_memory_agree(void **state)
{
	/* FIPS 180-2, "abc". */
	static const char abc[] =
		"508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982";
	char hex[FILE_DIGEST_LEN];
	struct err e;

	(void)state;
	assert_int_equal(file_replace(path, "abc", 3, 0600, &e), 0);
	assert_int_equal(file_digest(path, hex, &e), 0);
	assert_string_equal(hex, abc);
	/* It would never end. */
	assert_int_equal(file_digest("/dev/zero", hex, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	file_digest_bytes("abc", 3, hex);
	assert_string_equal(hex, abc);
	file_digest_bytes("abd", 3, hex);
	assert_string_not_equal(hex, abc);
}

static void copied_moved_removed(void **state)
{
	struct err e;
	char mem[8];
	int fd;

	(void)state;
	assert_int_equal(file_replace(path, "abc", 3, 0600, &e), 0);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(file_replace_from(other, fd, 0755, &e), 0);
	close(fd);
	assert_int_equal(file_read(other, mem, sizeof(mem), NULL, &e), 0);
	assert_string_equal(mem, "abc");
	assert_int_equal(file_move(other, path, &e), 0);
	assert_false(file_exists(other));
	assert_int_equal(file_remove(path, &e), 0);
	assert_false(file_exists(path));
	assert_int_equal(file_remove(path, &e), 0);
	assert_int_equal(file_move(other, path, &e), -1);
}

static void moved_to_another_file_system(void **state)
{
	char far[] = "/dev/shm/test_file.XXXXXX", link[8];
	int fd = mkstemp(far);
	struct stat here, there;
	struct err e;

	(void)state;
	if (fd < 0 || stat(dir, &here) != 0 || fstat(fd, &there) != 0 ||
	    here.st_dev == there.st_dev) {
		print_message("/dev/shm is no other file system here\n");
		skip();
	}
	assert_int_equal(write(fd, "abc", 3), 3);
	close(fd);
	assert_int_equal(file_move(far, path, &e), 0);
	assert_false(file_exists(far));
	assert_true(file_exists(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/target", far), 0);
	assert_int_equal(file_move(far, path, &e), 0);
	assert_int_equal(readlink(path, link, sizeof(link)), 7);
	assert_false(file_exists(far));
}

static void folders_are_made_with_their_parents(void **state)
{
	char deep[96];
	struct stat st;
	struct err e;

	(void)state;
	snprintf(deep, sizeof(deep), "%s/a/b", dir);
	assert_int_equal(file_make_dir(deep, 0700, &e), 0);
	assert_int_equal(file_make_dir(deep, 0700, &e), 0);
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(rmdir(deep), 0);
	snprintf(deep, sizeof(deep), "%s/a", dir);
	assert_int_equal(rmdir(deep), 0);
	assert_int_equal(file_make_dir("relative", 0700, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaced_whole_with_its_mode),
		cmocka_unit_test(reading_is_bounded),
		cmocka_unit_test(a_failed_replacement_leaves_nothing),
		cmocka_unit_test(digests_of_file_and_memory_agree),
		cmocka_unit_test(copied_moved_removed),
		cmocka_unit_test(moved_to_another_file_system),
		cmocka_unit_test(folders_are_made_with_their_parents),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
