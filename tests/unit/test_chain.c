/* SPDX-License-Identifier: MIT */
/* What is said of a certificate, and the reasons that depend on the clock. */
#include "base/build_info.h"
#include "net/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Certificate { TBS { [0] 2, serial 1, ecdsa-with-SHA256, issuer CN=Aé O=B, validity, subject C=DE,
 * EC key on P-521 } }; lengths are right, signature left out. */
static const uint8_t der[] =
	"\x30\x81\x86\x30\x81\x83\xa0\x03\x02\x01\x02\x02\x01\x01"
	"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
	"\x30\x1b\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03\x41\xc3\xa9"
	"\x31\x0b\x30\x09\x06\x03\x55\x04\x0a\x0c\x02\x42\x43"
	"\x30\x20\x17\x0d\x32\x36\x30\x31\x30\x32\x30\x33\x30\x34\x30\x35\x5a"
	"\x18\x0f\x32\x30\x35\x31\x30\x31\x30\x32\x30\x33\x30\x34\x30\x35\x5a"
	"\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02\x44\x45"
	"\x30\x18\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23"
	"\x03\x04\x00\x01\x02\x03";

static void certificates_are_read(void **state)
{
	struct certificate c;

	(void)state;
	certificate_read(der, sizeof(der) - 1, &c);
	assert_string_equal(c.issuer, "CN=A??, O=BC");
	assert_string_equal(c.subject, "C=DE");
	assert_int_equal(c.not_before, 1767323045);
	assert_int_equal(c.not_after, 2556241445);
	assert_int_equal(c.signature, CERTIFICATE_SIGNED);
	assert_int_equal(c.key, CERTIFICATE_KEY_P521);
}

/* Cut anywhere, and each byte changed: nothing is read beyond the end (the sanitizer watches). */
static void odd_certificates_are_harmless(void **state)
{
	struct certificate c;

	(void)state;
	for (size_t len = 0; len < sizeof(der); len++) {
		uint8_t *copy = malloc(len + 1);

		memcpy(copy, der, len);
		certificate_read(copy, len, &c);
		for (size_t i = 0; i < len; i++) {
			copy[i] ^= 0xff;
			certificate_read(copy, len, &c);
			copy[i] ^= 0x82;
			certificate_read(copy, len, &c);
			copy[i] = der[i];
		}
		free(copy);
	}
}

static void refuse_at(int64_t now, int code, struct err *e)
{
	static struct chain c;

	chain_init(&c, NULL, 0, now);
	certificate_read(der, sizeof(der) - 1, &c.at);
	assert_int_equal(chain_refuse(&c, code, "h", e), -1);
	assert_int_equal(e->code, ERR_DATA);
	assert_string_not_equal(e->cure, "");
}

static void dates_and_clocks_are_told_apart(void **state)
{
	struct err e;

	(void)state;
	refuse_at(build_epoch - 1, BR_ERR_X509_EXPIRED, &e);
	assert_non_null(strstr(e.msg, "the clock of this machine is wrong"));
	assert_non_null(strstr(e.cure, "--package"));
	refuse_at(-5, BR_ERR_X509_EXPIRED, &e);
	assert_non_null(strstr(e.msg, "1970-01-01"));
	refuse_at(2556241446, BR_ERR_X509_EXPIRED, &e);
	assert_non_null(strstr(e.msg, "has expired on 2051-01-02 03:04 UTC"));
	if (build_epoch < 1767323044) {
		refuse_at(1767323044, BR_ERR_X509_EXPIRED, &e);
		assert_non_null(strstr(e.msg, "is not valid before 2026-01-02 03:04 UTC"));
	}
	/* A clock that is wrong is not blamed for what has nothing to do with it. */
	refuse_at(0, BR_ERR_X509_NOT_TRUSTED, &e);
	assert_non_null(strstr(e.msg, "issued by \"CN=A??, O=BC\", which is not trusted"));
}

static void each_code_has_words(void **state)
{
	struct err e;

	(void)state;
	for (int code = 33; code <= 62; code++)
		refuse_at(2000000000, code, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_are_read),
		cmocka_unit_test(odd_certificates_are_harmless),
		cmocka_unit_test(dates_and_clocks_are_told_apart),
		cmocka_unit_test(each_code_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
