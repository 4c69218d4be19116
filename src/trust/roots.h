/* SPDX-License-Identifier: MIT */
/*
 * roots - whose signatures on packages are believed in the end
 *
 * The Ed25519 keys that may sign distsign.pub (see trust/distsign.h). Made by the build out of
 * Tailscale's own module, or out of the file given to `./build.sh build --roots`, for a mirror
 * with packages of its own. One object of the program and nothing else differs between the two.
 */
#ifndef TRUST_ROOTS_H
#define TRUST_ROOTS_H

#include <stddef.h>

extern const unsigned char distsign_roots[][32];
extern const size_t distsign_root_count; /* 1..8 */

/* "tailscale", or the name of the other file and the start of its sha256: "acme.pem-1f0c3a7b". */
extern const char distsign_roots_name[];

#endif
