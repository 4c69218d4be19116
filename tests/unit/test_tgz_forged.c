/* SPDX-License-Identifier: MIT */
/* Tarballs that no release is: each is refused, and not only by chance. */
#include "forged.h"

static void the_untouched_one_passes(void **state)
{
	struct err e;

	(void)state;
	begin();
	members(0);
	tar_end();
	gzip_of_tar();
	assert_int_equal(walk(&e), 0);
}

static void kinds_that_are_no_file(void **state)
{
	static const char types[] = "12346M";

	(void)state;
	for (size_t i = 0; i < strlen(types); i++) {
		for (unsigned where = 0; where < 3; where++) {
			static const char *const names[] = {FOLDER "/tailscale", FOLDER "/x",
							    FOLDER "/systemd"};
			unsigned char *h;

			begin();
			h = tar_header(names[where], types[i], 0);
			memcpy(h + 157, "/etc/passwd", 11);
			memcpy(h + 329, "0000001\0000000003", 16);
			tar_checksum(h);
			members(where == 0 ? 1U << TGZ_TAILSCALE : 0);
			tar_end();
			refused("neither a plain file nor a folder");
		}
	}
}

static void a_hard_link_with_data(void **state)
{
	unsigned char *h;

	(void)state;
	begin();
	members(1U << TGZ_TAILSCALE);
	h = tar_header(FOLDER "/tailscale", '1', 4);
	memcpy(h + 157, FOLDER "/tailscaled", strlen(FOLDER "/tailscaled"));
	tar_checksum(h);
	tar_data("text", 4);
	tar_end();
	refused("");
}

static void names_that_lead_elsewhere(void **state)
{
	static const char *const names[] = {
		"/etc/passwd",
		"../x",
		"..",
		".",
		"./" FOLDER "/x",
		FOLDER "/../x",
		FOLDER "/./x",
		FOLDER "/..",
		FOLDER "//x",
		"/" FOLDER "/x",
		FOLDER "/a b",
		FOLDER "/a\nb",
		FOLDER "/a\x1b[2J",
		FOLDER "/\x80",
		FOLDER "/a\\b",
		"x",
		"tailscale",
		"tailscale_1.102.3_amd64x/tailscale",
		"tailscale_1.102.2_amd64/tailscale",
		"tailscale_1.102.3_arm64/tailscale",
		FOLDER,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		begin();
		tar_file(names[i], "text");
		members(0);
		tar_end();
		refused("");
		/* Behind the others it is no better. */
		begin();
		members(0);
		tar_file(names[i], "text");
		tar_end();
		refused("");
	}
}

static void a_name_of_two_fields(void **state)
{
	unsigned char *h;

	(void)state;
	begin();
	members(0);
	h = tar_header("file", '0', 0);
	memset(h + 345, 'p', 100);
	memcpy(h + 345, FOLDER "/", strlen(FOLDER "/"));
	tar_checksum(h);
	tar_end();
	refused("longer than 100 bytes");
}

static void the_same_name_twice(void **state)
{
	(void)state;
	begin();
	members(0);
	tar_file(FOLDER "/tailscale", "other");
	tar_end();
	refused("twice");
	begin();
	tar_file(FOLDER "/systemd/x", "");
	tar_file(FOLDER "/systemd/x", "");
	members(0);
	tar_end();
	refused("twice");
	begin();
	tar_header(FOLDER, '5', 0);
	members(0);
	tar_end();
	refused("twice");
}

static void a_wanted_one_that_is_missing_or_empty(void **state)
{
	static const char *const names[TGZ_FILES] = {"tailscale", "tailscaled",
						     "systemd/tailscaled.service",
						     "systemd/tailscaled.defaults"};

	(void)state;
	for (unsigned i = 0; i < TGZ_FILES; i++) {
		char name[TGZ_NAME_MAX];

		begin();
		members(1U << i);
		tar_end();
		refused("is not in it");
		begin();
		members(1U << i);
		snprintf(name, sizeof(name), FOLDER "/%s", names[i]);
		tar_file(name, "");
		tar_end();
		refused("is empty");
		/* Its name on a folder does not count. */
		begin();
		members(1U << i);
		tar_header(name, '5', 0);
		tar_end();
		refused("is not in it");
	}
}

static void more_than_there_can_be(void **state)
{
	char name[TGZ_NAME_MAX];
	struct err e;

	(void)state;
	for (int more = 0; more < 2; more++) {
		begin();
		members(0);
		for (int i = 5; i < TGZ_MEMBERS_MAX + more; i++) {
			snprintf(name, sizeof(name), FOLDER "/%d", i);
			tar_file(name, "");
		}
		tar_end();
		gzip_of_tar();
		assert_int_equal(walk(&e), -more);
	}
	refused("more than 64 members");
	begin();
	members(1U << TGZ_SERVICE);
	tar_header(FOLDER "/systemd/tailscaled.service", '0', TGZ_TEXT_MAX + 1);
	tarball_zeros(&tar, TGZ_TEXT_MAX + 512);
	tar_end();
	refused("larger than 64 KiB");
}

static void ends_that_are_none(void **state)
{
	struct err e;

	(void)state;
	for (size_t zeros = 0; zeros < 1024; zeros += 128) {
		begin();
		members(0);
		tarball_zeros(&tar, zeros);
		refused("");
	}
	for (size_t at = 0; at < 4096; at += 100) {
		begin();
		members(0);
		tarball_zeros(&tar, 4096);
		tar.data[tar.len - 4096 + at] = 1;
		refused("");
	}
	begin();
	members(0);
	tar_end();
	members(0);
	tar_end();
	refused("behind its last member");
	begin();
	members(0);
	tarball_zeros(&tar, 1 << 20);
	gzip_of_tar();
	assert_int_equal(walk(&e), 0);
	tarball_zeros(&tar, 65536);
	refused("more than 1 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_untouched_one_passes),
		cmocka_unit_test(kinds_that_are_no_file),
		cmocka_unit_test(a_hard_link_with_data),
		cmocka_unit_test(names_that_lead_elsewhere),
		cmocka_unit_test(a_name_of_two_fields),
		cmocka_unit_test(the_same_name_twice),
		cmocka_unit_test(a_wanted_one_that_is_missing_or_empty),
		cmocka_unit_test(more_than_there_can_be),
		cmocka_unit_test(ends_that_are_none),
	};

	return cmocka_run_group_tests_name("tgz_forged", tests, NULL, NULL);
}
