#!/bin/sh
# selection.sh - a PATTERN that picks no test is refused, before anything is built
set -u
cd "$(dirname "$0")/../.." || exit 1
number=0
failed=0

# refused TEXT ARGUMENT... - with 64 and one line that has the text
refused() {
	text=$1
	shift
	number=$((number + 1))
	status=0
	words=$(tests/run.sh "$@" 2>&1) || status=$?
	if [ "$status" -eq 64 ] && [ "$(echo "$words" | wc -l)" -eq 1 ] && echo "$words" | grep -qF "$text"; then
		echo "ok $number - refused: test $*"
	else
		echo "# $words"
		echo "not ok $number - refused: test $*"
		failed=1
	fi
}

refused '"nosuchtest"' nosuchtest
refused '"nosuchtest" from unit' unit nosuchtest
refused '"nosuchtest" from e2e' e2e nosuchtest
refused '"TestNoSuch/unit" from e2e' e2e TestNoSuch/unit
refused '"err" from golden' golden err
refused '"err" from lint' lint err
refused '"TestHelp" from unit' unit TestHelp
refused 'one PATTERN' unit one two
echo "1..$number"
exit "$failed"
