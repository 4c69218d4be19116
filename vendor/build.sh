#!/usr/bin/env bash
# build.sh VARIANT NAME... - build components of vendor/lock and print their folders, one a line
#
# VARIANT musl is for the product: static, small, against our musl. VARIANT host is for unit
# tests: this machine's C library, AddressSanitizer. A folder holds include/ and lib/ and is named
# after everything that went into it (lock line, recipe, compiler, flags), so that it is built
# once and a change of any of them builds it anew. It appears whole or not at all.
#
# A recipe is sourced in the unpacked source with CC, AR, RANLIB, CFLAGS, jobs, `out` (to fill) and
# `prefix` (what `out` will be called in the end) set; a line `# needs: NAME` in it puts the headers
# of NAME in CFLAGS. CROSS=aarch64-linux-gnu- crosses.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

variant=$1
shift
CROSS=${CROSS:-}
host_cc=${CROSS}${HOST_CC:-gcc}
export AR=${CROSS}ar RANLIB=${CROSS}ranlib CC CFLAGS
common="-ffunction-sections -fdata-sections -fstack-protector-strong"
# No unwind tables: nothing unwinds C here, and they are a tenth of the size.
musl_flags="-Os $common -fno-pie -fno-asynchronous-unwind-tables -fno-unwind-tables"
host_flags="-O1 -g -fno-omit-frame-pointer -fsanitize=address $common"
# shellcheck disable=SC2034 # for the recipes
jobs=$(nproc)

# use_variant NAME - set CC, CFLAGS and all that the key of NAME depends on
use_variant() {
	local need
	CC=$host_cc
	case $variant in
	musl)
		CFLAGS=$musl_flags
		[ "$1" = musl ] || CC=$("$vendor/build.sh" musl musl)/bin/cc
		;;
	host) CFLAGS=$host_flags ;;
	*) die "build variant $variant: it is musl or host" ;;
	esac
	while read -r need; do
		CFLAGS+=" -isystem $("$vendor/build.sh" "$variant" "$need")/include"
	done < <(sed -n 's/^# needs: //p' "$vendor/recipes/$1.sh" 2>/dev/null)
}

# folder NAME - where NAME is, or will be
folder() {
	local key
	lock_get "$1"
	[ -f "$vendor/recipes/$1.sh" ] || die "build $1: it has no recipe yet"
	key=$(printf '%s\n' "$line" "$variant" "$CC" "$CFLAGS" "$("$host_cc" --version)" |
		cat - "$vendor/recipes/$1.sh" "$vendor/build.sh" | sha256)
	printf '%s/%s-%s\n' "$cache" "$1" "${key:0:20}"
}

build() {
	local name=$1 prefix=$2 tarball status start=$SECONDS
	tarball=$("$vendor/fetch.sh" "$name")
	room "$cache" 100
	tmp=$(mktemp -d "$cache/.build.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT # not local: also when it is interrupted
	mkdir "$tmp/src" "$tmp/out"
	tar -xf "$tarball" -C "$tmp/src" --strip-components=1
	[ "$tree" = - ] || [ "$tree" = "$(tree_sum "$tmp/src")" ] ||
		die "build $name: its unpacked source differs from the tree hash in vendor/lock"
	set +e # in the condition of an if, the recipe's set -e would mean nothing
	(
		set -e
		cd "$tmp/src"
		CFLAGS+=" -ffile-prefix-map=$tmp/src=$name"
		# shellcheck disable=SC2034 # for the recipe
		out=$tmp/out
		# shellcheck disable=SC1090
		. "$vendor/recipes/$name.sh"
	) >"$tmp/log" 2>&1
	status=$?
	set -e
	if [ $status -ne 0 ]; then
		tail -n 40 "$tmp/log" >&2
		mv "$tmp/log" "$cache/$name.log"
		die "build $name $version; the whole log: $cache/$name.log"
	fi
	# another run may have been faster: its folder holds the same
	mv -T "$tmp/out" "$prefix" 2>/dev/null || [ -d "$prefix" ] || die "create $prefix"
	rm -rf "$tmp"
	say "vendor: $name $version ($variant) $((SECONDS - start)) s"
}

mkdir -p "$cache"
for name; do
	use_variant "$name"
	prefix=$(folder "$name")
	if [ ! -d "$prefix" ]; then
		# all at once, so that a mirror is asked for its lists only once
		"$vendor/fetch.sh" "$@" >/dev/null
		lock_get "$name"
		build "$name" "$prefix"
	fi
	printf '%s\n' "$prefix"
done
