/* SPDX-License-Identifier: MIT */
/*
 * Signatures made by Tailscale's own package (testdata/distsign, from tests/cmd/sign-vectors) are
 * accepted; each of their forged twins is not.
 */
#include "signed.h"

#include <sodium.h>

static void the_chain_of_tailscales_signer(void **state)
{
	static const struct {
		const char *pub;
		size_t keys;
	} rows[] = {{"distsign.pub", 2}, {"blank.pub", 2}, {"single.pub", 1}};
	static const char *const by[] = {"sig", "sig-b"};
	struct data pub, sig;
	char name[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t k = 0; k < COUNT(by); k++) {
			struct distsign_bundle b = {.count = 0};

			snprintf(name, sizeof(name), "%s.%s", rows[i].pub, by[k]);
			load(rows[i].pub, &pub);
			load(name, &sig);
			assert_int_equal(open_bundle(&pub, &sig, &b), 0);
			assert_int_equal(b.count, rows[i].keys);
			assert_int_equal(check_files(&b, "one.tgz", "one.second"), 0);
			assert_int_equal(check_files(&b, "one.tgz", "one.tgz.sig"),
					 rows[i].keys == 2 ? 0 : -1);
		}
	}
}

static void other_files_keys_and_lengths(void **state)
{
	static const struct {
		const char *file, *sig;
		int want;
	} rows[] = {
		{"one.tgz", "one.tgz.sig", 0},
		{"two.tgz", "two.tgz.sig", 0},
		{"short.tgz", "short.tgz.sig", 0},
		{"one.tgz", "two.tgz.sig", -1},
		{"two.tgz", "one.tgz.sig", -1},
		{"one.tgz", "one.stranger", -1},
		{"one.tgz", "one.by-root", -1},
		{"one.tgz", "one.longer", -1},
		{"one.tgz", "distsign.pub.sig", -1},
		{"one.tgz", "short.tgz.sig", -1},
		{"distsign.pub", "distsign.pub.sig", -1},
		{"one.tgz", "one.tgz", -1},
	};
	struct distsign_bundle b;

	(void)state;
	good_bundle(&b);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(check_files(&b, rows[i].file, rows[i].sig), rows[i].want);
}

static void key_lists_that_no_root_signed(void **state)
{
	static const struct {
		const char *pub, *sig;
	} rows[] = {
		{"distsign.pub", "distsign.pub.nobody"},   {"single.pub", "distsign.pub.sig"},
		{"distsign.pub", "single.pub.sig"},        {"strangers.pub", "distsign.pub.sig"},
		{"strangers.pub", "strangers.pub.nobody"}, {"blank.pub", "distsign.pub.sig"},
		{"distsign.pub", "one.tgz.sig"},           {"one.tgz", "one.by-root"},
	};
	const struct distsign_keys none = {NULL, 0};
	struct distsign_bundle b = {.count = 77};
	struct data pub, sig;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		load(rows[i].pub, &pub);
		load(rows[i].sig, &sig);
		assert_int_equal(open_bundle(&pub, &sig, &b), -1);
	}
	load("distsign.pub", &pub);
	load("distsign.pub.sig", &sig);
	assert_int_equal(distsign_open(none, bytes(&pub), bytes(&sig), &b, &e), -1);
	assert_int_equal(b.count, 77);
}

static void what_only_zip215_accepts(void **state)
{
	static struct data d;
	const char message[] = "tsfunnel";
	size_t count = 0;

	(void)state;
	load("zip215.bin", &d);
	for (size_t at = 0; at + 96 <= d.len; at += 96) {
		const struct distsign_keys root = {
			(const unsigned char(*)[DISTSIGN_KEY_LEN])(d.mem + at), 1};
		const struct distsign_bytes text = {message, strlen(message)},
					    sig = {d.mem + at + 32, 64};
		struct distsign_bundle b;
		struct err e;

		assert_int_equal(distsign_open(root, text, sig, &b, &e), -1);
		assert_non_null(strstr(e.msg, "no root key signed it"));
		count++;
	}
	assert_int_equal(count, 14 * 14 + 7);
}

/* S + L instead of S, for every signature: valid arithmetic, refused by every rule book. */
static void a_signature_with_s_beyond_the_order(void **state)
{
	static const unsigned char order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
						0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
						0,    0,    0,    0,    0,    0,    0,    0,
						0,    0,    0,    0,    0,    0,    0,    0x10};
	static struct data file, sig;
	struct distsign_bundle b;
	unsigned carry = 0;

	(void)state;
	good_bundle(&b);
	load("one.tgz", &file);
	load("one.tgz.sig", &sig);
	for (size_t i = 0; i < 32; i++) {
		carry += (unsigned)sig.mem[32 + i] + order[i];
		sig.mem[32 + i] = (unsigned char)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_int_equal(check(&b, &file, &sig), -1);
}

static void sizes_beyond_what_tailscale_signs(void **state)
{
	static unsigned char big[DISTSIGN_BUNDLE_MAX + 1];
	static struct data sig;
	struct distsign_hash h;
	struct distsign_bundle b;
	struct err e;

	(void)state;
	good_bundle(&b);
	load("one.tgz.sig", &sig);
	distsign_hash_init(&h);
	assert_int_equal(distsign_check(&b, &h, "x", bytes(&sig), &e), -1);
	assert_non_null(strstr(e.msg, "empty"));
	h.len = DISTSIGN_FILE_MAX + 1;
	assert_int_equal(distsign_check(&b, &h, "x", bytes(&sig), &e), -1);
	assert_non_null(strstr(e.msg, "512 MiB"));
	assert_int_equal(distsign_open(both, (struct distsign_bytes){big, sizeof(big)}, bytes(&sig),
				       &b, &e),
			 -1);
	assert_non_null(strstr(e.msg, "1 MiB"));
}

static void unhex(const char *hex, unsigned char *out)
{
	for (size_t i = 0; hex[2 * i] != '\0'; i++) {
		unsigned value = 0;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
		out[i] = (unsigned char)value;
	}
}

/* RFC 8032, 7.1, tests 1 to 3, with nothing of libsodium prepared. */
static void rfc_8032(void **state)
{
	static const struct {
		const char *key, *message, *sig;
	} rows[] = {
		{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
		 "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
		{"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		 "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
		{"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
		 "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned char key[32], sig[64], message[8];
		size_t len = strlen(rows[i].message) / 2;

		unhex(rows[i].key, key);
		unhex(rows[i].sig, sig);
		unhex(rows[i].message, message);
		assert_int_equal(crypto_sign_verify_detached(sig, message, len, key), 0);
		sig[0] ^= 1;
		assert_int_equal(crypto_sign_verify_detached(sig, message, len, key), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chain_of_tailscales_signer),
		cmocka_unit_test(other_files_keys_and_lengths),
		cmocka_unit_test(key_lists_that_no_root_signed),
		cmocka_unit_test(what_only_zip215_accepts),
		cmocka_unit_test(a_signature_with_s_beyond_the_order),
		cmocka_unit_test(sizes_beyond_what_tailscale_signs),
		cmocka_unit_test(rfc_8032),
	};

	return cmocka_run_group_tests_name("distsign", tests, load_roots, NULL);
}
