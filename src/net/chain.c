/* SPDX-License-Identifier: MIT */
/* chain - see chain.h */
#include "net/chain.h"

#include "base/build_info.h"
#include "base/date.h"

#include <stdio.h>
#include <string.h>

#define RSA_MIN 256 /* bytes of the modulus: 2048 bits */
#define DAY 86400
#define DAYS_TO_1970 719528 /* BearSSL counts from the year 0 */

static struct chain *chain_of(const br_x509_class **ctx)
{
	return (struct chain *)(void *)ctx;
}

static void start_chain(const br_x509_class **ctx, const char *server_name)
{
	struct chain *c = chain_of(ctx);

	c->minimal.vtable->start_chain(&c->minimal.vtable, server_name);
}

static void start_cert(const br_x509_class **ctx, uint32_t length)
{
	struct chain *c = chain_of(ctx);

	c->head_len = 0;
	c->matched = 0;
	c->judged = c->minimal.err != 0;
	c->minimal.vtable->start_cert(&c->minimal.vtable, length);
}

/* Looks for OID id-ce-nameConstraints, critical TRUE. */
static void match(struct chain *c, const uint8_t *data, size_t len)
{
	static const uint8_t wanted[] = {0x06, 0x03, 0x55, 0x1d, 0x1e, 0x01, 0x01, 0xff};

	for (size_t i = 0; i < len && c->matched < sizeof(wanted); i++)
		if (data[i] == wanted[c->matched])
			c->matched++;
		else
			c->matched = data[i] == wanted[0];
	if (!c->judged)
		c->constrained = c->matched == sizeof(wanted);
}

static void append(const br_x509_class **ctx, const unsigned char *data, size_t len)
{
	struct chain *c = chain_of(ctx);
	size_t n = sizeof(c->head) - c->head_len;

	if (n > len)
		n = len;
	memcpy(c->head + c->head_len, data, n);
	c->head_len += n;
	match(c, data, len);
	c->minimal.vtable->append(&c->minimal.vtable, data, len);
}

/* The engine stops at the first certificate that it dislikes or that a root has signed. */
static void end_cert(const br_x509_class **ctx)
{
	struct chain *c = chain_of(ctx);

	c->minimal.vtable->end_cert(&c->minimal.vtable);
	if (c->judged || c->unsupported)
		return;
	certificate_read(c->head, c->head_len, &c->at);
	c->unsupported = c->at.key == CERTIFICATE_KEY_P521;
}

static unsigned end_chain(const br_x509_class **ctx)
{
	struct chain *c = chain_of(ctx);
	unsigned rc = c->minimal.vtable->end_chain(&c->minimal.vtable);

	return rc == 0 && c->unsupported ? BR_ERR_X509_UNSUPPORTED : rc;
}

static const br_x509_pkey *get_pkey(const br_x509_class *const *ctx, unsigned *usages)
{
	const struct chain *c = (const struct chain *)(const void *)ctx;

	return c->minimal.vtable->get_pkey(&c->minimal.vtable, usages);
}

static const br_x509_class chain_vtable = {
	.context_size = sizeof(struct chain),
	.start_chain = start_chain,
	.start_cert = start_cert,
	.append = append,
	.end_cert = end_cert,
	.end_chain = end_chain,
	.get_pkey = get_pkey,
};

void chain_init(struct chain *c, const br_x509_trust_anchor *roots, size_t count, int64_t now)
{
	memset(c, 0, sizeof(*c));
	c->vtable = &chain_vtable;
	c->now = now < 0 ? 0 : now;
	br_x509_minimal_init(&c->minimal, &br_sha256_vtable, roots, count);
	br_x509_minimal_set_minrsa(&c->minimal, RSA_MIN);
	br_x509_minimal_set_time(&c->minimal, (uint32_t)(c->now / DAY + DAYS_TO_1970),
				 (uint32_t)(c->now % DAY));
}

static const char *date(int64_t seconds, char mem[static 32])
{
	char minute[DATE_TEXT];

	if (date_print(seconds, DATE_MINUTE, minute))
		snprintf(mem, 32, "%s UTC", minute);
	else
		snprintf(mem, 32, "an unknown date");
	return mem;
}

static int refuse(struct err *e, const char *reason, const char *cure)
{
	err_set(e, ERR_DATA, "%s", reason);
	return err_cure(e, "%s", cure);
}

