# shellcheck shell=bash disable=SC2034,SC2154
# How libraries and sources become what build.sh links. Sourced by it after vendor/lib.sh.

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
	vendor/anchors.sh build/gen
	make -s -j"$jobs" -f vendor/objects.mk DIR="$dir" CC="$cc" AR="${CROSS}ar" SOURCES="$sources" \
		FLAGS="$(tr -s '\n\t' ' ' <<<"$flags $includes -I src")" LIBS="$link" \
		BUILD_INFO="$build_info" "$@"
}
