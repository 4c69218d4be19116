#!/bin/sh
# run.sh [--update] - what the program prints, byte for byte; --update takes it as it is
set -u
cd "$(dirname "$0")" || exit 1
tsfunnel=${TSFUNNEL:-$PWD/../../build/tsfunnel}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0
failed=0

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

# run WORD... - the program's output and status; no variable of the caller reaches it
run() {
	env -i PATH="$PATH" "$tsfunnel" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

# same FILE - was that printed, with status 0?
same() {
	[ "$status" -eq 0 ] && diff -u "$1" "$work/out" | sed 's/^/# /' && cmp -s "$1" "$work/out"
}

# fits - was a text printed, and nothing else, in at most 80 columns?
fits() {
	[ "$status" -eq 0 ] && [ -s "$work/out" ] && [ ! -s "$work/err" ] &&
		[ "$(wc -L <"$work/out")" -le 80 ]
}

# refused STATUS WORD... - the status, nothing on stdout, one or two lines on stderr
refused() {
	want=$1
	shift
	run "$@"
	[ "$status" -eq "$want" ] && [ ! -s "$work/out" ] &&
		grep -q '^tsfunnel: cannot ' "$work/err" && [ "$(wc -l <"$work/err")" -le 2 ]
	ok $? "refused with $want: $(echo "$*" | tr '\n' ' ')"
}

# are_scripts FILE - does sh take each of those in it, whose paths stand between "==>" and "<=="?
are_scripts() {
	rm -f "$work"/script*
	awk -v to="$work/script" '/^==> .* <==$/ { n++; next } { print >(to n) }' "$1"
	for script in "$work"/script*; do
		sh -n "$script" || return 1
	done
}

# each_case - INIT FILE WORDS of each service file that is kept here, one a line; all cases are
# systemd's, those of the other init systems show what differs
each_case() {
	sed '/^#/d' cases | while read -r name words; do printf "%s\n" "systemd $name.service $words"; done
	for init in $others; do
		sed '/^#/d' cases | grep -E '^(default|name-port|self|text|native-paths)( |$)' |
			while read -r name words; do printf "%s\n" "$init $name $words"; done
	done
}
others='openrc runit s6 sysv busybox'

if [ "${1:-}" = --update ]; then
	each_case | while read -r init file words; do
		eval "run unit --init $init $words"
		[ "$status" -eq 0 ] || { cat "$work/err" && exit 1; }
		cp "$work/out" "$init/$file"
	done
	exit
fi

# Typed by hand, not made by the program: the recipe that this started from.
cat >"$work/recipe" <<'END'
[Unit]
Description=Tailscale Funnel for Port 8888
After=network.target tailscaled.service
Requires=tailscaled.service
[Service]
Type=simple
ExecStart=/usr/bin/tailscale funnel 8888
Restart=on-failure
RestartSec=5s
ExecStartPre=/bin/sleep 5
[Install]
WantedBy=multi-user.target
END
run unit --plain 8888
same "$work/recipe"
ok $? 'unit --plain 8888 is the recipe'
run unit --plain
same "$work/recipe"
ok $? 'unit --plain is for 8888 too'

each_case >"$work/cases"
while read -r init file words; do
	eval "run unit --init $init $words"
	same "$init/$file"
	ok $? "$init/$file"
done <"$work/cases"
for file in systemd/*.service; do
	grep -q "^systemd ${file#systemd/}\( \|$\)" "$work/cases"
	ok $? "$file has a case"
done
for init in $others; do
	for file in "$init"/*; do
		# tailscaled's own service is printed by no verb; a unit test compares it
		[ "${file#*/}" = tailscaled ] || grep -q "^$init ${file#*/}\( \|$\)" "$work/cases"
		ok $? "$file has a case"
		are_scripts "$file"
		ok $? "$file is a script, or several"
	done
done
refused 64 unit --init openrc --systemd 252 8888

run help
cp "$work/out" "$work/overview"
refused 64 'no verb' 'tsfunnel help'
ok $? 'no word at all is refused with the way to the overview'
run --help
same "$work/overview"
ok $? '--help prints the overview'
verbs=$(sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$work/overview")
for words in '' $verbs exit-codes states; do
	# shellcheck disable=SC2086 # none or one word
	run help $words
	fits
	ok $? "help $words: at most 80 columns"
done
for verb in $verbs; do
	run help "$verb"
	cp "$work/out" "$work/help"
	run "$verb" --help
	same "$work/help"
	ok $? "$verb --help is help $verb"
	sed -n '3p' "$work/help" | grep -qx 'Examples:'
	ok $? "$verb --help has the examples first"
	# There it is the version of Tailscale, and takes a value.
	case $verb in install | fetch)
		refused 64 "$verb" --version
		continue
		;;
	esac
	run version
	cp "$work/out" "$work/version"
	run "$verb" --version
	same "$work/version"
	ok $? "$verb --version is version"
done

# The README's tables have a row for each of what is in the program's.
for topic in states exit-codes; do
	run help "$topic"
	missing=''
	words=$(sed -n 's/^  \([a-z0-9][a-z0-9-]*\).*/\1/p' "$work/out")
	for word in $words; do
		grep -Eq "^\| \`?([0-9, ]*, )?$word(, [0-9]+)?\`? \|" ../../README.md || missing="$missing $word"
	done
	[ -z "$missing" ]
	ok $? "README has all $topic$missing"
done

refused 64 instal
refused 64 --quiet install
refused 64 unit --init nosuch
refused 64 unit --https 444
refused 64 unit --https 0
refused 64 unit --plain --name x
refused 64 unit '[::1]:8888'
refused 64 unit "text:a$(printf '\n.')b"
refused 64 unit --init systemd /proc/self
refused 64 unit --init systemd --socket /tmp/x.sock
refused 64 unit --init systemd --self-path /root/tsfunnel
if [ -w /dev/full ]; then
	"$tsfunnel" unit >/dev/full 2>"$work/err"
	[ $? -eq 74 ] && grep -q '^tsfunnel: cannot write standard output: ' "$work/err"
	ok $? 'output that is lost is an error'
fi

echo "1..$number"
exit "$failed"
