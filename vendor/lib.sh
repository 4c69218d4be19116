# shellcheck shell=bash disable=SC2034
# What the scripts of this folder share.

vendor=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tsfunnel

say() { printf '%s\n' "$*" >&2; }

die() {
	say "cannot $*"
	exit 1
}

sha256() { sha256sum "$@" | cut -c -64; }

# room DIR MIB - stop where a full disk would do so halfway, and less clearly
room() {
	local free
	free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$2" ] || die "write to $1: it has $free MiB left, and $2 MiB are needed"
}

# lock_get NAME - set version, sums, tree, upstream, debian and line from the lock file
lock_get() {
	# shellcheck disable=SC2034 # for whoever sources this file
	line=$(awk -v name="$1" '$1 == name' "$vendor/lock")
	[ -n "$line" ] || die "find component $1: not in vendor/lock"
	# shellcheck disable=SC2034
	read -r _ version _ sums tree upstream debian <<<"$line"
}

# sum_known FILE - is its sha256 one of $sums
sum_known() {
	case ",$sums," in *,"$(sha256 "$1")",*) return 0 ;; esac
	return 1
}

# tree_sum DIR - one sha256 over the C files that a component may be built from: that of the
# output of sha256sum for all of them, "./path" relative to DIR, in byte order of the paths
tree_sum() {
	(
		cd "$1" || exit
		find . -type d \( -name contrib -o -name examples -o -name samples -o -name test \
			-o -name tools -o -name T0 \) -prune -o -name '*.[ch]' -print0 |
			LC_ALL=C sort -z | xargs -0 sha256sum | sha256
	)
}