static int refuse_dates(const struct chain *c, struct err *e)
{
	char now[32], built[32], limit[32];

	date(c->now, now);
	if (c->now < build_epoch) {
		err_set(e, ERR_DATA,
			"the clock of this machine is wrong: it says %s, and this program was "
			"made on %s",
			now, date(build_epoch, built));
		return err_cure(e, "set the clock (date -s, or NTP); without one use --package "
				   "FILE or a mirror over http: what is installed is checked by "
				   "its own signatures");
	}
	if (c->at.not_before > c->now)
		err_set(e, ERR_DATA, "its certificate is not valid before %s, and now it is %s",
			date(c->at.not_before, limit), now);
	else
		err_set(e, ERR_DATA, "its certificate has expired on %s, and now it is %s",
			date(c->at.not_after, limit), now);
	return err_cure(e, "is the clock of this machine right? If so the server's owner must "
			   "renew the certificate");
}

static int refuse_issuer(const struct chain *c, struct err *e)
{
	err_set(e, ERR_DATA, "its certificate is issued by \"%s\", which is not trusted here",
		c->at.issuer[0] == '\0' ? "somebody without a name" : c->at.issuer);
	return err_cure(e, "if this network inspects TLS, or the server has a CA of its own, give "
			   "that CA's certificate with --cacert FILE; else somebody may be "
			   "listening, or the server does not send its intermediate certificate");
}

/* Both for what the engine does not know and for what it could not verify. */
static int refuse_algorithm(const struct chain *c, struct err *e)
{
	const char *cure = "the server's owner must get another certificate (RSA of 2048 bits or "
			   "more, or P-256 or P-384, signed with SHA-256 or better)";

	if (c->at.signature == CERTIFICATE_SHA1)
		return refuse(e, "its certificate is signed with SHA-1, which can be forged", cure);
	if (c->at.signature == CERTIFICATE_MD5)
		return refuse(e, "its certificate is signed with MD5, which can be forged", cure);
	if (c->at.signature == CERTIFICATE_PSS)
		return refuse(e, "its certificate is signed with RSA-PSS, which is not supported",
			      cure);
	if (c->at.signature == CERTIFICATE_EDDSA || c->at.key == CERTIFICATE_KEY_ED)
		return refuse(e, "its certificate is of Ed25519, which is not supported", cure);
	if (c->at.key == CERTIFICATE_KEY_P521)
		return refuse(e,
			      "its certificate has a key on the curve P-521, which is not "
			      "supported",
			      cure);
	return refuse(e, "its certificate uses an algorithm that is not supported", cure);
}

static int refuse_extension(const struct chain *c, struct err *e)
{
	if (c->constrained)
		return refuse(
			e,
			"its certificate chain has a critical name constraint, which is "
			"not supported",
			"give the CA below the one that is constrained with --cacert FILE, or "
			"use another server");
	return refuse(e, "its certificate has a critical extension that is not supported",
		      "the server's owner must get another certificate");
}

int chain_refuse(const struct chain *c, int code, const char *host, struct err *e)
{
	const char *owner = "the server's owner must get another certificate";

	switch (code) {
	case BR_ERR_X509_EXPIRED:
	case BR_ERR_X509_TIME_UNKNOWN:
		return refuse_dates(c, e);
	case BR_ERR_X509_NOT_TRUSTED:
		return refuse_issuer(c, e);
	case BR_ERR_X509_BAD_SERVER_NAME:
		err_set(e, ERR_DATA, "its certificate is for another name than %s", host);
		return err_cure(e, "check the URL; a network with a login page answers so too");
	case BR_ERR_X509_WEAK_PUBLIC_KEY:
		return refuse(e, "its certificate has an RSA key of less than 2048 bits", owner);
	case BR_ERR_X509_UNSUPPORTED:
		return refuse_algorithm(c, e);
	case BR_ERR_X509_CRITICAL_EXTENSION:
		return refuse_extension(c, e);
	case BR_ERR_X509_NOT_CA:
		return refuse(e, "its certificate is signed by one that is no CA", owner);
	case BR_ERR_X509_FORBIDDEN_KEY_USAGE:
		return refuse(e, "its certificate chain is used for what it is not meant for",
			      owner);
	case BR_ERR_X509_DN_MISMATCH:
		return refuse(e, "its certificates do not follow one another",
			      "the server's owner must send the chain in order");
	case BR_ERR_X509_BAD_SIGNATURE:
	case BR_ERR_X509_WRONG_KEY_TYPE:
		return refuse(e, "a signature in its certificate chain is wrong", owner);
	default:
		err_set(e, ERR_DATA, "its certificate is malformed (BearSSL error %d)", code);
		return err_cure(e, "%s", owner);
	}
}
