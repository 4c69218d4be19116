/* SPDX-License-Identifier: MIT */
/* roots_pem - see roots_pem.h */
#include "net/roots_pem.h"

#include <stdlib.h>
#include <string.h>

void roots_pem_init(struct roots_pem *p, struct roots *r)
{
	memset(p, 0, sizeof(*p));
	p->roots = r;
	br_pem_decoder_init(&p->pem);
}

/* Beyond the room it is noted, and the certificate passed over. */
static void add_name(void *ctx, const void *data, size_t len)
{
	struct roots_pem *p = ctx;

	if (len > sizeof(p->name) - p->name_len) {
		p->oversized = true;
		return;
	}
	memcpy(p->name + p->name_len, data, len);
	p->name_len += len;
}

static void add_der(void *ctx, const void *data, size_t len)
{
	struct roots_pem *p = ctx;

	int error = br_x509_decoder_last_error(&p->x509);

	/* A decoder that has failed goes on behind its failed check when more is pushed, and
	 * writes beyond its key buffer. */
	if (error == 0 || error == BR_ERR_X509_TRUNCATED)
		br_x509_decoder_push(&p->x509, data, len);
}

/* Copies @len bytes to *@at and moves it on. */
static unsigned char *put(unsigned char **at, const unsigned char *data, size_t len)
{
	unsigned char *out = *at;

	memcpy(out, data, len);
	*at += len;
	return out;
}

static bool is_known(const struct roots *r, const struct roots_pem *p, const br_x509_pkey *key)
{
	for (size_t i = 0; i < r->count; i++) {
		const br_x509_trust_anchor *a = &r->anchors[i];

		if (a->dn.len != p->name_len || memcmp(a->dn.data, p->name, p->name_len) != 0 ||
		    a->pkey.key_type != key->key_type)
			continue;
		if (key->key_type == BR_KEYTYPE_RSA
			    ? a->pkey.key.rsa.nlen == key->key.rsa.nlen &&
				      memcmp(a->pkey.key.rsa.n, key->key.rsa.n,
					     key->key.rsa.nlen) == 0
			    : a->pkey.key.ec.qlen == key->key.ec.qlen &&
				      memcmp(a->pkey.key.ec.q, key->key.ec.q, key->key.ec.qlen) ==
					      0)
			return true;
	}
	return false;
}

static int make_room(struct roots *r, struct err *e)
{
	size_t cap = r->cap == 0 ? 32 : r->cap * 2;
	br_x509_trust_anchor *more;

	if (r->count < r->cap)
		return 0;
	if (r->count >= ROOTS_MAX)
		return err_set(e, ERR_DATA, "more than %d certificates", ROOTS_MAX);
	more = realloc(r->anchors, cap * sizeof(*more));
	if (more == NULL)
		return err_set(e, ERR_IO, "out of memory");
	r->anchors = more;
	r->cap = cap;
	return 0;
}

/* Name and key in one block, which begins with the name. */
static int keep(struct roots_pem *p, const br_x509_pkey *key, struct err *e)
{
	bool rsa = key->key_type == BR_KEYTYPE_RSA;
	size_t len = rsa ? key->key.rsa.nlen + key->key.rsa.elen : key->key.ec.qlen;
	br_x509_trust_anchor *a;
	unsigned char *at;

	if (make_room(p->roots, e) != 0)
		return -1;
	at = malloc(p->name_len + len);
	if (at == NULL)
		return err_set(e, ERR_IO, "out of memory");
	a = &p->roots->anchors[p->roots->count++];
	*a = (br_x509_trust_anchor){.pkey = *key};
	a->dn.data = put(&at, p->name, p->name_len);
	a->dn.len = p->name_len;
	a->flags = br_x509_decoder_isCA(&p->x509) ? BR_X509_TA_CA : 0;
	if (rsa) {
		a->pkey.key.rsa.n = put(&at, key->key.rsa.n, key->key.rsa.nlen);
		a->pkey.key.rsa.e = put(&at, key->key.rsa.e, key->key.rsa.elen);
	} else {
		a->pkey.key.ec.q = put(&at, key->key.ec.q, key->key.ec.qlen);
	}
	return 0;
}

static int end_object(struct roots_pem *p, struct err *e)
{
	const br_x509_pkey *key;

	if (!p->inside)
		return 0;
	p->inside = false;
	key = br_x509_decoder_get_pkey(&p->x509);
	if (key == NULL || p->name_len == 0 || p->oversized)
		return 0;
	p->seen++;
	return is_known(p->roots, p, key) ? 0 : keep(p, key, e);
}

static void begin_der(struct roots_pem *p)
{
	p->name_len = 0;
	p->oversized = false;
	br_x509_decoder_init(&p->x509, add_name, p);
}

static void begin_object(struct roots_pem *p)
{
	const char *name = br_pem_decoder_name(&p->pem);

	p->inside = strcmp(name, "CERTIFICATE") == 0 || strcmp(name, "X509 CERTIFICATE") == 0;
	begin_der(p);
	br_pem_decoder_setdest(&p->pem, p->inside ? add_der : NULL, p);
}

int roots_pem_add_der(struct roots_pem *p, const unsigned char *der, size_t len, struct err *e)
{
	p->inside = true;
	begin_der(p);
	add_der(p, der, len);
	return end_object(p, e);
}

int roots_pem_push(struct roots_pem *p, const char *data, size_t len, struct err *e)
{
	while (len > 0) {
		size_t n = br_pem_decoder_push(&p->pem, data, len);

		data += n;
		len -= n;
		switch (br_pem_decoder_event(&p->pem)) {
		case BR_PEM_BEGIN_OBJ:
			begin_object(p);
			break;
		case BR_PEM_END_OBJ:
			if (end_object(p, e) != 0)
				return -1;
			break;
		case BR_PEM_ERROR:
			/* What follows may be fine; the next BEGIN is looked for. */
			p->inside = false;
			br_pem_decoder_init(&p->pem);
			break;
		default:
			break;
		}
	}
	return 0;
}
