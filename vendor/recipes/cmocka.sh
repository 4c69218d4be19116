# shellcheck shell=bash disable=SC2154
# One file and what its cmake would find out on any Linux; so no cmake is needed.
# shellcheck disable=SC2086 # flags are words
$CC -std=gnu99 $CFLAGS -Iinclude -DHAVE_CLOCK_REALTIME -DHAVE_GCC_THREAD_LOCAL_STORAGE \
	-DHAVE_INTTYPES_H -DHAVE_MALLOC_H -DHAVE_SIGLONGJMP -DHAVE_SIGNAL_H -DHAVE_STRINGS_H \
	-DHAVE_STRSIGNAL -DHAVE_STRUCT_TIMESPEC -DHAVE_UINTPTR_T -c src/cmocka.c
mkdir -p "$out/include" "$out/lib"
cp include/cmocka.h include/cmocka_pbc.h "$out/include"
"$AR" rcsD "$out/lib/libcmocka.a" cmocka.o
