#!/usr/bin/env bash
# run.sh NAME SECONDS - fuzz with libFuzzer, from corpus/NAME; what is new goes to build/fuzz/NAME
#
# A finding is left in build/fuzz as NAME-crash-*; once mended, add it to the corpus. Inputs that
# reach new code are added by hand too: run.sh merge NAME copies the fewest that reach all. Each
# fuzzer names the files of src/ that it exercises in a line "Sources:".
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C
merge=''
if [ "${1:-}" = merge ]; then
	merge=yes
	shift
fi
name=${1:?usage: run.sh [merge] NAME [SECONDS]} seconds=${2:-60}
includes='' libs=''
for dir in $(vendor/build.sh host cjson libsodium bearssl libb2 libarchive zlib); do
	includes+=" -isystem $dir/include" libs+=" $(echo "$dir"/lib/lib*.a)"
done
mkdir -p "build/fuzz/$name"
# What it exercises, compiled anew because coverage is counted in it.
sources=$(sed -n 's/^ \* Sources: //p' "tests/fuzz/fuzz_$name.c" | tr ' ' '\n' | sed 's|^|src/|')
# shellcheck disable=SC2086 # lists of words
clang -std=c11 -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer $includes -I src \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	-DTSFUNNEL_VERSION='"0"' -DTSFUNNEL_COMMIT='"0"' -DTSFUNNEL_BUILD_EPOCH=0 \
	-o "build/fuzz/fuzz_$name" "tests/fuzz/fuzz_$name.c" $sources $libs
if [ -n "$merge" ]; then
	exec "build/fuzz/fuzz_$name" -merge=1 "tests/fuzz/corpus/$name" "build/fuzz/$name"
fi
exec "build/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
	-print_final_stats=1 -artifact_prefix="build/fuzz/$name-" "build/fuzz/$name" "tests/fuzz/corpus/$name"
