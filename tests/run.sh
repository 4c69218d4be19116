#!/usr/bin/env bash
# run.sh [GROUP] [PATTERN] - the tests; the last line says "N passed, N failed"
#
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
groups='unit golden lint e2e' pattern='' passed=0 failed=0 skipped=0
for argument; do
	case $argument in
	unit | golden | lint | e2e) groups=$argument ;;
	*) pattern=$argument ;;
	esac
done
[ -z "$pattern" ] || [ "$groups" != 'unit golden lint e2e' ] || groups='unit e2e'
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
