#!/usr/bin/env bash
# roots.sh - a program built to believe other root keys: what it says, and which files are refused
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0 failed=0
file=$work/acme.pem
begin='-----BEGIN ROOT PUBLIC KEY-----'
end='-----END ROOT PUBLIC KEY-----'

# ok STATUS NAME - one TAP line
ok() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		failed=1
	fi
}

# key N - a key in base64, another one for each N below 10
key() { printf '%031d%d' 0 "$1" | base64; }

# block N - key N in PEM
block() { printf '%s\n%s\n%s\n' "$begin" "$(key "$1")" "$end"; }

# taken COUNT NAME - is $file a list of so many keys
taken() {
	vendor/distsign.sh "$file" >"$work/out" 2>"$work/err" &&
		grep -qx "const size_t distsign_root_count = $1;" "$work/out"
	ok $? "taken: $2"
}

# refused WORDS NAME - is $file refused with these words, and nothing printed
refused() {
	! vendor/distsign.sh "$file" >"$work/out" 2>"$work/err" && [ ! -s "$work/out" ] &&
		grep -qx "cannot take root keys from $file: .*$1.*" "$work/err"
	ok $? "refused: $2"
}

for n in 1 2 3 4 5 6 7 8; do block $n; done >"$file"
taken 8 'eight keys'
block 9 >>"$file"
refused 'more than 8' 'nine keys'
{ echo && block 1 && echo && block 2 && echo; } >"$file"
taken 2 'empty lines around blocks'
printf '%s' "$(block 1)" >"$file"
taken 1 'no newline at the end'
: >"$file"
refused none 'nothing'
{ block 1 && block 1; } >"$file"
refused 'second time' 'a key twice'
block 1 | sed 's/$/\r/' >"$file"
refused 'line 1' 'lines that end in CR LF'
block 1 | head -n 2 >"$file"
refused 'within a block' 'a block that does not end'
block 1 | sed '2s/==*$//' >"$file"
refused 'line 2' 'base64 without its end'
block 1 | sed '2s/.=$/Z=/' >"$file"
refused canonical 'base64 with bits to spare'
printf '%s\n%s\n%s\n' "$begin" "$(printf '%033d' 1 | base64)" "$end" >"$file"
refused 'line 2' 'a key of 33 bytes'
block 1 | sed '2s/^/ /' >"$file"
refused 'line 2' 'a space before the key'
block 1 | sed 's/ROOT/SIGNING/' >"$file"
refused 'line 1' 'signing keys'
{ block 1 && echo 'and more'; } >"$file"
refused 'line 4' 'text after the blocks'
{ block 1 && printf '\0'; } >"$file"
refused NUL 'a NUL byte'
rm "$file"
refused 'cannot be read' 'no such file'

block 1 >"$file"
sum=$(sha256sum <"$file" | cut -c -8)
./build.sh build --roots "$file" --output "$work/tsfunnel" >"$work/log" 2>&1
ok $? 'build --roots --output'
"$work/tsfunnel" version | grep -qx "believes packages signed under acme.pem-$sum, not Tailscale's own"
ok $? 'version names the file'
"$work/tsfunnel" version --json | grep -q "\"roots\":.*\"acme.pem-$sum\""
ok $? 'version --json names the file'
build/tsfunnel version --json | grep -q '"roots":.*"tailscale"'
ok $? "without --roots they are Tailscale's"

# stops WORDS NAME - does making C of the roots in $work/vendor end with these words
stops() {
	! "$work/vendor/anchors.sh" "$work/gen" >"$work/out" 2>"$work/err" &&
		[ ! -e "$work/gen" ] && grep -qx "cannot $1.*" "$work/err"
	ok $? "stops: $2"
}

mkdir "$work/tests"
cp -R vendor "$work"
cp tests/go.sum "$work/tests"
sed -i '/ISRG Root YE$/s/ e1/ e2/' "$work/vendor/roots"
stops 'find the root ISRG Root YE:' 'a wanted root that is missing'
cp vendor/roots "$work/vendor"
sed -i '/^tailscale.com /s/h1:M/h1:N/' "$work/tests/go.sum"
stops 'use tailscale.com@' "a module that is not the tests' one"

echo "1..$number"
exit "$failed"
