/* SPDX-License-Identifier: MIT */
/* The small texts of a package server: the index and the .sha256 file. */
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
		cmocka_unit_test(the_index_names_a_file),
		cmocka_unit_test(indexes_that_are_none),
		cmocka_unit_test(an_index_that_is_too_much),
		cmocka_unit_test(web_pages),
		cmocka_unit_test(sums_as_they_are_written),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
