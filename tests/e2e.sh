#!/bin/sh
# Runs the end-to-end tests: real machines in a real tailnet, all on loopback.
#
#   e2e.sh [PATTERN [GO-TEST-ARGUMENT...]]
#
# TSFUNNEL  the program under test (default ../build/tsfunnel)
# JOBS      machines side by side (default twice the cores, at most 6)
# GO        the go command
# TSFUNNEL_TAILSCALE=V   machines have an older Tailscale, 1.80.3 say; cases that need a newer one fail,
#                        those of unix: targets, the PROXY protocol and what its CLI refuses
# TSFUNNEL_VERSIONS=all  also a Tailscale between the oldest that is tried and the newest
set -eu
TSFUNNEL=$(realpath -m "${TSFUNNEL:-$(dirname "$0")/../build/tsfunnel}")
export TSFUNNEL
cd "$(dirname "$0")"

if [ -z "${JOBS:-}" ]; then
	JOBS=$((2 * $(nproc)))
	[ "$JOBS" -le 6 ] || JOBS=6
fi
if [ $# -gt 0 ]; then
	pattern=$1
	shift
	set -- -run "$pattern" "$@"
fi

"${GO:-go}" run ./cmd/prepare
status=0
"${GO:-go}" test ./packages/... ./net/... ./tailnet/... -v -count=1 -timeout 10m "$@" || status=$?
"${GO:-go}" test ./e2e/... -v -count=1 -timeout 40m -parallel "$JOBS" "$@" || status=$?
exit $status
