/* SPDX-License-Identifier: MIT */
/* distsign - see distsign.h */
#include "trust/distsign.h"

#include <sodium.h>

#include <stdbool.h>
#include <string.h>

#define BEGIN_LINE "-----BEGIN SIGNING PUBLIC KEY-----\n"
#define END_LINE "\n-----END SIGNING PUBLIC KEY-----"

/* 32 bytes in base64, with the one '=' that they need. */
#define BASE64_LEN 44

/* The part of a list that is not read yet. */
struct cursor {
	const char *at, *end;
};

static bool signed_by_any(struct distsign_keys keys, struct distsign_bytes message,
			  const unsigned char *sig)
{
	for (size_t i = 0; i < keys.count; i++) {
		if (crypto_sign_verify_detached(sig, message.data, message.len, keys.key[i]) == 0)
			return true;
	}
	return false;
}

static bool accept(struct cursor *c, const char *text, size_t len)
{
	if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
		return false;
	c->at += len;
	return true;
}

/*
 * 32 bytes from their 44 characters. Strict: the two bits that 43 characters have too many are
 * zero, so that each key has one text. (libsodium's decoder would bring more than it saves.)
 */
static bool accept_key(struct cursor *c, unsigned char key[static DISTSIGN_KEY_LEN])
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	unsigned held = 0; /* bits that are not in key yet */
	size_t out = 0;

	if (c->end - c->at < BASE64_LEN || c->at[BASE64_LEN - 1] != '=')
		return false;
	for (size_t i = 0; i < BASE64_LEN - 1; i++) {
		const char *found = memchr(alphabet, c->at[i], sizeof(alphabet) - 1);

		if (found == NULL)
			return false;
		bits = (bits << 6 | (uint32_t)(found - alphabet)) & 0xFFFF;
		held += 6;
		if (held >= 8) {
			held -= 8;
			key[out++] = (unsigned char)(bits >> held);
		}
	}
	c->at += BASE64_LEN;
	return (bits & ((1U << held) - 1)) == 0;
}

/* One block up to the end of its last line, without that line's end. */
static bool accept_block(struct cursor *c, unsigned char key[static DISTSIGN_KEY_LEN])
{
	return accept(c, BEGIN_LINE, strlen(BEGIN_LINE)) && accept_key(c, key) &&
	       accept(c, END_LINE, strlen(END_LINE));
}

static int bad_list(const char *why, struct err *e)
{
	return err_set(e, ERR_DATA, "cannot read the signing keys (distsign.pub): %s", why);
}

int distsign_parse(struct distsign_bytes pub, struct distsign_bundle *bundle, struct err *e)
{
	struct cursor c = {pub.data, (const char *)pub.data + pub.len};
	struct distsign_bundle found;

	found.count = 0;
	if (pub.len == 0)
		return bad_list("it is empty", e);
	if (pub.len > DISTSIGN_BUNDLE_MAX)
		return bad_list("it is larger than 1 MiB", e);
	do {
		if (found.count == DISTSIGN_KEYS_MAX)
			return bad_list("there are more than 64 keys in it", e);
		if (!accept_block(&c, found.key[found.count]))
			return err_set(e, ERR_DATA,
				       "cannot read the signing keys (distsign.pub): key %zu is no "
				       "PEM block SIGNING PUBLIC KEY of 32 bytes",
				       found.count + 1);
		found.count++;
		if (c.at != c.end && !accept(&c, "\n", 1))
			return bad_list("something stands behind the end of a key", e);
		if (c.at == c.end)
			break;
		while (accept(&c, "\n", 1))
			;
	} while (true);
	*bundle = found;
	return 0;
}

/* A signature of the right size, before any key is tried. */
static int check_length(const char *name, struct distsign_bytes sig, struct err *e)
{
	if (sig.len == DISTSIGN_SIG_LEN)
		return 0;
	err_set(e, ERR_DATA, "cannot trust %s: its signature has %zu bytes, not 64", name, sig.len);
	return err_cure(e,
			"The server, or something in between, sent something else than "
			"%s.sig; fetch it again or use another --base-url.",
			name);
}

int distsign_open(struct distsign_keys roots, struct distsign_bytes pub, struct distsign_bytes sig,
		  struct distsign_bundle *bundle, struct err *e)
{
	if (check_length("distsign.pub", sig, e) != 0)
		return -1;
	if (pub.len > DISTSIGN_BUNDLE_MAX)
		return bad_list("it is larger than 1 MiB", e);
	if (!signed_by_any(roots, pub, sig.data)) {
		err_set(e, ERR_DATA, "cannot trust distsign.pub: no root key signed it");
		return err_cure(e, "It is damaged or forged, or this tsfunnel is older than "
				   "Tailscale's current root keys; try again, then a newer "
				   "tsfunnel.");
	}
	return distsign_parse(pub, bundle, e);
}

void distsign_hash_init(struct distsign_hash *h)
{
	digest_init(&h->blake2s, DIGEST_BLAKE2S);
	h->len = 0;
}

void distsign_hash_update(struct distsign_hash *h, const void *data, size_t len)
{
	digest_update(&h->blake2s, data, len);
	h->len += len;
}

int distsign_check(const struct distsign_bundle *bundle, const struct distsign_hash *h,
		   const char *name, struct distsign_bytes sig, struct err *e)
{
	const struct distsign_keys keys = {bundle->key, bundle->count};
	unsigned char message[DIGEST_LEN + 8];

	if (h->len == 0)
		return err_set(e, ERR_DATA, "cannot trust %s: it is empty", name);
	if (h->len > DISTSIGN_FILE_MAX)
		return err_set(e, ERR_DATA, "cannot trust %s: it is larger than 512 MiB", name);
	if (check_length(name, sig, e) != 0)
		return -1;
	digest_out(&h->blake2s, message);
	for (unsigned i = 0; i < 8; i++)
		message[DIGEST_LEN + i] = (unsigned char)(h->len >> (8 * i));
	if (signed_by_any(keys, (struct distsign_bytes){message, sizeof(message)}, sig.data))
		return 0;
	err_set(e, ERR_DATA, "cannot trust %s: its signature is not by Tailscale's signing key",
		name);
	return err_cure(e, "The file is damaged or forged, or it is an old version that was signed "
			   "with a key no longer in use; fetch it again, or a current version.");
}
