#!/usr/bin/env bash
# Builds and tests tsfunnel; `./build.sh help` lists the commands.
set -euo pipefail
called_from=$PWD
cd -P "$(dirname "$0")"
export LC_ALL=C
# shellcheck source=vendor/lib.sh
. vendor/lib.sh
# shellcheck source=vendor/need.sh
. vendor/need.sh
# shellcheck source=vendor/compile.sh
. vendor/compile.sh

version=0.1.0
max_kib=450
export CROSS=${CROSS:-} # aarch64-linux-gnu- and the like
jobs=${JOBS:-$(nproc)}
# Root may build in another user's folder, where git tells it nothing without this.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$PWD

warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
	-Wvla -Wformat=2 -Werror"
language="-std=c11 -D_GNU_SOURCE"
# Measured and left out: -flto, in the libraries too, saves 12 KB of 360, but every link takes 8 s, and
# code that must take the same time for every key is optimised across its functions; -Oz saves 2 KB,
# in the libraries 3 KB more, which then inflate and hash more slowly; other flags less than 0.4 KB.
# Static and at a fixed address, so position independence and unwind tables would be dead weight.
product_flags="$language -Os $warnings -fstack-protector-strong -ffunction-sections
	-fdata-sections -static -fno-pie -fno-asynchronous-unwind-tables -fno-unwind-tables"
# Code and constants share one read-execute segment: two pages less in the file and in memory.
link_flags="-static -Wl,--gc-sections -Wl,-z,relro,-z,now,-z,noexecstack -Wl,-z,noseparate-code
	-Wl,--build-id=none"
# The sanitizers make gcc suspect uninitialised variables where there are none.
unit_flags="$language -O1 -g $warnings -Wno-maybe-uninitialized -fno-omit-frame-pointer
	-fsanitize=address,undefined -fno-sanitize-recover=all"
# a library stands before those that it uses
product_libs="cjson libsodium bearssl libb2 libarchive zlib"
unit_libs="$product_libs cmocka"

usage() {
	cat <<-END
		usage: ./build.sh COMMAND

		  build                  build/tsfunnel, static and checked
		    --roots FILE         believe packages signed under the root keys in FILE, in the
		                         format of Tailscale's distsign, instead of Tailscale's own
		    --output FILE        write the program there
		  test [GROUP]... [PATTERN]
		                         unit, golden, lint, e2e, or some of them; PATTERN picks unit
		                         programs and Go tests by name, and must pick one
		  demo [--keep]          boot a throw-away VM, install in it, fetch the page from outside;
		                         --keep leaves it up
		  lint                   same as: test lint
		  bench matrix           tsfunnel, the bare unit and funnel --bg through the same faults
		    --times N            each N times (as without: once)
		    --rows PATTERN       only faults whose CLASS/NAME matches
		    --jobs J             J machines side by side (as without: 2)
		  bench fetch            a release of Tailscale from loopback to its place, against curl,
		                         sha256sum and tar; and the sizes
		    --times N            measure N times (as without: 5)
		  bench sizes            what the bytes of the program consist of, largest first
		    --by KIND            component (as without), file, or symbol
		    --top N              N rows, and one for the others
		  clean                  remove build/
		  help                   this text

		Third-party libraries are built once, in $cache.
		JOBS=N limits parallel compilers.
	END
}

usage_error() {
	say "cannot run $*; see ./build.sh help"
	exit 64
}

# Only one build writes to build/ at a time.
lock_build() {
	mkdir -p build/log
	exec 9>build/.lock
	flock -n 9 || {
		say "waiting for the other build.sh that writes to build/"
		flock 9
	}
}

