# shellcheck shell=bash disable=SC2154
# cJSON reads back each number that it prints, by sscanf(text, "%lg", &number). strtod(3), with which
# it parses, does the same; in a static program scanf(3) is 3 KB more.
cat >program.c <<-END
	#include <stdio.h>
	#include <stdlib.h>
	#define sscanf(text, format, number) (*(number) = strtod(text, NULL), 1)
	#include "cJSON.c"
END
# shellcheck disable=SC2086 # flags are words
$CC -std=c99 $CFLAGS -c -o cJSON.o program.c
mkdir -p "$out/include" "$out/lib"
cp cJSON.h "$out/include"
"$AR" rcsD "$out/lib/libcjson.a" cJSON.o
