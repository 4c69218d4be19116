/* SPDX-License-Identifier: MIT */
/* A release's tarball: what is handed out, and what the reader says of damaged ones. */
#include "archive/tgz.h"
#include "tarball.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FOLDER "tailscale_1.102.3_amd64"
#define BIG 100000

/* What the walk handed out. */
struct taken {
	char text[TGZ_FILES][64];
	size_t len[TGZ_FILES];
	size_t step;   /* bytes asked for at once; 0: do not read */
	int fail_with; /* error code to answer with, 0 for none */
	unsigned sum;
};

static char big[BIG + 1];

static int take(void *ctx, const struct tgz_member *m, struct tgz *t, struct err *e)
{
	struct taken *k = ctx;
	char mem[4096];
	ssize_t n;

	if (k->fail_with != 0)
		return err_set(e, (enum err_code)k->fail_with, "no");
	if (k->step == 0)
		return 0;
	assert_int_equal(k->len[m->file], 0);
	while ((n = tgz_read(t, mem, k->step, e)) > 0) {
		size_t room = sizeof(k->text[0]) - 1;

		if (k->len[m->file] < room)
			memcpy(k->text[m->file] + k->len[m->file], mem,
			       (size_t)n < room ? (size_t)n : room);
		k->len[m->file] += (size_t)n;
		for (ssize_t i = 0; i < n; i++)
			k->sum = k->sum * 31 + (unsigned char)mem[i];
	}
	assert_int_equal(tgz_read(t, mem, 1, e), n);
	if (n == 0)
		assert_int_equal(k->len[m->file], m->size);
	return (int)n;
}

static int walk_as(const char *folder, struct taken *k, struct err *e)
{
	int fd = gzip_fd(), result;

	*e = (struct err){.code = ERR_OK};
	result = tgz_walk(fd, "x.tgz", folder, k == NULL ? NULL : take, k, e);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), (off_t)gz.len);
	close(fd);
	return result;
}

/* Order, modes and names as release/dist/unixpkgs writes them. */
static void release_without_end(void)
{
	tar_reset();
	tar_header(FOLDER "/", '5', 0);
	tar_file(FOLDER "/tailscaled", "the daemon");
	tar_file(FOLDER "/tailscale", big);
	tar_header(FOLDER "/systemd/", '5', 0);
	tar_file(FOLDER "/systemd/tailscaled.service", "[Unit]\n");
	tar_file(FOLDER "/systemd/tailscaled.defaults", "PORT=\"41641\"\n");
	tar_file(FOLDER "/systemd/tailscale-online.target", "[Unit]\n");
	tar_file(FOLDER "/systemd/tailscale-wait-online.service", "[Unit]\n");
}

static void release(void)
{
	release_without_end();
	tar_end();
	gzip_of_tar();
}

static int fill_big(void **state)
{
	(void)state;
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)('a' + i * i % 23);
	return 0;
}

static void hands_out_what_is_wanted(void **state)
{
	static const size_t steps[] = {1, 7, 512, 4096};
	struct err e;

	(void)state;
	release();
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct taken k = {.step = steps[i]};
		unsigned sum = 0;

		assert_int_equal(walk_as(FOLDER, &k, &e), 0);
		assert_string_equal(k.text[TGZ_TAILSCALED], "the daemon");
		assert_string_equal(k.text[TGZ_SERVICE], "[Unit]\n");
		assert_string_equal(k.text[TGZ_DEFAULTS], "PORT=\"41641\"\n");
		assert_int_equal(k.len[TGZ_TAILSCALE], BIG);
		for (const char *p = "the daemon"; *p != '\0'; p++)
			sum = sum * 31 + (unsigned char)*p;
		for (size_t at = 0; at < BIG; at++)
			sum = sum * 31 + (unsigned char)big[at];
		for (const char *p = "[Unit]\nPORT=\"41641\"\n"; *p != '\0'; p++)
			sum = sum * 31 + (unsigned char)*p;
		assert_int_equal(k.sum, sum);
	}
}

static void what_nobody_reads_is_passed_over(void **state)
{
	struct taken k = {.step = 0};
	struct err e;

	(void)state;
	release();
	assert_int_equal(walk_as(FOLDER, &k, &e), 0);
	assert_int_equal(walk_as(FOLDER, NULL, &e), 0);
}

static void an_error_of_the_taker_ends_it(void **state)
{
	struct taken k = {.step = 1, .fail_with = ERR_CREATE};
	struct err e;

	(void)state;
	release();
	assert_int_equal(walk_as(FOLDER, &k, &e), -1);
	assert_int_equal(e.code, ERR_CREATE);
}

static void gnu_headers_and_padding_are_plain_too(void **state)
{
	struct taken k = {.step = 4096};
	struct err e;

	(void)state;
	release();
	for (size_t at = 0; at + 512 < tar.len; at += 512) {
		if (memcmp(tar.data + at + 257, "ustar", 6) == 0) {
			memcpy(tar.data + at + 257, "ustar  ", 8);
			tar_checksum(tar.data + at);
		}
	}
	tarball_zeros(&tar, 10240 - tar.len % 10240);
	gzip_of_tar();
	assert_int_equal(walk_as(FOLDER, &k, &e), 0);
	assert_int_equal(k.len[TGZ_TAILSCALE], BIG);
}

