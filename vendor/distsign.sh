#!/usr/bin/env bash
# distsign.sh FILE [NAME] - print the root keys of FILE as C, see src/trust/roots.h
#
# FILE is what Tailscale's distsign tool writes: blocks "ROOT PUBLIC KEY" of one base64 line, empty
# lines between them, nothing else. A key that is there by accident or read wrongly would be trusted
# with every file of Tailscale, so whatever is not exactly that is refused.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

file=$1
max_keys=8

refuse() { die "take root keys from $file: $*"; }

# key LINE-NUMBER BASE64 - print the bytes of one key as C
key() {
	local bytes
	[[ $2 =~ ^[A-Za-z0-9+/]{43}=$ ]] || refuse "line $1 is not one key of 32 bytes in base64"
	bytes=$(base64 -d <<<"$2" | od -An -v -tx1 | tr -d '\n')
	# two encodings of the same bytes would be two different lines
	[ "$(printf '%b' "${bytes// /\\x}" | base64)" = "$2" ] ||
		refuse "line $1 is not canonical base64"
	printf '\t{%s },\n' "${bytes// /, 0x}" | sed 's/{,/{/'
}

[ -r "$file" ] || refuse "it cannot be read"
[ "$(tr -d '\0' <"$file" | wc -c)" -eq "$(wc -c <"$file")" ] || refuse "it holds NUL bytes"
name=${2:-$(basename "$file" | tr -c 'A-Za-z0-9._\n-' _ | cut -c -40)-$(sha256 <"$file" | cut -c -8)}
number=0 expected=begin keys='' count=0
while IFS= read -r text || [ -n "$text" ]; do
	number=$((number + 1))
	case $expected:$text in
	begin:) ;;
	begin:'-----BEGIN ROOT PUBLIC KEY-----') expected=key ;;
	end:'-----END ROOT PUBLIC KEY-----') expected=begin ;;
	key:*)
		bytes=$(key "$number" "$text")
		case $keys in *"$bytes"*) refuse "line $number is a key for the second time" ;; esac
		keys+=$bytes$'\n' count=$((count + 1)) expected=end
		;;
	*) refuse "line $number is not what stands in a list of ROOT PUBLIC KEY blocks" ;;
	esac
done <"$file"
[ "$expected" = begin ] || refuse "it ends within a block"
[ "$count" -ge 1 ] || refuse "it holds none"
[ "$count" -le $max_keys ] || refuse "it holds $count, more than $max_keys"

cat <<END
/* made by vendor/distsign.sh */
#include "trust/roots.h"

const unsigned char distsign_roots[][32] = {
$keys};
const size_t distsign_root_count = $count;
const char distsign_roots_name[] = "$name";
END
