/* SPDX-License-Identifier: MIT */
/*
 * Signatures made by Tailscale's own package (testdata/distsign, from tests/cmd/sign-vectors) are
 * accepted; each of their forged twins is not.
 */
#include "trust/distsign.h"

#include <sodium.h>

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
#define DATA_MAX 32768

struct data {
	unsigned char mem[DATA_MAX];
	size_t len;
};

static unsigned char roots[2][DISTSIGN_KEY_LEN];
static struct distsign_keys both = {(const unsigned char (*)[DISTSIGN_KEY_LEN])roots, 2};

static void load(const char *name, struct data *d)
{
	const char *tests = getenv("TSFUNNEL_TESTS");
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/unit/testdata/distsign/%s", tests ? tests : "tests", name);
	f = fopen(path, "r");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	d->len = fread(d->mem, 1, sizeof(d->mem), f);
	fclose(f);
}

static int load_roots(void **state)
{
	struct data d;

	(void)state;
	load("root-a.key", &d);
	memcpy(roots[0], d.mem, DISTSIGN_KEY_LEN);
	load("root-b.key", &d);
	memcpy(roots[1], d.mem, DISTSIGN_KEY_LEN);
	return 0;
}

static struct distsign_bytes bytes(const struct data *d)
{
	return (struct distsign_bytes){d->mem, d->len};
}

static int open_bundle(const struct data *pub, const struct data *sig, struct distsign_bundle *b)
{
	struct err e = {.code = ERR_OK};
	int result = distsign_open(both, bytes(pub), bytes(sig), b, &e);

	if (result != 0)
		assert_int_equal(e.code, ERR_DATA);
	return result;
}

static int check(const struct distsign_bundle *b, const struct data *file, const struct data *sig)
{
	struct err e = {.code = ERR_OK};
	struct distsign_hash h;
	int result;

	distsign_hash_init(&h);
	distsign_hash_update(&h, file->mem, file->len / 3);
	distsign_hash_update(&h, file->mem + file->len / 3, file->len - file->len / 3);
	result = distsign_check(b, &h, "one.tgz", bytes(sig), &e);
	if (result != 0)
		assert_int_equal(e.code, ERR_DATA);
	return result;
}

static int check_files(const struct distsign_bundle *b, const char *file, const char *sig)
{
	static struct data f, s;

	load(file, &f);
	load(sig, &s);
	return check(b, &f, &s);
}

static void good_bundle(struct distsign_bundle *b)
{
	static struct data pub, sig;

	load("distsign.pub", &pub);
	load("distsign.pub.sig", &sig);
	assert_int_equal(open_bundle(&pub, &sig, b), 0);
}

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