static void other_folders(void **state)
{
	static const char *const rows[] = {
		"tailscale_1.102.2_amd64",
		"tailscale_1.102.3_arm64",
		"tailscale_1.102.3_amd6",
		"tailscale_1.102.3_amd64x",
		"tailscale_1.102.3_amd64/",
		"tailscale",
		"x",
	};
	struct err e;

	(void)state;
	release();
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(walk_as(rows[i], NULL, &e), -1);
		assert_int_equal(e.code, ERR_DATA);
	}
}

static void the_folder_is_that_of_the_first(void **state)
{
	char folder[TGZ_NAME_MAX + 1];
	struct err e;
	int fd;

	(void)state;
	release();
	fd = gzip_fd();
	assert_int_equal(tgz_folder(fd, "x.tgz", folder, &e), 0);
	assert_string_equal(folder, FOLDER);
	assert_int_equal(tgz_walk(fd, "x.tgz", folder, NULL, NULL, &e), 0);
	close(fd);
	tar.data[0] = '/';
	tar_checksum(tar.data);
	gzip_of_tar();
	fd = gzip_fd();
	assert_int_equal(tgz_folder(fd, "x.tgz", folder, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	close(fd);
}

static void cut_at_every_byte(void **state)
{
	struct taken k = {.step = 0};
	struct err e;
	size_t whole;

	(void)state;
	big[1000] = '\0';
	release();
	big[1000] = 'x';
	whole = gz.len;
	for (gz.len = 0; gz.len < whole; gz.len++) {
		if (walk_as(FOLDER, &k, &e) == 0)
			fail_msg("accepted: %zu of %zu bytes", gz.len, whole);
		assert_int_equal(e.code, ERR_DATA);
	}
	assert_int_equal(walk_as(FOLDER, &k, &e), 0);
}

/* The gzip header's own fields (time, system) mean nothing; all else is under the checksum. */
static void every_byte_changed(void **state)
{
	struct taken k = {.step = 512};
	struct err e;

	(void)state;
	big[1000] = '\0';
	release();
	big[1000] = 'x';
	for (size_t at = 0; at < gz.len; at++) {
		if (at >= 4 && at < 10)
			continue;
		memset(&k, 0, sizeof(k));
		k.step = 512;
		gz.data[at] ^= (unsigned char)(1 << at % 8);
		if (walk_as(FOLDER, &k, &e) == 0)
			fail_msg("accepted: byte %zu changed", at);
		assert_int_equal(e.code, ERR_DATA);
		gz.data[at] ^= (unsigned char)(1 << at % 8);
	}
}

static void bytes_behind_the_gzip_data(void **state)
{
	static unsigned char copy[1 << 20];
	struct err e;
	size_t len;

	(void)state;
	release();
	len = gz.len;
	memcpy(copy, gz.data, len);
	gz.data[gz.len++] = 0;
	assert_int_equal(walk_as(FOLDER, NULL, &e), -1);
	assert_non_null(strstr(e.msg, "behind the end of its gzip data"));
	gz.len = len;
	tarball_put(&gz, copy, len);
	assert_int_equal(walk_as(FOLDER, NULL, &e), -1);
	assert_non_null(strstr(e.msg, "behind the end of its gzip data"));
	gzip_stored((const unsigned char *)"", 0);
	memmove(copy + len, gz.data, gz.len);
	len += gz.len;
	gz.len = 0;
	tarball_put(&gz, copy, len);
	assert_int_equal(walk_as(FOLDER, NULL, &e), -1);
}

static void what_is_no_tarball(void **state)
{
	struct err e;

	(void)state;
	gz.len = 0;
	assert_int_equal(walk_as(FOLDER, NULL, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	tarball_put(&gz, "<html>", 6);
	assert_int_equal(walk_as(FOLDER, NULL, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	gzip_stored((const unsigned char *)"", 0);
	assert_int_equal(walk_as(FOLDER, NULL, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	gzip_stored((const unsigned char *)big, BIG);
	assert_int_equal(walk_as(FOLDER, NULL, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	tar_reset();
	tar_end();
	gzip_of_tar();
	assert_int_equal(walk_as(FOLDER, NULL, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_int_equal(tgz_walk(-1, "x.tgz", FOLDER, NULL, NULL, &e), -1);
	assert_int_equal(e.code, ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_out_what_is_wanted),
		cmocka_unit_test(what_nobody_reads_is_passed_over),
		cmocka_unit_test(an_error_of_the_taker_ends_it),
		cmocka_unit_test(gnu_headers_and_padding_are_plain_too),
		cmocka_unit_test(other_folders),
		cmocka_unit_test(the_folder_is_that_of_the_first),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(every_byte_changed),
		cmocka_unit_test(bytes_behind_the_gzip_data),
		cmocka_unit_test(what_is_no_tarball),
	};

	return cmocka_run_group_tests_name("tgz", tests, fill_big, NULL);
}