# from_caller FILE - FILE as it is called from here
from_caller() { case $1 in /*) echo "$1" ;; *) echo "$called_from/$1" ;; esac; }

cmd_build() {
	local cc start=$SECONDS dir=build/obj/${CROSS}musl output=build/${CROSS}tsfunnel roots='' own=''
	while [ $# -gt 0 ]; do
		case $1:$# in
		--roots:1 | --output:1) usage_error "build: $1 lacks its FILE" ;;
		--roots:*) roots=$(from_caller "$2") ;;
		--output:*) output=$(from_caller "$2") ;;
		*) usage_error "build: there is no $1" ;;
		esac
		shift 2
	done
	need compiler
	lock_build
	cc=$(vendor/build.sh musl musl)/bin/cc
	# shellcheck disable=SC2086 # lists of words, here and below
	vendor musl $product_libs
	compile "$dir" "$cc" "$product_flags" ''
	if [ -n "$roots" ]; then
		vendor/distsign.sh "$roots" >"$dir/roots.c"
		own=$dir/roots.o # linked before the archive, so that the one in there is not taken
		# shellcheck disable=SC2086
		"$cc" $product_flags -I src -c -o "$own" "$dir/roots.c"
	fi
	# shellcheck disable=SC2086
	"$cc" $link_flags -o "$dir/tsfunnel" "$dir/main.o" $own "$dir/tsfunnel.a" $libs
	"${CROSS}strip" --strip-all --remove-section=.comment -o "$dir/stripped" "$dir/tsfunnel"
	tests/check-binary.sh "$dir/tsfunnel" "$dir/stripped" "$max_kib" || die "use what was linked"
	mkdir -p "$(dirname "$output")"
	mv "$dir/stripped" "$output"
	say "$output: $(stat -c %s "$output") bytes, $((SECONDS - start)) s"
	exec 9>&- # what runs next may go on for long, as demo --keep does
}

# Not for people: builds the unit tests and prints the folder of their programs.
cmd_units() {
	local units unit
	need compiler
	lock_build
	# shellcheck disable=SC2086
	vendor host $unit_libs
	units=$(find tests/unit -maxdepth 1 -name 'test_*.c' -printf '%f\n' | sed 's/\.c$//' | sort)
	compile build/obj/host gcc "$unit_flags" "$libs" UNITS="$(tr '\n' ' ' <<<"$units")" units >&2
	for unit in $units; do echo "build/obj/host/unit/$unit"; done
}

# Not for people: what clang-tidy is to be called with for a source of ours.
cmd_lint_flags() {
	local musl
	need compiler linters
	musl=$(vendor/build.sh musl musl)
	# shellcheck disable=SC2086
	vendor musl $product_libs
	set_build_info
	echo "$language -nostdlibinc -isystem $musl/include $includes -I src ${build_info//\'/}"
}

# bench_sizes ARGUMENT... - also of a program that has become too large. Links once more, the objects
# one by one: those of an archive do not tell their folders
bench_sizes() {
	local cc objects dir=build/obj/${CROSS}musl max_kib=4096
	cmd_build --output "$PWD/$dir/measured"
	lock_build
	cc=$(vendor/build.sh musl musl)/bin/cc
	# shellcheck disable=SC2086
	objects=$(printf " $dir/%s" ${sources//.c/.o} gen/anchors.o gen/distsign_roots.o)
	# shellcheck disable=SC2086
	"$cc" $link_flags -Wl,-Map="$dir/map" -o "$dir/mapped" $objects $libs
	exec 9>&-
	run_go ./cmd/sizes "$@" "$PWD/$dir/map" "$PWD/$dir/mapped" "$PWD/$dir/measured"
}

cmd_bench() {
	case ${1:-} in
	sizes)
		shift
		bench_sizes "$@"
		;;
	fetch)
		need compiler machine
		(run_go ./bench "$@" "$PWD/build/tsfunnel-bench")
		echo
		bench_sizes
		;;
	*)
		need compiler machine
		cmd_build
		run_go ./bench "$@" "$PWD/build/tsfunnel"
		;;
	esac
}

# run_go PACKAGE ARGUMENT... - become a program of tests/
run_go() {
	local program=$PWD/build/go/${1##*/} start=$SECONDS
	say "compiling ${1##*/}: minutes the first time, with the Go modules that it needs ..."
	cd tests
	export GO=$PWD/go.sh
	"$GO" build -o "$program" "$1"
	say "compiled ${1##*/}: $((SECONDS - start)) s"
	shift
	exec "$program" "$@"
}

main() {
	local command=${1:-help}
	[ $# -eq 0 ] || shift
	case $command in
	build) cmd_build "$@" ;;
	test) exec tests/run.sh "$@" ;;
	lint) exec tests/run.sh lint ;;
	demo)
		need compiler machine
		cmd_build
		run_go ./cmd/demo "$@" "$PWD/build/tsfunnel"
		;;
	bench) cmd_bench "$@" ;;
	clean)
		rm -rf build
		say "removed build/; third-party libraries stay in $cache"
		;;
	units | lint_flags) "cmd_$command" ;;
	need) need "$@" ;;
	help | -h | --help) usage ;;
	*) usage_error "command $command: there is none of this name" ;;
	esac
}

main "$@"
