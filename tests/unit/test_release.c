/* SPDX-License-Identifier: MIT */
/* Which package to fetch: versions, names and architectures. */
#include "release/arch.h"
#include "release/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct version version(const char *text)
{
	struct version v = {0, 0, 0};
	struct err e;

	assert_int_equal(version_parse(text, &v, &e), 0);
	return v;
}

static void versions_there_and_back(void **state)
{
	static const char *const rows[] = {"1.102.3", "1.103.12",        "0.0.0",
					   "1.52.0",  "999999.0.999999", "10.20.30"};
	char text[VERSION_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct version v = version(rows[i]);

		version_print(&v, text);
		assert_string_equal(text, rows[i]);
	}
}

static void texts_that_are_no_version(void **state)
{
	static const char *const rows[] = {
		"",
		"1",
		"1.2",
		"1.2.",
		".1.2",
		"1..2",
		"1.2.3.4",
		"1.2.3 ",
		" 1.2.3",
		"v1.2.3",
		"1.2.3-rc1",
		"1.2.3-t1a",
		"01.2.3",
		"1.02.3",
		"1.2.00",
		"1.2.1000000",
		"-1.2.3",
		"1.-2.3",
		"+1.2.3",
		"1.2.3\n",
		"1,2,3",
		"1.2.x",
		"latest",
		"../1.2.3",
		"1.2.3/..",
		"0x1.2.3",
		"1.2.3_amd64",
		"\xd9\xa1.2.3",
		"1.2.3.",
		"1.99999999999999999999.3",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct version v = {7, 7, 7};
		struct err e;

		if (version_parse(rows[i], &v, &e) == 0)
			fail_msg("accepted: %s", rows[i]);
		assert_int_equal(e.code, ERR_DATA);
		assert_int_equal(v.major, 7);
	}
}

/* From Tailscale's util/cmpver tests, as far as they have three numbers; and its rules. */
static void order_of_versions(void **state)
{
	static const char *const rising[] = {"0.9.99",  "1.2.3",    "1.2.4",  "1.2.10",
					     "1.9.0",   "1.10.0",   "1.52.0", "1.102.3",
					     "1.103.0", "1.103.12", "2.0.0",  "10.0.0"};

	(void)state;
	for (size_t i = 0; i < COUNT(rising); i++) {
		for (size_t k = 0; k < COUNT(rising); k++) {
			struct version a = version(rising[i]), b = version(rising[k]);
			int want = (i > k) - (i < k), got = version_compare(&a, &b);

			assert_int_equal((got > 0) - (got < 0), want);
		}
	}
}

static void floor_and_track(void **state)
{
	static const struct {
		const char *text;
		int floor;
		enum track track;
	} rows[] = {
		{"1.50.1", -1, TRACK_STABLE},   {"1.51.999", -1, TRACK_UNSTABLE},
		{"0.99.0", -1, TRACK_UNSTABLE}, {"1.52.0", 0, TRACK_STABLE},
		{"1.102.3", 0, TRACK_STABLE},   {"1.103.12", 0, TRACK_UNSTABLE},
		{"2.0.0", 0, TRACK_STABLE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct version v = version(rows[i].text);
		struct err e = {.code = ERR_OK};

		assert_int_equal(version_check_floor(&v, &e), rows[i].floor);
		assert_int_equal(e.code, rows[i].floor == 0 ? ERR_OK : ERR_DATA);
		assert_int_equal(version_track(&v), rows[i].track);
	}
}

static void tracks_by_name(void **state)
{
	static const char *const bad[] = {"", "Stable", "beta", "stable ", "rc", "stable/.."};
	enum track t;
	struct err e;

	(void)state;
	for (int i = TRACK_STABLE; i <= TRACK_RELEASE_CANDIDATE; i++) {
		assert_int_equal(track_parse(track_name((enum track)i), &t, &e), 0);
		assert_int_equal(t, i);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(track_parse(bad[i], &t, &e), -1);
		assert_int_equal(e.code, ERR_USAGE);
	}
}

static void names_there_and_back(void **state)
{
	static const char *const arch[] = {"386",  "amd64",  "arm",      "arm64",  "geode",
					   "mips", "mips64", "mips64le", "mipsle", "riscv64"};
	char text[NAME_TEXT], want[NAME_TEXT];
	struct name n;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(arch); i++) {
		snprintf(want, sizeof(want), "tailscale_1.102.3_%s", arch[i]);
		assert_int_equal(name_parse_folder(want, &n, &e), 0);
		assert_string_equal(n.arch, arch[i]);
		name_folder(&n, text);
		assert_string_equal(text, want);
		strcat(want, ".tgz");
		assert_int_equal(name_parse_file(want, &n, &e), 0);
		name_file(&n, text);
		assert_string_equal(text, want);
		assert_int_equal(name_parse_folder(want, &n, &e), -1);
	}
}

static void texts_that_are_no_name(void **state)
{
	static const char *const rows[] = {
		"",
		"tailscale",
		"tailscale_",
		"tailscale__amd64.tgz",
		"tailscale_1.102.3_.tgz",
		"tailscale_1.102.3_amd64",
		"tailscale_1.102.3_amd64.tgz ",
		" tailscale_1.102.3_amd64.tgz",
		"tailscale_1.102.3_amd64.tgz.sig",
		"tailscale_1.102.3_amd64.tar.gz",
		"tailscale_1.102.3_AMD64.tgz",
		"tailscale_1.102.3_s390x.tgz",
		"tailscale_1.102.3_amd.tgz",
		"tailscale_1.102.3_amd6.tgz",
		"tailscale_1.102.3_amd64_amd64.tgz",
		"tailscale_1.102.3_amd64 arm.tgz",
		"tailscale_1.102.03_amd64.tgz",
		"tailscale_1.102_amd64.tgz",
		"tailscale_1.102.3_linux_amd64.tgz",
		"tailscaled_1.102.3_amd64.tgz",
		"/tailscale_1.102.3_amd64.tgz",
		"../tailscale_1.102.3_amd64.tgz",
		"http://x/tailscale_1.102.3_amd64.tgz",
		"tailscale_1.102.3_amd64.tgz?cdn=0",
		"tailscale_1.102.3_amd64.tgz\n",
		"tailscale_1.102.3_amd64/../x.tgz",
		"tailscale_11111111111111111111111111111111111111.1.1_amd64.tgz",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct name n;
		struct err e;

		if (name_parse_file(rows[i], &n, &e) == 0)
			fail_msg("accepted: %s", rows[i]);
		assert_int_equal(e.code, ERR_DATA);
	}
}

