#!/usr/bin/env bash
# fetch.sh NAME... - put the tarballs that vendor/lock names into the cache and print their paths
#
# Two sources, one judge. Upstream is asked first; where it cannot be reached, the Debian mirror
# that this machine's apt already uses, or for a Go module the proxy that its go uses. Whatever
# comes, only its sha256 decides: apt's exit code and signatures play no part (a mirror may have
# dropped the .dsc and still hold the tarball).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

src=$cache/src
mkdir -p "$src"
tmp=$(mktemp -d "$src/.fetch.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
upstream_down=

tarball() { printf '%s/%s-%s.tarball' "$src" "$1" "$version"; }

# check FILE WHENCE - stop, without FILE, if the lock does not know its hash
check() {
	sum_known "$1" && return
	say "sha256 of $1 ($2): $(sha256 "$1")"
	say "vendor/lock has ${sums//,/ or }"
	rm -f "$1"
	die "use $1: wrong sha256, so it was removed; nothing was built from it"
}

# from_upstream NAME - one try. A site that does not answer is taken as "no upstream today", so
# that a machine behind a mirror loses a few seconds once.
from_upstream() {
	local file=$tmp/$1 rc=0
	[ "$upstream" != - ] || return 1
	if command -v curl >/dev/null; then
		curl -fsL --connect-timeout 4 --speed-limit 1000 --speed-time 20 \
			-o "$file" "$upstream" || rc=$?
		case $rc in 5 | 6 | 7 | 28 | 35 | 56 | 60) upstream_down=1 ;; esac
	elif command -v wget >/dev/null; then
		wget -q --tries=1 --timeout=20 --dns-timeout=4 --connect-timeout=4 \
			-O "$file" "$upstream" || rc=$?
		case $rc in 4 | 5) upstream_down=1 ;; esac
	else
		upstream_down=1
		return 1
	fi
	[ $rc -eq 0 ] || return 1
	check "$file" "$upstream"
	mv "$file" "$(tarball "$1")"
}

# mirrors - the base addresses of this machine's mirrors of Debian
mirrors() {
	# shellcheck disable=SC2016 # the variables are apt's
	apt-get indextargets --format '$(RELEASE) $(SITE)' 'Created-By: Packages' | sort -u |
		while read -r release site; do
			# the base suite's mirrors hold every suite; -security and -updates do not
			case $release in *-*) ;; *) echo "$site" ;; esac
		done | sort -u
}

# from_pool NAME - from where every mirror keeps it. Indexes name the newest revision alone, and
# are large; a tarball stays where it is for as long as any suite needs it.
from_pool() {
	local site source file
	[ -x /usr/lib/apt/apt-helper ] || return 0
	source=$(cut -d/ -f2 <<<"$debian")
	case $source in lib*) file=${source:0:4} ;; *) file=${source:0:1} ;; esac
	file=main/$file/$source/${debian##*/}
	for site in $(mirrors); do
		/usr/lib/apt/apt-helper -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 \
			download-file "$site/pool/${file//+/%2b}" "$tmp/$1" >"$tmp/apt.log" 2>&1 || continue
		check "$tmp/$1" "Debian $debian"
		mv "$tmp/$1" "$(tarball "$1")"
		return
	done
}

# apt_sources NAME... - a sources list: the suites of these components on this machine's mirrors
apt_sources() {
	local name site
	for site in $(mirrors); do
		for name; do
			lock_get "$name"
			# trusted: an older machine lacks a newer suite's key, and sha256 decides
			printf 'deb-src [trusted=yes] %s %s main\n' "$site" "${debian%%/*}"
		done
	done | sort -u
}

# from_debian NAME... - as Debian source packages, with a state of apt that is ours alone, so that
# the machine's lists and sources stay as they are
from_debian() {
	local name opts packages=()
	command -v apt-get >/dev/null || return 0
	mkdir -p "$tmp/lists/partial" "$tmp/cache/archives/partial" "$tmp/debian"
	apt_sources "$@" >"$tmp/sources.list"
	opts=(-qq -o "Dir::Etc::SourceList=$tmp/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o "Dir::State::Lists=$tmp/lists" -o "Dir::Cache=$tmp/cache"
		-o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=2
		-o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20)
	for name; do
		lock_get "$name"
		packages+=("$(cut -d/ -f2 <<<"$debian")")
	done
	(cd "$tmp/debian" && apt-get "${opts[@]}" update &&
		apt-get "${opts[@]}" --only-source --download-only source "${packages[@]}") \
		>"$tmp/apt.log" 2>&1 || true
	for name; do
		lock_get "$name"
		[ -f "$tmp/debian/${debian##*/}" ] || continue
		check "$tmp/debian/${debian##*/}" "Debian $debian"
		mv "$tmp/debian/${debian##*/}" "$(tarball "$name")"
	done
}

# from_go NAME - as a Go module. Go is not asked to judge either, so a folder without go.sum will do.
from_go() {
	local zip
	command -v go >/dev/null || return 0
	mkdir -p "$tmp/go"
	zip=$(cd "$tmp/go" && "$vendor/../tests/go.sh" mod download -json "${debian#go:}" 2>"$tmp/go.log" |
		sed -n 's/^[[:space:]]*"Zip": "\(.*\)",*$/\1/p') || true
	[ -f "$zip" ] || return 0
	cp "$zip" "$tmp/$1"
	check "$tmp/$1" "Go module ${debian#go:}"
	mv "$tmp/$1" "$(tarball "$1")"
}

# missing NAME... - those that are not in the cache yet
missing() {
	local name
	for name; do
		lock_get "$name"
		[ -f "$(tarball "$name")" ] || printf '%s\n' "$name"
	done
}

for name; do
	lock_get "$name"
	[ ! -f "$(tarball "$name")" ] || check "$(tarball "$name")" "in the cache"
done
mapfile -t want < <(missing "$@")
if [ ${#want[@]} -gt 0 ]; then
	say "fetch: ${want[*]}"
	room "$src" 100 # apt's lists, for a while
	for name in "${want[@]}"; do
		lock_get "$name"
		[ -n "$upstream_down" ] || from_upstream "$name" || true
	done
	want=()
	for name in $(missing "$@"); do
		lock_get "$name"
		case $debian in go:*) from_go "$name" ;; *) from_pool "$name" ;; esac
	done
	for name in $(missing "$@"); do
		lock_get "$name"
		case $debian in go:*) ;; *) want+=("$name") ;; esac
	done
	[ ${#want[@]} -eq 0 ] || from_debian "${want[@]}"
	# one site may be down while the others are not, and apt may know nothing
	for name in $(missing "$@"); do
		lock_get "$name"
		from_upstream "$name" && continue
		for log in apt go; do
			[ ! -s "$tmp/$log.log" ] || sed "s/^/$log: /" "$tmp/$log.log" >&2
		done
		case $debian in go:*) die "fetch $name $version: go mod download does not bring it" ;; esac
		[ "$upstream" != - ] || die "fetch $name $version: not as Debian source $debian"
		die "fetch $name $version: neither from $upstream nor as Debian source $debian"
	done
fi
for name; do
	lock_get "$name"
	tarball "$name"
	echo
done
