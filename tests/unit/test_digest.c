/* SPDX-License-Identifier: MIT */
/* BLAKE2s-256 and SHA-256 against the standards' vectors, however the bytes are cut. */
#include "trust/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void to_hex(const unsigned char sum[static DIGEST_LEN], char hex[static 65])
{
	for (size_t i = 0; i < DIGEST_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
}

/* RFC 7693 appendix B, the BLAKE2 authors' list (empty, 00 01 .. fe), FIPS 180-4. */
static void vectors(void **state)
{
	static unsigned char counting[255];
	static const struct {
		enum digest_kind kind;
		const char *text; /* NULL: the counting bytes */
		const char *sum;
	} rows[] = {
		{DIGEST_BLAKE2S, "abc",
		 "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"},
		{DIGEST_BLAKE2S, "",
		 "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9"},
		{DIGEST_BLAKE2S, NULL,
		 "f03f5789d3336b80d002d59fdf918bdb775b00956ed5528e86aa994acb38fe2d"},
		{DIGEST_SHA256, "abc",
		 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{DIGEST_SHA256, "",
		 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(counting); i++)
		counting[i] = (unsigned char)i;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const void *data = rows[i].text != NULL ? (const void *)rows[i].text : counting;
		size_t len = rows[i].text != NULL ? strlen(rows[i].text) : sizeof(counting);
		unsigned char sum[DIGEST_LEN];
		struct digest d;
		char hex[65];

		digest_init(&d, rows[i].kind);
		digest_update(&d, data, len);
		digest_out(&d, sum);
		to_hex(sum, hex);
		assert_string_equal(hex, rows[i].sum);
	}
}

static void cuts_and_interim_sums_change_nothing(void **state)
{
	static const enum digest_kind kinds[] = {DIGEST_BLAKE2S, DIGEST_SHA256};
	unsigned char data[300], whole[DIGEST_LEN], sum[DIGEST_LEN];
	struct digest d;

	(void)state;
	memset(data, 0x5a, sizeof(data));
	for (size_t k = 0; k < COUNT(kinds); k++) {
		digest_init(&d, kinds[k]);
		digest_update(&d, data, sizeof(data));
		digest_out(&d, whole);
		for (size_t cut = 0; cut <= sizeof(data); cut++) {
			digest_init(&d, kinds[k]);
			digest_update(&d, data, cut);
			digest_update(&d, NULL, 0);
			digest_out(&d, sum);
			digest_update(&d, data + cut, sizeof(data) - cut);
			digest_out(&d, sum);
			assert_memory_equal(sum, whole, DIGEST_LEN);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(cuts_and_interim_sums_change_nothing),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