static void architectures(void **state)
{
	static const struct {
		const char *name;
		enum machine_order order;
		enum machine_sse2 sse2;
		const char *want;
	} rows[] = {
		{"x86_64", MACHINE_LITTLE, MACHINE_SSE2_YES, "amd64"},
		{"x86_64", MACHINE_LITTLE, MACHINE_SSE2_NO, "amd64"},
		{"i686", MACHINE_LITTLE, MACHINE_SSE2_YES, "386"},
		{"i686", MACHINE_LITTLE, MACHINE_SSE2_NO, "geode"},
		{"i586", MACHINE_LITTLE, MACHINE_SSE2_YES, "386"},
		{"i586", MACHINE_LITTLE, MACHINE_SSE2_NO, "geode"},
		{"i486", MACHINE_LITTLE, MACHINE_SSE2_YES, "386"},
		{"i486", MACHINE_LITTLE, MACHINE_SSE2_NO, "geode"},
		{"i386", MACHINE_LITTLE, MACHINE_SSE2_YES, "386"},
		{"i386", MACHINE_LITTLE, MACHINE_SSE2_NO, "geode"},
		{"aarch64", MACHINE_LITTLE, MACHINE_SSE2_NO, "arm64"},
		{"armv8l", MACHINE_LITTLE, MACHINE_SSE2_NO, "arm"},
		{"armv7l", MACHINE_LITTLE, MACHINE_SSE2_NO, "arm"},
		{"armv6l", MACHINE_LITTLE, MACHINE_SSE2_NO, "arm"},
		{"armv5tejl", MACHINE_LITTLE, MACHINE_SSE2_NO, "arm"},
		{"armv5tel", MACHINE_LITTLE, MACHINE_SSE2_NO, "arm"},
		{"armv5tl", MACHINE_LITTLE, MACHINE_SSE2_NO, "arm"},
		{"mips", MACHINE_BIG, MACHINE_SSE2_NO, "mips"},
		{"mips", MACHINE_LITTLE, MACHINE_SSE2_NO, "mipsle"},
		{"mips64", MACHINE_BIG, MACHINE_SSE2_NO, "mips64"},
		{"mips64", MACHINE_LITTLE, MACHINE_SSE2_NO, "mips64le"},
		{"riscv64", MACHINE_LITTLE, MACHINE_SSE2_NO, "riscv64"},
		{"aarch64_be", MACHINE_BIG, MACHINE_SSE2_NO, NULL},
		{"aarch64", MACHINE_BIG, MACHINE_SSE2_NO, NULL},
		{"armv4tl", MACHINE_LITTLE, MACHINE_SSE2_NO, NULL},
		{"armv7b", MACHINE_BIG, MACHINE_SSE2_NO, NULL},
		{"armv7ml", MACHINE_LITTLE, MACHINE_SSE2_NO, NULL},
		{"ppc64le", MACHINE_LITTLE, MACHINE_SSE2_NO, NULL},
		{"s390x", MACHINE_BIG, MACHINE_SSE2_NO, NULL},
		{"loongarch64", MACHINE_LITTLE, MACHINE_SSE2_NO, NULL},
		{"riscv32", MACHINE_LITTLE, MACHINE_SSE2_NO, NULL},
		{"", MACHINE_LITTLE, MACHINE_SSE2_YES, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct machine m = {.order = rows[i].order, .sse2 = rows[i].sse2};
		struct err e = {.code = ERR_OK};
		const char *got;

		snprintf(m.name, sizeof(m.name), "%s", rows[i].name);
		got = arch_of(&m, &e);
		if (rows[i].want != NULL) {
			assert_non_null(got);
			assert_string_equal(got, rows[i].want);
			assert_true(arch_is_known(got));
		} else {
			assert_null(got);
			assert_int_equal(e.code, ERR_UNAVAILABLE);
			assert_non_null(strstr(e.msg, rows[i].name));
			assert_non_null(strstr(e.cure, "--arch"));
		}
	}
}

static void this_machine_has_one(void **state)
{
	struct machine m;
	struct err e;

	(void)state;
	assert_int_equal(machine_read(&m, &e), 0);
	assert_true(m.name[0] != '\0');
	assert_non_null(arch_of(&m, &e));
}

static void words_of_the_list(void **state)
{
	static const char *const bad[] = {"", " ", "amd", "md64", "amd64 arm", "mips ", "64"};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(arch_is_known(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_there_and_back),
		cmocka_unit_test(texts_that_are_no_version),
		cmocka_unit_test(order_of_versions),
		cmocka_unit_test(floor_and_track),
		cmocka_unit_test(tracks_by_name),
		cmocka_unit_test(names_there_and_back),
		cmocka_unit_test(texts_that_are_no_name),
		cmocka_unit_test(architectures),
		cmocka_unit_test(this_machine_has_one),
		cmocka_unit_test(words_of_the_list),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
