/* SPDX-License-Identifier: MIT */
/*
 * distsign - is a file one that Tailscale released?
 *
 * The chain of Tailscale's own clientupdate/distsign package, which made the formats:
 *
 *     root keys (built in)  sign the bytes of  distsign.pub, a list of signing keys in PEM
 *     any signing key       signs              BLAKE2s-256(file) || length as 64-bit little endian
 *
 * Signatures are Ed25519, 64 raw bytes in a file "NAME.sig". Pure functions over bytes; whoever
 * fetches hands them in, and nothing of a file may be used before distsign_check() said yes.
 *
 * libsodium verifies, by crypto_sign_verify_detached() without sodium_init(), which alone costs
 * 134 KB here. sodium_init() prepares random numbers, guarded memory and the choice among code
 * for different processors. In 1.0.18 verification uses none of these: SHA-512 (here BearSSL's),
 * the arithmetic of ref10 and the comparison exist once each and are chosen when they are
 * compiled, and no key is secret.
 *
 * Tailscale verifies by the rules of ZIP-215, libsodium by stricter ones: it also refuses keys
 * and R of small order, and keys that are not encoded canonically. No signer makes those: a key
 * is a multiple of the base point by a clamped number, R by a hash. So every signature that
 * Tailscale's signer makes is accepted, and some that only a forger would construct (with a
 * key of their own) are not.
 */
#ifndef TRUST_DISTSIGN_H
#define TRUST_DISTSIGN_H

#include "base/err.h"
#include "trust/digest.h"

#include <stddef.h>
#include <stdint.h>

#define DISTSIGN_KEY_LEN 32 /* bytes of an Ed25519 public key */
#define DISTSIGN_SIG_LEN 64 /* bytes of a signature */

/* Bytes of distsign.pub and of a signed file at most; both numbers are those of Tailscale. */
#define DISTSIGN_BUNDLE_MAX ((size_t)1 << 20)
#define DISTSIGN_FILE_MAX ((uint64_t)1 << 29)

/* Keys in distsign.pub at most, our own bound: there have been one or two. */
#define DISTSIGN_KEYS_MAX 64

/* Bytes of somebody else. */
struct distsign_bytes {
	const void *data;
	size_t len;
};

/* Keys that may sign; as roots they sign distsign.pub, as signing keys files. */
struct distsign_keys {
	const unsigned char (*key)[DISTSIGN_KEY_LEN];
	size_t count;
};

/* The signing keys of a distsign.pub that a root signed. */
struct distsign_bundle {
	unsigned char key[DISTSIGN_KEYS_MAX][DISTSIGN_KEY_LEN];
	size_t count;
};

/* What of a file is signed, collected while it passes. */
struct distsign_hash {
	struct digest blake2s;
	uint64_t len;
};

/*
 * distsign_open() - the signing keys in distsign.pub, if a root signed it
 * @roots:  whom to believe
 * @pub:    the file distsign.pub
 * @sig:    the file distsign.pub.sig
 * @bundle: filled in only on success
 *
 * The signature is checked first, so that no unsigned byte is parsed. The list is then read
 * strictly: blocks "SIGNING PUBLIC KEY" of one base64 line each as Go's encoding/pem writes
 * them, empty lines between blocks, nothing else.
 *
 * Errors: ERR_DATA.
 */
int distsign_open(struct distsign_keys roots, struct distsign_bytes pub, struct distsign_bytes sig,
		  struct distsign_bundle *bundle, struct err *e);

/*
 * distsign_parse() - the second half of distsign_open(): the list alone, signed or not
 *
 * For tests and for naming what is wrong with a list; nothing that it returns is to be trusted.
 */
int distsign_parse(struct distsign_bytes pub, struct distsign_bundle *bundle, struct err *e);

void distsign_hash_init(struct distsign_hash *h);
void distsign_hash_update(struct distsign_hash *h, const void *data, size_t len);

/*
 * distsign_check() - did one of the signing keys sign the file that @h saw whole?
 * @name: of the file, for the message
 * @sig:  the file NAME.sig
 *
 * An empty file and one beyond DISTSIGN_FILE_MAX are refused: Tailscale signs neither.
 * Errors: ERR_DATA.
 */
int distsign_check(const struct distsign_bundle *bundle, const struct distsign_hash *h,
		   const char *name, struct distsign_bytes sig, struct err *e);

#endif