static void every_bit_of_the_key_list(void **state)
{
	struct data pub, sig;
	struct distsign_bundle b;

	(void)state;
	load("distsign.pub", &pub);
	load("distsign.pub.sig", &sig);
	for (size_t bit = 0; bit < 8 * pub.len; bit++) {
		pub.mem[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_int_equal(open_bundle(&pub, &sig, &b), -1);
		pub.mem[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * sig.len; bit++) {
		sig.mem[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_int_equal(open_bundle(&pub, &sig, &b), -1);
		sig.mem[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	assert_int_equal(open_bundle(&pub, &sig, &b), 0);
}

static void every_bit_of_a_signature_and_every_byte_of_its_file(void **state)
{
	static struct data file, sig;
	struct distsign_bundle b;

	(void)state;
	good_bundle(&b);
	load("one.tgz", &file);
	load("one.tgz.sig", &sig);
	for (size_t bit = 0; bit < 8 * sig.len; bit++) {
		sig.mem[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_int_equal(check(&b, &file, &sig), -1);
		sig.mem[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	for (size_t i = 0; i < file.len; i++) {
		file.mem[i] ^= (unsigned char)(1 << i % 8);
		assert_int_equal(check(&b, &file, &sig), -1);
		file.mem[i] ^= (unsigned char)(1 << i % 8);
	}
	assert_int_equal(check(&b, &file, &sig), 0);
}

static void cut_and_extended(void **state)
{
	static struct data pub, pub_sig, file, sig;
	struct distsign_bundle b, other;

	(void)state;
	good_bundle(&b);
	load("distsign.pub", &pub);
	load("distsign.pub.sig", &pub_sig);
	load("one.tgz", &file);
	load("one.tgz.sig", &sig);
	for (size_t len = 0; len < pub.len; len++) {
		struct data cut = pub;

		cut.len = len;
		assert_int_equal(open_bundle(&cut, &pub_sig, &other), -1);
	}
	for (size_t len = 0; len <= 2 * DISTSIGN_SIG_LEN; len++) {
		pub_sig.len = sig.len = len;
		assert_int_equal(open_bundle(&pub, &pub_sig, &other), len == 64 ? 0 : -1);
		assert_int_equal(check(&b, &file, &sig), len == 64 ? 0 : -1);
	}
	sig.len = 64;
	for (size_t len = 0; len <= file.len; len += 9) {
		struct data cut = file;

		cut.len = len;
		assert_int_equal(check(&b, &cut, &sig), -1);
	}
	for (size_t len = file.len; len < file.len + 70; len++) {
		struct data more = file;

		memset(more.mem + file.len, 0, len - file.len);
		more.len = len;
		assert_int_equal(check(&b, &more, &sig), len == file.len ? 0 : -1);
	}
}

/* xorshift: the same mutations each time. */
static uint32_t next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static void mutate(struct data *d, uint32_t *x)
{
	for (uint32_t n = 1 + next_random(x) % 8; n > 0; n--) {
		size_t at = next_random(x) % d->len;

		switch (next_random(x) % 3) {
		case 0:
			d->mem[at] = (unsigned char)next_random(x);
			break;
		case 1:
			memmove(d->mem + at, d->mem + at + 1, d->len - at - 1);
			d->len--;
			break;
		default:
			memmove(d->mem + at + 1, d->mem + at, d->len - at);
			d->mem[at] = (unsigned char)next_random(x);
			d->len++;
		}
	}
}

static bool same(const struct data *a, const struct data *b)
{
	return a->len == b->len && memcmp(a->mem, b->mem, a->len) == 0;
}

static void a_thousand_random_mutations_of_each(void **state)
{
	static const char *const names[] = {"distsign.pub", "distsign.pub.sig", "one.tgz",
					    "one.tgz.sig"};
	static struct data good[4], d[4];
	struct distsign_bundle b;
	uint32_t x = 2463534242;
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		load(names[i], &good[i]);
	for (size_t i = 0; i < 4000; i++) {
		memcpy(d, good, sizeof(d));
		mutate(&d[i % 4], &x);
		if (same(&d[i % 4], &good[i % 4]))
			continue;
		tried++;
		if (open_bundle(&d[0], &d[1], &b) == 0)
			assert_int_equal(check(&b, &d[2], &d[3]), -1);
	}
	assert_true(tried > 3900);
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
		cmocka_unit_test(every_bit_of_the_key_list),
		cmocka_unit_test(every_bit_of_a_signature_and_every_byte_of_its_file),
		cmocka_unit_test(cut_and_extended),
		cmocka_unit_test(a_thousand_random_mutations_of_each),
		cmocka_unit_test(what_only_zip215_accepts),
		cmocka_unit_test(a_signature_with_s_beyond_the_order),
		cmocka_unit_test(sizes_beyond_what_tailscale_signs),
		cmocka_unit_test(pem_as_go_writes_it),
		cmocka_unit_test(pem_that_deviates),
		cmocka_unit_test(a_nul_ends_no_list),
		cmocka_unit_test(sixty_four_keys_and_no_more),
		cmocka_unit_test(rfc_8032),
	};

	return cmocka_run_group_tests_name("distsign", tests, load_roots, NULL);
}
