#!/usr/bin/env bash
# run.sh [GROUP]... [PATTERN] - the tests; the last line says "N passed, N failed"
#
# PATTERN picks unit programs by a part of their name, and Go tests as `go test -run` does; of the groups
# that were not named, those in which it picks none are left out. One that picks nothing at all is a
# mistake, and said before anything is built.
# Each group prints TAP or `go test -v`; tests/report.awk counts it and shows what failed. The whole
# output is in build/log/GROUP.log.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C TSFUNNEL=$PWD/build/tsfunnel
logs=build/log

group_build() { ./build.sh build && echo "ok - build"; }

# group_unit PATTERN - each program is one process under sanitizers; one that dies has failed
group_unit() {
	local programs program status
	programs=$(./build.sh units)
	for program in $programs; do
		case ${program##*/} in *"$1"*) ;; *) continue ;; esac
		status=0
		CMOCKA_MESSAGE_OUTPUT=TAP timeout 120 "$program" >"$program.log" 2>&1 || status=$?
		cat "$program.log"
		[ $status -eq 0 ] || grep -q '^not ok' "$program.log" ||
			echo "not ok - ${program##*/} ended with status $status"
		[ $status -ne 0 ] || grep -q '^ok' "$program.log" ||
			echo "not ok - ${program##*/} has no tests"
	done
}

group_golden() {
	local script status=0
	for script in tests/golden/*.sh; do "$script" || status=1; done
	return $status
}
group_lint() { tests/lint/run.sh; }
group_e2e() { [ ! -x tests/e2e.sh ] || GO=${GO:-$PWD/tests/go.sh} tests/e2e.sh ${1:+"$1"}; }

# fits GROUP PATTERN - does it pick a test there?
fits() {
	case $1 in
	unit) find tests/unit -name 'test_*.c' -printf '%f\n' | sed 's/\.c$//' | grep -qF -- "$2" ;;
	e2e) sed -n 's/^func \(Test[A-Za-z0-9_]*\)(.*/\1/p' tests/*/*_test.go | grep -qE -- "${2%%/*}" ;;
	*) return 1 ;; # they have no names to pick by
	esac
}

# refuse WORD... - a mistake of whoever called
refuse() {
	echo "run.sh: cannot $*" >&2
	exit 64
}

# run_group GROUP PATTERN - add its counts to passed, failed and skipped
run_group() {
	local start=$SECONDS p f s
	printf '== %s\n' "$1"
	{
		status=0
		"$0" --group "$1" "$2" 2>&1 || status=$?
		printf '\n== exit %d\n' "$status"
	} | tee "$logs/$1.log" | awk -v counts="$logs/$1.counts" -f tests/report.awk
	read -r p f s <"$logs/$1.counts"
	printf '== %s: %d ok, %d not ok, %d s\n' "$1" "$p" "$f" "$((SECONDS - start))"
	[ "$1" != build ] || p=0 # a step on the way, not a test; only its failure counts
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

if [ "${1:-}" = --group ]; then
	"group_$2" "$3"
	exit
fi
all='unit golden lint e2e' groups='' pattern='' passed=0 failed=0 skipped=0
for argument; do
	case " $all " in
	*" $argument "*) groups+=" $argument" ;;
	*)
		[ -z "$pattern" ] || refuse "pick by \"$pattern\" and by \"$argument\": one PATTERN will do"
		pattern=$argument
		;;
	esac
done
if [ -n "$pattern" ]; then
	picked=''
	for group in ${groups:-$all}; do
		if fits "$group" "$pattern"; then
			picked+=" $group"
		elif [ -n "$groups" ]; then
			refuse "pick \"$pattern\" from $group: it has no test of that name"
		fi
	done
	[ -n "$picked" ] || refuse "pick \"$pattern\": neither a unit program nor a Go test has that in its name"
	groups=$picked
fi
groups=${groups:-$all}
mkdir -p "$logs"
needs=compiler
case $groups in *lint*) needs+=' linters' ;; esac
case $groups in *e2e*) needs+=' machine' ;; esac
# shellcheck disable=SC2086 # words
./build.sh need $needs # here, so that it is seen, and all of it by one call of apt
built=unknown
for group in $groups; do
	case $group in golden | e2e) # run the product
		if [ "$built" = unknown ]; then
			before=$failed
			run_group build ''
			built=$([ "$failed" -eq "$before" ] && echo yes || echo no)
		fi
		[ "$built" = yes ] || continue
		;;
	esac
	run_group "$group" "$pattern"
done
printf '%d passed, %d failed' "$passed" "$failed"
[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
printf '\n'
# a PATTERN that fits no test is a mistake, not a success
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
