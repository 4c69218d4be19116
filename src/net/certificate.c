/* SPDX-License-Identifier: MIT */
/*
 * certificate - see certificate.h
 *
 * Certificate { TBSCertificate { [0] version, serial, signature, issuer, validity, subject,
 * subjectPublicKeyInfo ... } ... } (RFC 5280, 4.1), walked in this order.
 */
#include "net/certificate.h"

#include "base/buf.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#define TAG_OID 0x06
#define TAG_UTC_TIME 0x17
#define TAG_TIME 0x18
#define TAG_SEQUENCE 0x30
#define TAG_SET 0x31
#define TAG_VERSION 0xa0

struct der {
	const uint8_t *data;
	size_t len;
};

/* The next element of @in; the last one may be cut short, its body ends with the bytes. */
static bool next(struct der *in, unsigned *tag, struct der *body)
{
	size_t len, at = 2;

	if (in->len < 2)
		return false;
	*tag = in->data[0];
	len = in->data[1];
	if (len >= 0x80) {
		size_t count = len & 0x7f;

		if (count == 0 || count > 3 || in->len < 2 + count)
			return false;
		len = 0;
		for (; at < 2 + count; at++)
			len = len << 8 | in->data[at];
	}
	if (len > in->len - at)
		len = in->len - at;
	*body = (struct der){in->data + at, len};
	*in = (struct der){in->data + at + len, in->len - at - len};
	return true;
}

static bool next_of(struct der *in, unsigned wanted, struct der *body)
{
	unsigned tag;

	return next(in, &tag, body) && tag == wanted;
}

static bool is_oid(const struct der *oid, const char *bytes, size_t len)
{
	return oid->len == len && memcmp(oid->data, bytes, len) == 0;
}

#define IS_OID(oid, bytes) is_oid((oid), (bytes), sizeof(bytes) - 1)

static enum certificate_signature signature_of(const struct der *oid)
{
	if (IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05") ||
	    IS_OID(oid, "\x2a\x86\x48\xce\x3d\x04\x01"))
		return CERTIFICATE_SHA1;
	if (IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04"))
		return CERTIFICATE_MD5;
	if (IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"))
		return CERTIFICATE_PSS;
	if (IS_OID(oid, "\x2b\x65\x70") || IS_OID(oid, "\x2b\x65\x71"))
		return CERTIFICATE_EDDSA;
	return CERTIFICATE_SIGNED;
}

/* AlgorithmIdentifier of a key: its OID, and for EC the curve's behind it. */
static enum certificate_key key_of(struct der algorithm)
{
	struct der oid, curve;

	if (!next_of(&algorithm, TAG_OID, &oid))
		return CERTIFICATE_KEY;
	if (IS_OID(&oid, "\x2b\x65\x70") || IS_OID(&oid, "\x2b\x65\x71"))
		return CERTIFICATE_KEY_ED;
	if (IS_OID(&oid, "\x2a\x86\x48\xce\x3d\x02\x01") && next_of(&algorithm, TAG_OID, &curve) &&
	    IS_OID(&curve, "\x2b\x81\x04\x00\x23"))
		return CERTIFICATE_KEY_P521;
	return CERTIFICATE_KEY;
}

/* What people know of a name; "" for the rest. */
static const char *attribute(const struct der *oid)
{
	if (IS_OID(oid, "\x55\x04\x03"))
		return "CN";
	if (IS_OID(oid, "\x55\x04\x0a"))
		return "O";
	if (IS_OID(oid, "\x55\x04\x0b"))
		return "OU";
	return IS_OID(oid, "\x55\x04\x06") ? "C" : "";
}

static void add_value(struct buf *out, const struct der *value)
{
	for (size_t i = 0; i < value->len; i++) {
		if (value->data[i] < 0x20 || value->data[i] >= 0x7f)
			buf_add(out, "?");
		else
			buf_add_char(out, (char)value->data[i]);
	}
}

/* Name: a SEQUENCE of SETs of SEQUENCEs of an OID and a text. */
static void read_name(struct der name, char mem[static CERTIFICATE_NAME_MAX])
{
	struct buf out = buf_over(mem, CERTIFICATE_NAME_MAX);
	struct der set, pair, oid, value;
	unsigned tag;

	while (next_of(&name, TAG_SET, &set) && next_of(&set, TAG_SEQUENCE, &pair)) {
		if (!next_of(&pair, TAG_OID, &oid) || !next(&pair, &tag, &value))
			break;
		if (attribute(&oid)[0] == '\0')
			continue;
		buf_printf(&out, "%s%s=", out.len == 0 ? "" : ", ", attribute(&oid));
		add_value(&out, &value);
	}
}

static int two_digits(const uint8_t *p)
{
	return (p[0] - '0') * 10 + (p[1] - '0');
}

/* "YYMMDDHHMMSSZ" or "YYYYMMDDHHMMSSZ" (RFC 5280, 4.1.2.5). */
static int64_t time_of(unsigned tag, struct der t)
{
	struct tm tm = {0};
	int century = 0;

	if ((tag != TAG_UTC_TIME || t.len != 13) && (tag != TAG_TIME || t.len != 15))
		return 0;
	for (size_t i = 0; i < t.len - 1; i++)
		if (t.data[i] < '0' || t.data[i] > '9')
			return 0;
	if (tag == TAG_TIME) {
		century = two_digits(t.data);
		t.data += 2;
	}
	tm.tm_year = two_digits(t.data);
	if (tag == TAG_UTC_TIME)
		century = tm.tm_year < 50 ? 20 : 19;
	tm.tm_year += century * 100 - 1900;
	tm.tm_mon = two_digits(t.data + 2) - 1;
	tm.tm_mday = two_digits(t.data + 4);
	tm.tm_hour = two_digits(t.data + 6);
	tm.tm_min = two_digits(t.data + 8);
	tm.tm_sec = two_digits(t.data + 10);
	return timegm(&tm);
}

void certificate_read(const uint8_t *der, size_t len, struct certificate *c)
{
	struct der in = {der, len}, tbs, part, oid;
	unsigned tag;

	*c = (struct certificate){0};
	if (!next_of(&in, TAG_SEQUENCE, &part) || !next_of(&part, TAG_SEQUENCE, &tbs) ||
	    !next(&tbs, &tag, &part))
		return;
	/* Version, then the serial; version 1 is left out. */
	if (tag == TAG_VERSION && !next(&tbs, &tag, &part))
		return;
	if (!next_of(&tbs, TAG_SEQUENCE, &part) || !next_of(&part, TAG_OID, &oid))
		return;
	c->signature = signature_of(&oid);
	if (!next_of(&tbs, TAG_SEQUENCE, &part))
		return;
	read_name(part, c->issuer);
	if (!next_of(&tbs, TAG_SEQUENCE, &part))
		return;
	if (next(&part, &tag, &oid))
		c->not_before = time_of(tag, oid);
	if (next(&part, &tag, &oid))
		c->not_after = time_of(tag, oid);
	if (!next_of(&tbs, TAG_SEQUENCE, &part))
		return;
	read_name(part, c->subject);
	if (next_of(&tbs, TAG_SEQUENCE, &part) && next_of(&part, TAG_SEQUENCE, &oid))
		c->key = key_of(oid);
}
