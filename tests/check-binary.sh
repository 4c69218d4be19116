#!/usr/bin/env bash
# check-binary.sh UNSTRIPPED STRIPPED [MAX-KIB] - what every link must have given; names what it has not
#
# A static link can go wrong in silence: a dynamic loader in the file, an executable stack from one
# assembler object, a stack protector that the compiler was told about and nothing calls.
set -euo pipefail
export LC_ALL=C

unstripped=$1 binary=$2 max_kib=${3:-450} failed=0
headers=$(readelf -lW "$binary")
size=$(stat -c %s "$binary")

fail() {
	printf 'check: %s: %s\n' "$binary" "$*" >&2
	failed=1
}

# segment TYPE - its flags, one line a segment: "R", "R E", "RW"
segment() { awk -v type="$1" '$1 == type { f = $7; if ($8 !~ /^0x/) f = f $8; print f }' <<<"$headers"; }

[ -z "$(segment INTERP)" ] || fail "has an INTERP segment: it asks for a dynamic loader"
grep -q NEEDED <<<"$(readelf -dW "$binary" 2>&1)" && fail "has a NEEDED entry: it asks for a shared library"
[ "$(segment GNU_STACK)" = RW ] || fail "GNU_STACK is '$(segment GNU_STACK)', not RW"
[ -n "$(segment GNU_RELRO)" ] || fail "has no GNU_RELRO segment"
! grep -q RWE <<<"$(segment LOAD)" || fail "has a segment that is writable and executable"
grep -q " T __stack_chk_fail$" <<<"$(nm "$unstripped")" || fail "__stack_chk_fail is not linked"
[ "$size" -le $((max_kib * 1024)) ] || fail "is $size bytes, more than $max_kib KiB"
exit $failed
