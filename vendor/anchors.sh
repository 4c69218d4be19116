#!/usr/bin/env bash
# anchors.sh DIR - make C of whom the program believes, and put it into DIR
#
#   anchors.c         the TLS roots that vendor/roots asks for; see src/net/anchors.h
#   distsign_roots.c  the keys at the head of Tailscale's signatures; see src/trust/roots.h
#
# All bytes come out of sources that vendor/lock pins. They have to be the modules that
# tests/go.sum pins too, so that the tests run the Tailscale whose roots are built in. Made once, in
# a folder of the cache that is named after all that went in and appears whole or not at all.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# brssl runs here, whatever machine the product is for
export CROSS=

# pinned COMPONENT - the hash that the tests' go.sum has for this Go module
pinned() {
	local module
	lock_get "$1"
	module=${debian#go:}
	awk -v m="${module%@*}" -v v="$version" '$1 == m && $2 == v { print $3 }' "$vendor/../tests/go.sum"
}

wanted=$(sed 's/#.*//; /^$/d' "$vendor/roots")
key=$({
	for name in tailscale x509roots bearssl; do lock_get "$name" && echo "$line"; done
	pinned tailscale && pinned x509roots
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

# from_bundle COMPONENT DIR - keep the certificates of bundle.der, cut as bundle.go beside it says
from_bundle() {
	local offset length
	awk '/certStartOff:/ { offset = $2 } /certLength:/ { print offset + 0, $2 + 0 }' "$2/bundle.go" |
		while read -r offset length; do
			head -c $((offset + length)) "$2/bundle.der" | tail -c "$length" | keep "$1"
		done
}

# unpack COMPONENT - a Go module into $tmp/module, and print its folder
unpack() {
	local module
	lock_get "$1"
	module=${debian#go:}
	mkdir -p "$tmp/module/$1"
	unzip -qo "$cache/src/$1-$version.tarball" -d "$tmp/module/$1"
	[ "$(module_sum "$tmp/module/$1")" = "$(pinned "$1")" ] ||
		die "use $module: it is in vendor/lock, but not with this content in tests/go.sum"
	echo "$tmp/module/$1/$module"
}

# certificates - link the wanted certificates to $tmp/wanted/NUMBER, in the order of vendor/roots
certificates() {
	local component sum name number=0
	mkdir "$tmp/wanted"
	while read -r component sum name; do
		[ -f "$tmp/$component/$sum" ] ||
			die "find the root $name: vendor/roots wants it, the source of $component lacks it"
		ln "$tmp/$component/$sum" "$tmp/wanted/$number"
		number=$((number + 1))
	done <<<"$wanted"
}

# brssl - build BearSSL's command line tool
brssl() {
	local folders
	mapfile -t folders < <("$vendor/build.sh" musl musl bearssl)
	mkdir "$tmp/bearssl"
	tar -xf "$cache/src/bearssl-$version.tarball" -C "$tmp/bearssl" --strip-components=1
	(cd "$tmp/bearssl" && "${folders[0]}/bin/cc" -w -Iinc -Isrc -o "$tmp/brssl" tools/*.c \
		"${folders[1]}/lib/libbearssl.a")
}

# anchors_c - print anchors.c
anchors_c() {
	local number last=$(($(wc -l <<<"$wanted") - 1))
	echo '/* made by vendor/anchors.sh */'
	echo '#include "net/anchors.h"'
	for number in $(seq 0 $last); do
		printf '\nstatic const unsigned char der%d[] = {\n' "$number"
		od -An -v -tx1 "$tmp/wanted/$number" | sed 's/ \(..\)/ 0x\1,/g'
		echo '};'
	done
	printf '\nconst struct anchor anchors[] = {\n'
	for number in $(seq 0 $last); do printf '\t{der%d, sizeof(der%d)},\n' "$number" "$number"; done
	printf '};\nconst size_t anchors_count = %d;\n' "$((last + 1))"
}

# make_all - fill $made
make_all() {
	local start=$SECONDS module
	"$vendor/fetch.sh" tailscale x509roots bearssl >/dev/null
	tmp=$(mktemp -d "$cache/.anchors.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	mkdir "$tmp/out"

	module=$(unpack tailscale)
	cat "$module/clientupdate/distsign/roots"/*.pem >"$tmp/distsign.pem"
	"$vendor/distsign.sh" "$tmp/distsign.pem" tailscale >"$tmp/out/distsign_roots.c"
	from_pem tailscale <"$module/net/bakedroots/bakedroots.go"

	module=$(unpack x509roots)
	from_bundle x509roots "$module/bundle"

	certificates
	anchors_c >"$tmp/out/anchors.c"
	lock_get bearssl
	brssl
	# a certificate that is no authority would be believed for itself alone
	"$tmp/brssl" ta -q "$tmp/wanted"/* >"$tmp/authorities"
	[ "$(grep -c 'BR_X509_TA_CA,' "$tmp/authorities")" -eq "$(wc -l <<<"$wanted")" ] ||
		die "make trust anchors: not each root of vendor/roots became one"

	mv -T "$tmp/out" "$made" 2>/dev/null || [ -d "$made" ] || die "create $made"
	say "vendor: $(wc -l <<<"$wanted") roots $((SECONDS - start)) s"
}

[ -d "$made" ] || make_all
mkdir -p "$1"
for file in anchors.c distsign_roots.c; do
	cmp -s "$made/$file" "$1/$file" || cp "$made/$file" "$1/$file"
done
