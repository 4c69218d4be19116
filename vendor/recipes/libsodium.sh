# shellcheck shell=bash disable=SC2154
# needs: bearssl
# Ed25519 from a list of files; so no autotools are needed. The SHA-512 under it is BearSSL's, which
# TLS needs anyway: one of its own would be 4 KB more.
#
# sodium_init() picks implementations by CPU for everything in the library and is 134 KB with what
# it pulls in. Nothing listed here is picked by CPU, so it is left out, and with it the source of
# random numbers: the two functions that would need them end the program instead.
cd src/libsodium || exit
sed "s/@VERSION@/$version/; s/@SODIUM_LIBRARY_VERSION_MAJOR@/10/
	s/@SODIUM_LIBRARY_VERSION_MINOR@/3/
	s/@SODIUM_LIBRARY_MINIMAL_DEF@/#define SODIUM_LIBRARY_MINIMAL 1/" \
	include/sodium/version.h.in >include/sodium/version.h
cat >absent.c <<-END
	#include "core.h"
	#include "randombytes.h"
	#include <stdlib.h>

	void sodium_misuse(void) { abort(); }
	void randombytes_buf(void *const buf, const size_t size) { (void)buf; (void)size; abort(); }
END
cat >sha512.c <<-END
	#include "crypto_hash_sha512.h"
	#include <bearssl_hash.h>
	#include <string.h>

	/* libsodium's state is room for BearSSL's, copied in and out because the types differ. */
	_Static_assert(sizeof(crypto_hash_sha512_state) >= sizeof(br_sha512_context), "no room");

	int crypto_hash_sha512_init(crypto_hash_sha512_state *state)
	{
		br_sha512_context context;

		br_sha512_init(&context);
		memcpy(state, &context, sizeof(context));
		return 0;
	}

	int crypto_hash_sha512_update(crypto_hash_sha512_state *state, const unsigned char *in,
		unsigned long long len)
	{
		br_sha512_context context;

		memcpy(&context, state, sizeof(context));
		br_sha512_update(&context, in, len);
		memcpy(state, &context, sizeof(context));
		return 0;
	}

	int crypto_hash_sha512_final(crypto_hash_sha512_state *state, unsigned char *out)
	{
		br_sha512_context context;

		memcpy(&context, state, sizeof(context));
		br_sha512_out(&context, out);
		return 0;
	}

	int crypto_hash_sha512(unsigned char *out, const unsigned char *in, unsigned long long len)
	{
		crypto_hash_sha512_state state;

		crypto_hash_sha512_init(&state);
		crypto_hash_sha512_update(&state, in, len);
		return crypto_hash_sha512_final(&state, out);
	}
END
flags="-std=c99 -D_GNU_SOURCE -DCONFIGURED=1 -DSODIUM_STATIC -DHAVE_WEAK_SYMBOLS
	-DHAVE_EXPLICIT_BZERO"
# field arithmetic with 128-bit products where the compiler has them
# shellcheck disable=SC2086
case $($CC $CFLAGS -dM -E -x c /dev/null) in
*__SIZEOF_INT128__*) flags+=" -DHAVE_TI_MODE" ;;
esac
for file in absent sha512 crypto_core/ed25519/ref10/ed25519_ref10 crypto_sign/crypto_sign \
	crypto_sign/ed25519/ref10/keypair crypto_sign/ed25519/ref10/open \
	crypto_sign/ed25519/ref10/sign crypto_sign/ed25519/sign_ed25519 \
	crypto_verify/sodium/verify sodium/utils; do
	# shellcheck disable=SC2086 # flags are words
	$CC $flags $CFLAGS -Iinclude/sodium -Iinclude -c "$file.c"
done
mkdir -p "$out/include" "$out/lib"
cp -R include/sodium.h include/sodium "$out/include"
rm -R "$out/include/sodium/private" "$out/include/sodium/version.h.in"
"$AR" rcsD "$out/lib/libsodium.a" ./*.o
