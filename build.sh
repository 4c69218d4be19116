#!/usr/bin/env bash
# Builds and tests tsfunnel; `./build.sh help` lists the commands.
set -euo pipefail
cd -P "$(dirname "$0")"
export LC_ALL=C
# shellcheck source=vendor/lib.sh
. vendor/lib.sh
# shellcheck source=vendor/need.sh
. vendor/need.sh

version=0.1.0
max_kib=450
export CROSS=${CROSS:-} # aarch64-linux-gnu- and the like
jobs=${JOBS:-$(nproc)}
# Root may build in another user's folder, where git tells it nothing without this.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$PWD

warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
	-Wvla -Wformat=2 -Werror"
language="-std=c11 -D_GNU_SOURCE"
# Static and at a fixed address, so position independence and unwind tables would be dead weight.
product_flags="$language -Os $warnings -fstack-protector-strong -ffunction-sections
	-fdata-sections -static -fno-pie -fno-asynchronous-unwind-tables -fno-unwind-tables"
# Code and constants share one read-execute segment: two pages less in the file and in memory.
link_flags="-static -Wl,--gc-sections -Wl,-z,relro,-z,now,-z,noexecstack -Wl,-z,noseparate-code
	-Wl,--build-id=none"
# The sanitizers make gcc suspect uninitialised variables where there are none.
unit_flags="$language -O1 -g $warnings -Wno-maybe-uninitialized -fno-omit-frame-pointer
	-fsanitize=address,undefined -fno-sanitize-recover=all"
product_libs="cjson bearssl libsodium libb2 libarchive zlib"
unit_libs="$product_libs cmocka"

usage() {
	cat <<-END
		usage: ./build.sh COMMAND

		  build                  build/tsfunnel, static and checked
		  test [GROUP] [PATTERN] unit, golden, lint, e2e, or one of them; PATTERN picks unit
		                         programs and Go tests by name
		  demo [--keep]          boot a throw-away VM, install in it, fetch the page from outside;
		                         --keep leaves it up
		  lint                   same as: test lint
		  bench matrix           tsfunnel, the bare unit and funnel --bg through the same faults
		  clean                  remove build/
		  help                   this text

		Third-party libraries are built once, in $cache.
		JOBS=N limits parallel compilers.
	END
}

# vendor VARIANT NAME... - build libraries; set includes and libs to what compiler and linker need
vendor() {
	local variant=$1 folders folder
	shift
	folders=$(vendor/build.sh "$variant" "$@")
	includes='' libs=''
	for folder in $folders; do
		includes+=" -isystem $folder/include"
		libs+=" $(echo "$folder"/lib/lib*.a)"
	done
}

# read_sources - set sources from src/sources; a file beside the list is an error, because it
# would look like a part of the program and not be one
read_sources() {
	local listed present
	listed=$(sed 's/#.*//; s/[[:space:]]*$//; /^$/d' src/sources | sort)
	present=$(find src -name '*.c' -printf '%P\n' | sort)
	[ "$listed" = "$present" ] || {
		comm -3 <(cat <<<"$listed") <(cat <<<"$present") |
			sed 's/^\t\(.*\)/src\/\1: not in src\/sources/; t; s/$/: in src\/sources, not in src\//' >&2
		die "compile: src/sources and the files under src/ differ"
	}
	sources=$(tr '\n' ' ' <<<"$listed")
}

# set_build_info - the version's macros: same commit, same bytes
set_build_info() {
	local commit epoch
	export GIT_OPTIONAL_LOCKS=0
	commit=$(git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null || echo unknown)
	epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
	build_info="-DTSFUNNEL_VERSION='\"$version\"' -DTSFUNNEL_COMMIT='\"$commit\"'"
	build_info+=" -DTSFUNNEL_BUILD_EPOCH=$epoch"
}

# compile DIR CC FLAGS LIBS [MAKE-ARGUMENT...] - see vendor/objects.mk
compile() {
	local dir=$1 cc=$2 flags=$3 link=$4
	shift 4
	read_sources
	set_build_info
	make -s -j"$jobs" -f vendor/objects.mk DIR="$dir" CC="$cc" AR="${CROSS}ar" SOURCES="$sources" \
		FLAGS="$(tr -s '\n\t' ' ' <<<"$flags $includes -I src")" LIBS="$link" \
		BUILD_INFO="$build_info" "$@"
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

cmd_build() {
	local cc start=$SECONDS dir=build/obj/${CROSS}musl
	need compiler
	lock_build
	cc=$(vendor/build.sh musl musl)/bin/cc
	# shellcheck disable=SC2086 # lists of words, here and below
	vendor musl $product_libs
	compile "$dir" "$cc" "$product_flags" ''
	# shellcheck disable=SC2086
	"$cc" $link_flags -o "$dir/tsfunnel" "$dir/main.o" "$dir/tsfunnel.a" $libs
	"${CROSS}strip" --strip-all --remove-section=.comment -o "$dir/stripped" "$dir/tsfunnel"
	tests/check-binary.sh "$dir/tsfunnel" "$dir/stripped" "$max_kib" || die "use what was linked"
	mv "$dir/stripped" "build/${CROSS}tsfunnel"
	say "build/${CROSS}tsfunnel: $(stat -c %s "build/${CROSS}tsfunnel") bytes, $((SECONDS - start)) s"
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
	build) cmd_build ;;
	test) exec tests/run.sh "$@" ;;
	lint) exec tests/run.sh lint ;;
	demo)
		need compiler machine
		cmd_build
		run_go ./cmd/demo "$@" "$PWD/build/tsfunnel"
		;;
	bench)
		need compiler machine
		cmd_build
		run_go ./bench "$@" "$PWD/build/tsfunnel"
		;;
	clean)
		rm -rf build
		say "removed build/; third-party libraries stay in $cache"
		;;
	units | lint_flags) "cmd_$command" ;;
	need) need "$@" ;;
	help | -h | --help) usage ;;
	*)
		say "cannot run command $command: there is none of this name; see ./build.sh help"
		exit 64
		;;
	esac
}

main "$@"
