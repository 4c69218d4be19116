#!/usr/bin/env bash
# go.sh ARGUMENT... - run a go that is new enough for tests/go.mod
#
# A go since 1.21 fetches the toolchain that go.mod asks for by itself. An older one (Debian 12 has
# 1.19) does not know how, but toolchains are Go modules: it can download one, checked against the
# checksum database like any other, through whatever proxy this machine's go is set up with.
set -euo pipefail

mod=$(cd "$(dirname "$0")" && pwd)/go.mod
wanted=$(awk '$1 == "go" { v = $2 } $1 == "toolchain" { t = substr($2, 3) } END { print t ? t : v }' "$mod")
found=$(cd / && GOTOOLCHAIN=local go env GOVERSION)
found=${found#go}

# no commit in the programs: git may refuse to tell it, as it does root in another user's folder
GOFLAGS="$(cd / && GOTOOLCHAIN=local go env GOFLAGS) -buildvcs=false"
export GOFLAGS

# at_least A B - is version A not older than B
at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

if at_least "$found" "$wanted"; then
	GOTOOLCHAIN=local exec go "$@"
elif at_least "$found" 1.21; then
	GOTOOLCHAIN=auto exec go "$@"
fi

os_arch=$(go env GOOS).$(go env GOARCH)
os_arch=${os_arch/./-}
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
dir=$(cd "$empty" && go mod download -json "golang.org/toolchain@v0.0.1-go$wanted.$os_arch" |
	sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p')
rm -rf "$empty"
if ! [ -x "$dir/bin/go" ] || ! [ -e "$dir/src/go.mod" ]; then
	# a module zip has no mode bits and no nested go.mod; a new go mends both when it switches
	chmod -R u+w "$dir"
	chmod +x "$dir"/bin/* "$dir"/pkg/tool/*/*
	find "$dir/src" -name _go.mod -execdir cp -n _go.mod go.mod ';'
fi
GOROOT=$dir GOTOOLCHAIN=local PATH=$dir/bin:$PATH exec "$dir/bin/go" "$@"
