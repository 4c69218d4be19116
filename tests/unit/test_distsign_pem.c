/* SPDX-License-Identifier: MIT */
/* The list of signing keys in PEM: as Go writes it, and nothing else. */
#include "trust/distsign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define BEGIN "-----BEGIN SIGNING PUBLIC KEY-----\n"
#define END "-----END SIGNING PUBLIC KEY-----"
#define KEY "Psrabv2YNiEDhPlnLVSMtB5EKACm7zxvKxfvYD4i7X8="
#define BLOCK BEGIN KEY "\n" END "\n"

static int parse(const char *text, struct distsign_bundle *b)
{
	struct err e = {.code = ERR_OK};
	int result = distsign_parse((struct distsign_bytes){text, strlen(text)}, b, &e);

	if (result != 0)
		assert_int_equal(e.code, ERR_DATA);
	return result;
}

/* The keys here are Tailscale's two public roots. */
static void pem_as_go_writes_it(void **state)
{
	static const struct {
		const char *text;
		size_t keys;
	} rows[] = {
		{BLOCK, 1},
		{BEGIN KEY "\n" END, 1},
		{BLOCK BLOCK, 2},
		{BLOCK "\n" BLOCK, 2},
		{BLOCK "\n\n\n" BLOCK BLOCK, 3},
		{BLOCK "-----BEGIN SIGNING PUBLIC KEY-----\n"
		       "ZjjKhUHBtLNRSO1dhOTjrXJGJ8lDe1594WM2XDuheVQ=\n" END "\n",
		 2},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct distsign_bundle b;

		assert_int_equal(parse(rows[i].text, &b), 0);
		assert_int_equal(b.count, rows[i].keys);
		assert_memory_equal(b.key[0], "\x3e\xca\xda\x6e\xfd\x98\x36\x21\x03\x84\xf9\x67",
				    12);
		assert_int_equal(b.key[0][31], 0x7f);
	}
}

static void pem_that_deviates(void **state)
{
	static const char *const rows[] = {
		"",
		"\n",
		"\n" BLOCK,
		" " BLOCK,
		BLOCK "\n",
		BLOCK " ",
		BLOCK "x",
		BLOCK "\n\n",
		"text\n" BLOCK,
		BLOCK "text\n" BLOCK,
		BEGIN KEY "\n" END " \n",
		BEGIN KEY "\n" END "\r\n",
		BEGIN KEY "\r\n" END "\n",
		BEGIN "\n" KEY "\n" END "\n",
		BEGIN KEY "\n\n" END "\n",
		BEGIN "Proc-Type: 4,ENCRYPTED\n\n" KEY "\n" END "\n",
		BEGIN KEY KEY "\n" END "\n",
		BEGIN KEY END "\n",
		BEGIN KEY "\n" END BLOCK,
		BEGIN END "\n",
		BEGIN "\n" END "\n",
		/* 31, 33 and 64 bytes; bits left over; padding; URL alphabet; a gap. */
		BEGIN "Psrabv2YNiEDhPlnLVSMtB5EKACm7zxvKxfvYD4i7Q==\n" END "\n",
		BEGIN "Psrabv2YNiEDhPlnLVSMtB5EKACm7zxvKxfvYD4i7X8A\n" END "\n",
		BEGIN "Psrabv2YNiEDhPlnLVSMtB5EKACm7zxvKxfvYD4i7X8"
		      "Psrabv2YNiEDhPlnLVSMtB5EKACm7zxvKxfvYD4i7X8=\n" END "\n",
		BEGIN "Psrabv2YNiEDhPlnLVSMtB5EKACm7zxvKxfvYD4i7X9=\n" END "\n",
		BEGIN "Psrabv2YNiEDhPlnLVSMtB5EKACm7zxvKxfvYD4i7X8\n" END "\n",
		BEGIN "Psrabv2YNiEDhPlnLVSMtB5EKACm7zxvKxfvYD4i7X8==\n" END "\n",
		BEGIN "Psrabv2YNiEDhPlnLVSMtB5EKACm7zxv-xfvYD4i7X8=\n" END "\n",
		BEGIN "Psrabv2YNiEDhPlnLVSMtB5E\nKACm7zxvKxfvYD4i7X8=\n" END "\n",
		BEGIN "Psrabv2YNiEDhPlnLVSMtB5E KACm7zxvKxfvYD4i7X8=\n" END "\n",
		/* Tailscale's roots under their own label, and other labels. */
		"-----BEGIN ROOT PUBLIC KEY-----\n" KEY "\n-----END ROOT PUBLIC KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\n" KEY "\n-----END PUBLIC KEY-----\n",
		BEGIN KEY "\n-----END ROOT PUBLIC KEY-----\n",
		"-----BEGIN SIGNING PRIVATE KEY-----\n" KEY "\n-----END SIGNING PRIVATE KEY-----\n",
		"----BEGIN SIGNING PUBLIC KEY-----\n" KEY "\n" END "\n",
		"-----begin signing public key-----\n" KEY "\n" END "\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct distsign_bundle b = {.count = 77};

		if (parse(rows[i], &b) == 0)
			fail_msg("accepted: %s", rows[i]);
		assert_int_equal(b.count, 77);
	}
}

static void a_nul_ends_no_list(void **state)
{
	static const char text[] = BLOCK "\0" BLOCK;
	struct distsign_bundle b;
	struct err e;

	(void)state;
	assert_int_equal(distsign_parse((struct distsign_bytes){text, sizeof(text) - 1}, &b, &e),
			 -1);
}

static void sixty_four_keys_and_no_more(void **state)
{
	static char text[65 * sizeof(BLOCK)];
	struct distsign_bundle b;
	size_t one = strlen(BLOCK);

	(void)state;
	for (size_t i = 0; i < 64; i++)
		memcpy(text + i * one, BLOCK, one + 1);
	assert_int_equal(parse(text, &b), 0);
	assert_int_equal(b.count, 64);
	memcpy(text + 64 * one, BLOCK, one + 1);
	assert_int_equal(parse(text, &b), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pem_as_go_writes_it),
		cmocka_unit_test(pem_that_deviates),
		cmocka_unit_test(a_nul_ends_no_list),
		cmocka_unit_test(sixty_four_keys_and_no_more),
	};

	return cmocka_run_group_tests_name("distsign_pem", tests, NULL, NULL);
}
