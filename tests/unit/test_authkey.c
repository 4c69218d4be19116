/* SPDX-License-Identifier: MIT */
/* The auth key: where it may come from, and what is no key. */
#include "install/authkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY "tskey-auth-abc123"

static char path[] = "/tmp/test_authkey.XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_file(const char *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void white_space_around_is_dropped(void **state)
{
	static const char *const good[] = {KEY, KEY "\n", " \t" KEY " \r\n\n"};
	struct authkey k;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		write_file(good[i], strlen(good[i]));
		assert_int_equal(authkey_read(path, &k, &e), 0);
		assert_string_equal(k.text, KEY);
	}
}

static void what_is_no_key_is_refused(void **state)
{
	static const struct {
		const char *data;
		size_t len;
	} bad[] = {{"", 0},     {" \n", 2},  {"two words", 9}, {"a\nb", 3},
		   {"a\0b", 3}, {"\x7f", 1}, {"k\xc3\xa9y", 4}};
	static char large[AUTHKEY_MAX + 1];
	struct authkey k;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file(bad[i].data, bad[i].len);
		assert_int_equal(authkey_read(path, &k, &e), -1);
		assert_int_equal(e.code, ERR_DATA);
		assert_string_equal(k.text, "");
	}
	memset(large, 'k', sizeof(large));
	write_file(large, AUTHKEY_MAX - 1);
	assert_int_equal(authkey_read(path, &k, &e), 0);
	write_file(large, AUTHKEY_MAX);
	assert_int_equal(authkey_read(path, &k, &e), -1);
	assert_null(strstr(e.msg, "kkk"));
}

static void a_missing_file_is_named(void **state)
{
	struct authkey k;
	struct err e;

	(void)state;
	assert_int_equal(authkey_read("/nonexistent/key", &k, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_non_null(strstr(e.msg, "/nonexistent/key"));
}

static void environment_as_containers_take_it(void **state)
{
	char value[64];
	struct authkey k;
	struct err e;

	(void)state;
	assert_int_equal(setenv("TS_AUTHKEY", KEY, 1), 0);
	assert_int_equal(authkey_read(NULL, &k, &e), 0);
	assert_string_equal(k.text, KEY);
	assert_null(getenv("TS_AUTHKEY"));

	write_file(KEY "\n", sizeof(KEY));
	snprintf(value, sizeof(value), "file:%s", path);
	assert_int_equal(setenv("TS_AUTHKEY", value, 1), 0);
	assert_int_equal(authkey_read(NULL, &k, &e), 0);
	assert_string_equal(k.text, KEY);

	/* The option wins, and no child may inherit the other. */
	assert_int_equal(setenv("TS_AUTHKEY", "tskey-other", 1), 0);
	assert_int_equal(authkey_read(path, &k, &e), 0);
	assert_string_equal(k.text, KEY);
	assert_null(getenv("TS_AUTHKEY"));

	assert_int_equal(authkey_read(NULL, &k, &e), 0);
	assert_string_equal(k.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(white_space_around_is_dropped),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(environment_as_containers_take_it),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
