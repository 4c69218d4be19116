/* SPDX-License-Identifier: MIT */
/* Forged twins: one bit, one byte, one length away from what was signed. */
#include "signed.h"

#include <stdbool.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit_of_the_key_list),
		cmocka_unit_test(every_bit_of_a_signature_and_every_byte_of_its_file),
		cmocka_unit_test(cut_and_extended),
		cmocka_unit_test(a_thousand_random_mutations_of_each),
	};

	return cmocka_run_group_tests_name("distsign_twins", tests, load_roots, NULL);
}
