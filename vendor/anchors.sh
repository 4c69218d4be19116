#!/usr/bin/env bash
# anchors.sh DIR - make C of whom the program believes, and put it into DIR
#
#   anchors.c         the TLS roots that vendor/roots asks for; see src/net/anchors.h
#   distsign_roots.c  the keys at the head of Tailscale's signatures; see src/trust/roots.h
#
# All bytes come out of sources that vendor/lock pins. Tailscale's has to be the module that
# tests/go.sum pins too, so that the tests run the Tailscale whose roots are built in. Made once, in
# a folder of the cache that is named after all that went in and appears whole or not at all.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# brssl runs here, whatever machine the product is for
export CROSS=

lock_get tailscale
module=tailscale.com@$version
wanted=$(sed 's/#.*//; /^$/d' "$vendor/roots")
go_sum=$(awk -v v="$version" '$1 == "tailscale.com" && $2 == v { print $3 }' "$vendor/../tests/go.sum")
key=$({
	for name in tailscale ca-certificates bearssl; do lock_get "$name" && echo "$line"; done
	echo "$go_sum"
	cat "$vendor/roots" "$vendor/anchors.sh" "$vendor/distsign.sh"
} | sha256)
made=$cache/anchors-${key:0:20}

# module_sum DIR - the hash that go.sum has for the module unpacked in DIR
module_sum() {
	local hex
	hex=$(cd "$1" && find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256)
	printf 'h1:'
	# shellcheck disable=SC2001 # a backslash and x before each pair
	printf '%b' "$(sed 's/../\\x&/g' <<<"$hex")" | base64
}

# keep COMPONENT - file the DER certificate on stdin under its hash
keep() {
	mkdir -p "$tmp/$1"
	cat >"$tmp/der"
	mv "$tmp/der" "$tmp/$1/$(sha256 "$tmp/der")"
}

# from_pem COMPONENT - keep the certificates that stand as PEM in the text on stdin
from_pem() {
	local base64
	awk '/^-----END CERTIFICATE-----/ { print text; on = 0 } on { text = text $0 }
		/^-----BEGIN CERTIFICATE-----/ { on = 1; text = "" }' |
		while read -r base64; do base64 -d <<<"$base64" | keep "$1"; done
}

# from_certdata COMPONENT - keep the certificates in Mozilla's certdata.txt on stdin
from_certdata() {
	local octal
	awk '/^END/ { if (on) print text; on = 0 } on { gsub(/\\/, "\\0"); text = text $0 }
		/^CKA_VALUE MULTILINE_OCTAL/ { on = 1; text = "" }' |
		while read -r octal; do printf '%b' "$octal" | keep "$1"; done
}

# pem - print the wanted certificates in the order of vendor/roots
pem() {
	local component sum name
	while read -r component sum name; do
		[ -f "$tmp/$component/$sum" ] ||
			die "find the root $name: vendor/roots wants it, the source of $component lacks it"
		echo '-----BEGIN CERTIFICATE-----'
		base64 -w 64 "$tmp/$component/$sum"
		echo '-----END CERTIFICATE-----'
	done <<<"$wanted"
}

# brssl - build BearSSL's command line tool, which prints trust anchors as C
brssl() {
	local folders
	mapfile -t folders < <("$vendor/build.sh" musl musl bearssl)
	mkdir "$tmp/bearssl"
	tar -xf "$cache/src/bearssl-$version.tarball" -C "$tmp/bearssl" --strip-components=1
	(cd "$tmp/bearssl" && "${folders[0]}/bin/cc" -w -Iinc -Isrc -o "$tmp/brssl" tools/*.c \
		"${folders[1]}/lib/libbearssl.a")
}

# anchors_c - print anchors.c out of $tmp/anchors.pem
anchors_c() {
	cat <<-END
		/* made by vendor/anchors.sh */
		#include "net/anchors.h"
	END
	"$tmp/brssl" ta -q "$tmp/anchors.pem" |
		sed 's/^static const br_x509_trust_anchor TAs/const br_x509_trust_anchor anchors/'
	printf '\nconst size_t anchors_count = TAs_NUM;\n'
	# not a string: C promises no more than 4095 characters in one
	printf '\nconst char anchors_pem[] = {\n'
	od -An -v -tx1 "$tmp/anchors.pem" | sed 's/ \(..\)/ 0x\1,/g'
	printf ' 0x00\n};\nconst size_t anchors_pem_len = sizeof(anchors_pem) - 1;\n'
}

# make_all - fill $made
make_all() {
	local start=$SECONDS
	"$vendor/fetch.sh" tailscale ca-certificates bearssl >/dev/null
	tmp=$(mktemp -d "$cache/.anchors.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	mkdir "$tmp/out" "$tmp/module" "$tmp/mozilla"

	unzip -qo "$cache/src/tailscale-$version.tarball" -d "$tmp/module"
	[ "$(module_sum "$tmp/module")" = "$go_sum" ] ||
		die "use $module: it is in vendor/lock, but not with this content in tests/go.sum"
	cat "$tmp/module/$module/clientupdate/distsign/roots"/*.pem >"$tmp/distsign.pem"
	"$vendor/distsign.sh" "$tmp/distsign.pem" tailscale >"$tmp/out/distsign_roots.c"
	from_pem tailscale <"$tmp/module/$module/net/bakedroots/bakedroots.go"

	lock_get ca-certificates
	tar -xf "$cache/src/ca-certificates-$version.tarball" -C "$tmp/mozilla" --strip-components=1
	from_certdata ca-certificates <"$tmp/mozilla/mozilla/certdata.txt"

	pem >"$tmp/anchors.pem"
	lock_get bearssl
	brssl
	anchors_c >"$tmp/out/anchors.c"
	# a certificate that is no authority would be believed for itself alone
	[ "$(grep -c 'BR_X509_TA_CA,' "$tmp/out/anchors.c")" -eq "$(wc -l <<<"$wanted")" ] ||
		die "make trust anchors: not each root of vendor/roots became one"

	mv -T "$tmp/out" "$made" 2>/dev/null || [ -d "$made" ] || die "create $made"
	say "vendor: $(wc -l <<<"$wanted") roots $((SECONDS - start)) s"
}

[ -d "$made" ] || make_all
mkdir -p "$1"
for file in anchors.c distsign_roots.c; do
	cmp -s "$made/$file" "$1/$file" || cp "$made/$file" "$1/$file"
done
