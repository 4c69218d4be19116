/* SPDX-License-Identifier: MIT */
/* Which package to fetch: versions, names, architectures, the index and the .sha256 file. */
#include "release/arch.h"
#include "release/index.h"
#include "release/portal.h"
#include "release/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

/* As served, with the members that are for others. */
#define INDEX(tarballs, version)                                                                   \
	"{\n  \"Version\": \"1.102.3\",\n  \"Tarballs\": " tarballs                                \
	",\n  \"TarballsVersion\": \"" version                                                     \
	"\",\n  \"Exes\": [\"tailscale-setup-1.102.3.exe\"],"                                      \
	"\n  \"ExesVersion\": \"1.102.3\",\n  \"SPKs\": {\"6\": {\"x\": \"y\"}}\n}\n"
#define BOTH                                                                                       \
	"{\"amd64\": \"tailscale_1.102.3_amd64.tgz\", \"arm64\": \"tailscale_1.98.1_arm64.tgz\"}"

static int read_index(const char *text, const char *arch, struct index_offer *o, struct err *e)
{
	return index_read(text, strlen(text), arch, o, e);
}

static void the_index_names_a_file(void **state)
{
	struct index_offer o;
	char text[NAME_TEXT];
	struct err e;

	(void)state;
	assert_int_equal(read_index(INDEX(BOTH, "1.102.3"), "amd64", &o, &e), 0);
	name_file(&o.name, text);
	assert_string_equal(text, "tailscale_1.102.3_amd64.tgz");
	assert_int_equal(version_compare(&o.name.version, &o.newest), 0);
	/* A build that is late. */
	assert_int_equal(read_index(INDEX(BOTH, "1.102.3"), "arm64", &o, &e), 0);
	name_file(&o.name, text);
	assert_string_equal(text, "tailscale_1.98.1_arm64.tgz");
	assert_true(version_compare(&o.name.version, &o.newest) < 0);
	/* A mirror that names the version alone. */
	assert_int_equal(read_index("{\"TarballsVersion\":\"1.100.0\"}", "mipsle", &o, &e), 0);
	name_file(&o.name, text);
	assert_string_equal(text, "tailscale_1.100.0_mipsle.tgz");
}

static void indexes_that_are_none(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
	} rows[] = {
		{"", ERR_DATA},
		{"{", ERR_DATA},
		{"null", ERR_DATA},
		{"[]", ERR_DATA},
		{"\"1.102.3\"", ERR_DATA},
		{"{}", ERR_DATA},
		{"{\"TarballsVersion\":1}", ERR_DATA},
		{"{\"TarballsVersion\":\"\"}", ERR_DATA},
		{"{\"tarballsversion\":\"1.102.3\"}", ERR_DATA},
		{"{\"TarballsVersion\":\"1.102.3\"} x", ERR_DATA},
		{INDEX(BOTH, "1.102.3-rc1"), ERR_DATA},
		{INDEX("[]", "1.102.3"), ERR_DATA},
		{INDEX("null", "1.102.3"), ERR_DATA},
		{INDEX("\"tailscale_1.102.3_amd64.tgz\"", "1.102.3"), ERR_DATA},
		{INDEX("{\"amd64\": 1}", "1.102.3"), ERR_DATA},
		{INDEX("{\"amd64\": \"\"}", "1.102.3"), ERR_DATA},
		{INDEX("{\"amd64\": \"../tailscale_1.102.3_amd64.tgz\"}", "1.102.3"), ERR_DATA},
		{INDEX("{\"amd64\": \"http://h/tailscale_1.102.3_amd64.tgz\"}", "1.102.3"),
		 ERR_DATA},
		{INDEX("{\"amd64\": \"tailscale_1.102.3_arm64.tgz\"}", "1.102.3"), ERR_DATA},
		{INDEX("{\"amd64\": \"tailscale_1.102.3_amd64.tgz\\n\"}", "1.102.3"), ERR_DATA},
		{INDEX("{\"arm64\": \"tailscale_1.102.3_arm64.tgz\"}", "1.102.3"), ERR_UNAVAILABLE},
		{INDEX("{}", "1.102.3"), ERR_UNAVAILABLE},
		{INDEX("{\"AMD64\": \"tailscale_1.102.3_amd64.tgz\"}", "1.102.3"), ERR_UNAVAILABLE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct index_offer o = {.newest = {7, 7, 7}};
		struct err e = {.code = ERR_OK};

		if (read_index(rows[i].text, "amd64", &o, &e) == 0)
			fail_msg("accepted: %s", rows[i].text);
		assert_int_equal(e.code, rows[i].code);
		assert_int_equal(o.newest.major, 7);
	}
}

static void an_index_that_is_too_much(void **state)
{
	size_t len = INDEX_MAX + 1;
	char *text = malloc(len);
	struct index_offer o;
	struct err e;

	(void)state;
	assert_non_null(text);
	memset(text, '[', len);
	assert_int_equal(index_read(text, len, "amd64", &o, &e), -1);
	assert_non_null(strstr(e.msg, "256 KiB"));
	assert_int_equal(index_read(text, INDEX_MAX, "amd64", &o, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	free(text);
}

static void web_pages(void **state)
{
	static const char *const rows[] = {"<!DOCTYPE html>", "<html>", " \r\n\t<html>",
					   "\xEF\xBB\xBF<?xml ?>"};
	unsigned char sum[DIGEST_LEN];
	struct index_offer o;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(read_index(rows[i], "amd64", &o, &e), -1);
		assert_int_equal(e.code, ERR_DATA);
		assert_non_null(strstr(e.cure, "captive portal"));
		assert_int_equal(sha256_read(rows[i], strlen(rows[i]), sum, &e), -1);
		assert_non_null(strstr(e.cure, "captive portal"));
	}
	assert_false(portal_is_page("", 0));
	assert_false(portal_is_page("\xEF\xBB\xBF", 3));
	assert_false(portal_is_page("{\"a\":\"<\"}", 9));
}

#define HEX "00112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100"

static void sums_as_they_are_written(void **state)
{
	static const char *const good[] = {
		HEX,
		HEX "\n",
		HEX "\r\n",
		HEX "  x.tgz",
		HEX " *x.tgz\n",
		HEX "\ttailscale_1.102.3_amd64.tgz\n",
		HEX " ",
		HEX "  with space\n",
	};
	static const char *const bad[] = {
		"",
		"\n",
		" " HEX,
		HEX "0",
		HEX HEX,
		HEX "x.tgz",
		HEX "\n\n",
		HEX "\n" HEX,
		HEX "  a\nb\n",
		HEX "  \x01\n",
		"0x" HEX,
		"0011223344556677",
		"x" HEX,
		"g0112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100",
	};
	unsigned char sum[DIGEST_LEN];
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		memset(sum, 0x77, sizeof(sum));
		assert_int_equal(sha256_read(good[i], strlen(good[i]), sum, &e), 0);
		assert_int_equal(sum[1], 0x11);
		assert_int_equal(sum[16], 0xFF);
		assert_int_equal(sum[31], 0);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (sha256_read(bad[i], strlen(bad[i]), sum, &e) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(e.code, ERR_DATA);
	}
	for (size_t len = 0; len < 64; len++)
		assert_int_equal(sha256_read(HEX, len, sum, &e), -1);
	assert_int_equal(sha256_read(HEX "\0", 65, sum, &e), -1);
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
		cmocka_unit_test(the_index_names_a_file),
		cmocka_unit_test(indexes_that_are_none),
		cmocka_unit_test(an_index_that_is_too_much),
		cmocka_unit_test(web_pages),
		cmocka_unit_test(sums_as_they_are_written),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
