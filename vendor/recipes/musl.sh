# shellcheck shell=bash disable=SC2154
# musl's C library, static only, and bin/cc: the machine's gcc made to see nothing but it.
#
# Not Debian's musl-gcc: asked for a static PIE that one links the dynamic loader in. Here every
# link is static, because the specs know no other.
./configure --prefix="$prefix" --disable-shared --disable-wrapper CC="$CC" CFLAGS="$CFLAGS" \
	CROSS_COMPILE="$CROSS"
make -j"$jobs"
make install-headers install-libs DESTDIR="$PWD/stage"
cp -a "stage$prefix/." "$out"

# The kernel's interface (linux/, asm/) is the distribution's; it brings no C library with it.
for dir in linux asm-generic asm; do
	for from in "/usr/${CROSS%-}/include" /usr/include "/usr/include/$("$CC" -print-multiarch)"; do
		[ ! -d "$from/$dir" ] || [ -e "$out/include/$dir" ] || ln -s "$from/$dir" "$out/include/$dir"
	done
done

cat >"$out/lib/static.specs" <<SPECS
%rename cpp_options old_cpp_options

*cpp_options:
-nostdinc -isystem $prefix/include -isystem include%s %(old_cpp_options)

*cc1:
%(cc1_cpu) -nostdinc -isystem $prefix/include -isystem include%s

*link_libgcc:
-L$prefix/lib -L .%s

*libgcc:
libgcc.a%s %:if-exists(libgcc_eh.a%s)

*startfile:
$prefix/lib/crt1.o $prefix/lib/crti.o crtbeginT.o%s

*endfile:
crtend.o%s $prefix/lib/crtn.o

*link:
-nostdlib -static

SPECS
mkdir -p "$out/bin"
printf '#!/bin/sh\nexec %s -specs=%s -static -no-pie "$@"\n' "$CC" "$prefix/lib/static.specs" \
	>"$out/bin/cc"
chmod +x "$out/bin/cc"
