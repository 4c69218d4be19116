/* SPDX-License-Identifier: MIT */
/* The roots built in: what BearSSL is given is what others are given in PEM. */
#include "net/anchors.h"
#include "net/roots_pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char pem[65536];

static void add_der(struct roots *r)
{
	static struct roots_pem p;
	struct err e;

	roots_pem_init(&p, r);
	for (size_t i = 0; i < anchors_count; i++)
		assert_int_equal(roots_pem_add_der(&p, anchors[i].der, anchors[i].len, &e), 0);
	assert_int_equal(p.seen, anchors_count);
}

static void add_pem(struct roots *r)
{
	static struct roots_pem p;
	struct buf out = BUF_OF(pem);
	struct err e;

	roots_print_embedded(&out);
	assert_false(buf_full(&out));
	roots_pem_init(&p, r);
	assert_int_equal(roots_pem_push(&p, pem, out.len, &e), 0);
	assert_int_equal(p.seen, anchors_count);
}

static void same_bytes(const unsigned char *a, size_t a_len, const unsigned char *b, size_t b_len)
{
	assert_int_equal(a_len, b_len);
	assert_memory_equal(a, b, a_len);
}

static void same_key(const br_x509_pkey *a, const br_x509_pkey *b)
{
	assert_int_equal(a->key_type, b->key_type);
	if (a->key_type == BR_KEYTYPE_RSA) {
		same_bytes(a->key.rsa.n, a->key.rsa.nlen, b->key.rsa.n, b->key.rsa.nlen);
		same_bytes(a->key.rsa.e, a->key.rsa.elen, b->key.rsa.e, b->key.rsa.elen);
	} else {
		assert_int_equal(a->key.ec.curve, b->key.ec.curve);
		same_bytes(a->key.ec.q, a->key.ec.qlen, b->key.ec.q, b->key.ec.qlen);
	}
}

static void the_pem_holds_the_anchors(void **state)
{
	struct roots der = {0}, text = {0};

	(void)state;
	add_der(&der);
	add_pem(&text);
	assert_true(anchors_count > 0);
	assert_int_equal(der.count, anchors_count);
	assert_int_equal(text.count, anchors_count);
	for (size_t i = 0; i < anchors_count; i++) {
		const br_x509_trust_anchor *a = &der.anchors[i], *b = &text.anchors[i];

		assert_int_equal(a->flags, BR_X509_TA_CA);
		assert_int_equal(b->flags, BR_X509_TA_CA);
		same_bytes(a->dn.data, a->dn.len, b->dn.data, b->dn.len);
		same_key(&a->pkey, &b->pkey);
	}
	roots_done(&der);
	roots_done(&text);
}

/* RFC 7468, 3: 64 characters in every line but the last. */
static void pem_has_the_form_that_all_programs_read(void **state)
{
	struct buf out = BUF_OF(pem);
	size_t blocks = 0;

	(void)state;
	roots_print_embedded(&out);
	for (char *line = strtok(pem, "\n"), *next; line != NULL; line = next) {
		next = strtok(NULL, "\n");
		if (strcmp(line, "-----BEGIN CERTIFICATE-----") == 0) {
			blocks++;
			continue;
		}
		if (strcmp(line, "-----END CERTIFICATE-----") == 0)
			continue;
		assert_non_null(next);
		assert_true(strlen(line) == 64 || (next[0] == '-' && strlen(line) < 64));
		assert_int_equal(strlen(line) % 4, 0);
	}
	assert_int_equal(blocks, anchors_count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pem_holds_the_anchors),
		cmocka_unit_test(pem_has_the_form_that_all_programs_read),
	};

	return cmocka_run_group_tests_name("anchors", tests, NULL, NULL);
}
