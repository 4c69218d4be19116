# shellcheck shell=bash disable=SC2154
make -j"$jobs" lib CC="$CC" AR="$AR" ARFLAGS=-rcsD CFLAGS="$CFLAGS"
mkdir -p "$out/include" "$out/lib"
cp inc/*.h "$out/include"
cp build/libbearssl.a "$out/lib"
