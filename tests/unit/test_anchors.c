/* SPDX-License-Identifier: MIT */
/* The roots built in: what BearSSL is given is what the PEM beside it holds. */
#include "net/anchors.h"
#include "net/roots_pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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
	static struct roots_pem pem;
	struct roots r = {0};
	struct err e;

	(void)state;
	assert_int_equal(strlen(anchors_pem), anchors_pem_len);
	roots_pem_init(&pem, &r);
	assert_int_equal(roots_pem_push(&pem, anchors_pem, anchors_pem_len, &e), 0);
	assert_int_equal(pem.seen, anchors_count);
	assert_int_equal(r.count, anchors_count);
	for (size_t i = 0; i < anchors_count; i++) {
		same_bytes(r.anchors[i].dn.data, r.anchors[i].dn.len, anchors[i].dn.data,
			   anchors[i].dn.len);
		assert_int_equal(anchors[i].flags, BR_X509_TA_CA);
		assert_int_equal(r.anchors[i].flags, BR_X509_TA_CA);
		same_key(&r.anchors[i].pkey, &anchors[i].pkey);
	}
	r.owned = r.count;
	roots_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pem_holds_the_anchors),
	};

	return cmocka_run_group_tests_name("anchors", tests, NULL, NULL);
}
