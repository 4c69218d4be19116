/* SPDX-License-Identifier: MIT */
/* signed - what Tailscale's own package signed: testdata/distsign, from tests/cmd/sign-vectors */
#ifndef TESTS_UNIT_SIGNED_H
#define TESTS_UNIT_SIGNED_H

#include "trust/distsign.h"

#include <setjmp.h>
#include <stdarg.h>
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

static inline void load(const char *name, struct data *d)
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

static inline int load_roots(void **state)
{
	struct data d;

	(void)state;
	load("root-a.key", &d);
	memcpy(roots[0], d.mem, DISTSIGN_KEY_LEN);
	load("root-b.key", &d);
	memcpy(roots[1], d.mem, DISTSIGN_KEY_LEN);
	return 0;
}

static inline struct distsign_bytes bytes(const struct data *d)
{
	return (struct distsign_bytes){d->mem, d->len};
}

static inline int open_bundle(const struct data *pub, const struct data *sig,
			      struct distsign_bundle *b)
{
	struct err e = {.code = ERR_OK};
	int result = distsign_open(both, bytes(pub), bytes(sig), b, &e);

	if (result != 0)
		assert_int_equal(e.code, ERR_DATA);
	return result;
}

static inline int check(const struct distsign_bundle *b, const struct data *file,
			const struct data *sig)
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

static inline int check_files(const struct distsign_bundle *b, const char *file, const char *sig)
{
	static struct data f, s;

	load(file, &f);
	load(sig, &s);
	return check(b, &f, &s);
}

static inline void good_bundle(struct distsign_bundle *b)
{
	static struct data pub, sig;

	load("distsign.pub", &pub);
	load("distsign.pub.sig", &sig);
	assert_int_equal(open_bundle(&pub, &sig, b), 0);
}

#endif
