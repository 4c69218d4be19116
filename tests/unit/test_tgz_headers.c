/* SPDX-License-Identifier: MIT */
/* Tar headers that are not plain: sizes, renamings, holes. None passes. */
#include "forged.h"

static void headers_with_sizes_of_their_own(void **state)
{
	static const char *const sizes[] = {"77777777777", "02000000001",
					    "\x80\0\0\0\0\0\0\x01\0\0\0",
					    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
					    "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		unsigned char *h;

		begin();
		h = tar_header(FOLDER "/tailscale", '0', 0);
		memcpy(h + 124, sizes[i], 11);
		if ((sizes[i][0] & 0x80) != 0)
			h[135] = sizes[i][0] == '\xff' ? 0xff : 1;
		tar_checksum(h);
		members(1);
		tar_end();
		refused("");
	}
	begin();
	tar_header(FOLDER "/systemd/", '5', 512);
	tar_data("x", 1);
	members(0);
	tar_end();
	refused("");
	begin();
	tar_header(FOLDER "/systemd/", '0', 512);
	tar_data("x", 1);
	members(0);
	tar_end();
	refused("folder with data");
}

/* An extended header and its body. */
static void extended(char type, const char *body)
{
	tar_header("x", type, strlen(body));
	tar_data(body, strlen(body));
}

static void headers_that_change_others(void **state)
{
	static const struct {
		char type;
		const char *body;
	} rows[] = {
		{'x', "52 path=" FOLDER "/tailscaled-by-another-na\n"},
		{'x', "42 path=" FOLDER "/tailscaled\n"},
		{'x', "20 size=00000000004\n"},
		{'x', "11 size=99\n"},
		{'x', "21 linkpath=/bin/sh\n\n"},
		{'x', "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"},
		{'x', "21 mtime=1700000000.1\n"},
		{'x', ""},
		{'X', "20 size=00000000004\n"},
		{'g', "20 size=00000000004\n"},
		{'g', ""},
		{'L', FOLDER "/tailscaled"},
		{'L', FOLDER "/tailscale"},
		{'L', "/etc/passwd"},
		{'L', ""},
		{'K', "/etc/passwd"},
		{'V', ""},
		{'A', "user::rwx"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		extended(rows[i].type, rows[i].body);
		members(0);
		tar_end();
		refused("");
		/* Before the first header, before the last, and after it. */
		tar_reset();
		extended(rows[i].type, rows[i].body);
		tar_header(FOLDER "/", '5', 0);
		members(0);
		tar_end();
		refused("");
		begin();
		members(1);
		extended(rows[i].type, rows[i].body);
		tar_header(FOLDER "/tailscale", '0', 10000);
		tarball_zeros(&tar, 10240);
		tar_end();
		refused("");
		begin();
		members(0);
		extended(rows[i].type, rows[i].body);
		tar_end();
		refused("");
	}
}

/* What would convert them is not linked. */
static void names_in_other_character_sets(void **state)
{
	static const char *const bodies[] = {
		"23 path=\xc3\xa9\xcc\x81/tailscale\n", "22 linkpath=\xc3\xa9/tailsc\n",
		"31 SCHILY.acl.access=user::rwx\n",     "21 hdrcharset=BINARY\n",
		"15 gname=\xff\xfe\xfd\xfc\xfb\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		begin();
		extended('x', bodies[i]);
		members(0);
		tar_end();
		refused("extended format");
	}
}

static void many_extended_headers(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 2000; i++)
		extended("xgLK"[i % 4], "");
	members(0);
	tar_end();
	refused("");
}

static void files_with_holes(void **state)
{
	unsigned char *h;

	(void)state;
	begin();
	members(1);
	h = tar_header(FOLDER "/tailscale", 'S', 512);
	memcpy(h + 257, "ustar  ", 8);
	memcpy(h + 386, "00000000000\00000000001000\0", 24);
	memcpy(h + 483, "00000010000", 11);
	tar_checksum(h);
	tar_data("x", 1);
	tar_end();
	refused("");
}

static void headers_of_before_posix(void **state)
{
	unsigned char *h;

	(void)state;
	begin();
	members(0);
	h = tar_header(FOLDER "/old", '0', 0);
	memset(h + 257, 0, 255);
	tar_checksum(h);
	tar_end();
	refused("extended format");
}

static void damaged_headers(void **state)
{
	(void)state;
	begin();
	members(0);
	tar.data[512 + 148] ^= 1;
	tar_end();
	refused("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_with_sizes_of_their_own),
		cmocka_unit_test(headers_that_change_others),
		cmocka_unit_test(names_in_other_character_sets),
		cmocka_unit_test(many_extended_headers),
		cmocka_unit_test(files_with_holes),
		cmocka_unit_test(headers_of_before_posix),
		cmocka_unit_test(damaged_headers),
	};

	return cmocka_run_group_tests_name("tgz_headers", tests, NULL, NULL);
}
