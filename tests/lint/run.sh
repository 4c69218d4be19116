#!/usr/bin/env bash
# run.sh - every linter, one TAP line each; what it found stands above a `not ok`
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C
jobs=${JOBS:-$(nproc)}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tsfunnel/tidy
number=0 failed=0

# ours REGEX - files of the project whose path matches, new ones too
ours() {
	if [ -e .git ]; then
		git ls-files -co --exclude-standard
	else
		find . -path ./build -prune -o -type f -printf '%P\n'
	fi | grep -E "$1" | sort -u | while read -r file; do [ ! -f "$file" ] || echo "$file"; done
}

# check NAME COMMAND... - one TAP line
check() {
	local name=$1 start=$SECONDS word=ok
	shift
	"$@" || {
		word='not ok'
		failed=1
	}
	number=$((number + 1))
	echo "$word $number - $name ($((SECONDS - start)) s)"
}

lint_format() { clang-format --dry-run -Werror "${c_files[@]}"; }

# tidy_one FILE - clang-tidy, unless this very text (headers, flags, checks and all) passed before
tidy_one() {
	local key
	# shellcheck disable=SC2086 # flags are words
	key=$({
		clang-tidy --version
		echo "$flags"
		cat .clang-tidy "$1"
		"$cc" ${flags/-nostdlibinc/} -E -dD -C "$1"
	} | sha256sum | cut -c -64)
	[ ! -e "$cache/$key" ] || return 0
	# shellcheck disable=SC2086
	clang-tidy --quiet "$1" -- $flags 2>&1 | grep -v 'warnings generated\|^Suppressed\|^Use -header'
	[ "${PIPESTATUS[0]}" -eq 0 ] && touch "$cache/$key"
}

lint_tidy() {
	mkdir -p "$cache"
	export -f tidy_one
	export flags cc cache
	printf '%s\n' "${sources[@]}" | xargs -P "$jobs" -I{} bash -c 'tidy_one {}'
}

lint_opt_outs() {
	local name missing=0
	while read -r name; do
		grep -qF -- "# $name: " .clang-tidy && continue
		echo ".clang-tidy: $name is turned off and no line says why"
		missing=1
	done < <(sed -n 's/^  -\([^ ,]*\),\?$/\1/p' .clang-tidy)
	return $missing
}

lint_cppcheck() {
	cppcheck --quiet --enable=all --inconclusive --inline-suppr --error-exitcode=1 -j "$jobs" \
		--std=c11 --platform=unix64 --library=posix,gnu -D_GNU_SOURCE -D__linux__ -I src \
		'-DcJSON_ArrayForEach(item,list)=while ((item = next_of(item, list)) != NULL)' \
		--suppressions-list=tests/lint/cppcheck.txt "${sources[@]}"
}

lint_shell() { shellcheck -x "${shell_files[@]}"; }

lint_gofmt() {
	local found
	found=$("$(tests/go.sh env GOROOT)/bin/gofmt" -l tests) || return 1
	[ -z "$found" ] || {
		echo "not formatted: $found"
		return 1
	}
}

lint_vet() (cd tests && ./go.sh vet ./...)

flags=$(./build.sh lint_flags) || exit 1
cc=$(vendor/build.sh musl musl)/bin/cc
mapfile -t c_files < <(ours '^(src|tests)/.*\.[ch]$')
mapfile -t sources < <(ours '^src/.*\.c$')
mapfile -t shell_files < <(ours '\.sh$|^\.ci/run$')

[ ${#sources[@]} -gt 0 ] || {
	echo "git lists no sources"
	exit 1
}

check clang-format lint_format
check clang-tidy lint_tidy
check clang-tidy-opt-outs lint_opt_outs
check cppcheck lint_cppcheck
check shellcheck lint_shell
if [ -e tests/go.mod ] && command -v go >/dev/null; then
	check gofmt lint_gofmt
	check go-vet lint_vet
fi
echo "1..$number"
[ $failed -eq 0 ]
