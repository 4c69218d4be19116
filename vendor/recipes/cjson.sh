# shellcheck shell=bash disable=SC2154
# shellcheck disable=SC2086 # flags are words
$CC -std=c99 $CFLAGS -c cJSON.c
mkdir -p "$out/include" "$out/lib"
cp cJSON.h "$out/include"
"$AR" rcsD "$out/lib/libcjson.a" cJSON.o
