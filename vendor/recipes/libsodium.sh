# shellcheck shell=bash disable=SC2154
# Ed25519 and the SHA-512 under it, from a list of files; so no autotools are needed.
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
flags="-std=c99 -D_GNU_SOURCE -DCONFIGURED=1 -DSODIUM_STATIC -DHAVE_WEAK_SYMBOLS
	-DHAVE_EXPLICIT_BZERO"
# field arithmetic with 128-bit products where the compiler has them
# shellcheck disable=SC2086
case $($CC $CFLAGS -dM -E -x c /dev/null) in
*__SIZEOF_INT128__*) flags+=" -DHAVE_TI_MODE" ;;
esac
for file in absent crypto_core/ed25519/ref10/ed25519_ref10 crypto_hash/sha512/cp/hash_sha512_cp \
	crypto_sign/crypto_sign crypto_sign/ed25519/ref10/keypair crypto_sign/ed25519/ref10/open \
	crypto_sign/ed25519/ref10/sign crypto_sign/ed25519/sign_ed25519 \
	crypto_verify/sodium/verify sodium/utils; do
	# shellcheck disable=SC2086 # flags are words
	$CC $flags $CFLAGS -Iinclude/sodium -Iinclude -c "$file.c"
done
mkdir -p "$out/include" "$out/lib"
cp -R include/sodium.h include/sodium "$out/include"
rm -R "$out/include/sodium/private" "$out/include/sodium/version.h.in"
"$AR" rcsD "$out/lib/libsodium.a" ./*.o
