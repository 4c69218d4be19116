# shellcheck shell=bash disable=SC2154
# What has to be on the machine, and how it gets there. Sourced by build.sh after vendor/lib.sh.

# Packages that are unpacked here, each below its name, and not installed: Debian starts what it
# installs, now and at each boot, and a web server of the tests is nobody's web server.
unpacked=$cache/debian

# things SET - what it consists of: WHAT:PACKAGE, where WHAT is a command or a path
things() {
	case $1 in
	compiler)
		echo "${CROSS}gcc:gcc" make:make xz:xz-utils unzip:unzip readelf:binutils \
			/usr/include/stdio.h:libc6-dev /usr/include/linux/limits.h:linux-libc-dev
		# one source is a Go module
		echo go:golang-go
		command -v wget >/dev/null || echo curl:curl
		echo /etc/ssl/certs/ca-certificates.crt:ca-certificates
		;;
	linters)
		echo clang-tidy:clang-tidy clang-format:clang-format cppcheck:cppcheck \
			shellcheck:shellcheck go:golang-go
		;;
	# what the throw-away VM and the loopback tailnet are made with
	machine)
		echo go:golang-go debootstrap:debootstrap systemd-nspawn:systemd-container ip:iproute2 \
			tinyproxy:tinyproxy-bin strace:strace /etc/ssl/certs/ca-certificates.crt:ca-certificates
		command -v nginx >/dev/null || echo "$unpacked/nginx/usr/sbin/nginx:nginx"
		;;
	*) die "find the set $1: there is none of this name" ;;
	esac
}

# unpack PACKAGE... - get them with apt, and have what they hold below $unpacked
unpack() (
	[ $# -gt 0 ] || exit 0
	mkdir -p "$unpacked" && tmp=$(mktemp -d "$unpacked/.XXXXXX") && cd "$tmp" || exit
	trap 'rm -rf "$tmp"' EXIT
	apt-get download "$@" || exit
	for package; do
		dpkg-deb -x "$package"_*.deb "$package" || exit
		rm -rf "${unpacked:?}/$package"
		mv -T "$package" "$unpacked/$package" || exit
	done
)

# need SET... - get with apt, all at once, the packages whose WHAT is absent
need() {
	local set pair pairs missing=() aside=() start=$SECONDS
	for set; do
		[ "$set" != machine ] || [ "$(id -u)" -eq 0 ] ||
			die "boot a throw-away machine: that needs root, so run this as root"
		pairs=$(things "$set")
		for pair in $pairs; do
			! { command -v "${pair%%:*}" >/dev/null || [ -e "${pair%%:*}" ]; } || continue
			case $pair in
			"$unpacked"/*) aside+=("${pair#*:}") ;;
			*) missing+=("${pair#*:}") ;;
			esac
		done
	done
	[ $((${#missing[@]} + ${#aside[@]})) -gt 0 ] || return 0
	if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
		die "find what is needed; install it: apt-get install ${missing[*]} ${aside[*]}"
	fi
	[ ${#missing[@]} -eq 0 ] || say "installing with apt: ${missing[*]}"
	[ ${#aside[@]} -eq 0 ] || say "unpacking, not installing: ${aside[*]}"
	mkdir -p build/log
	{
		apt-get update && { [ ${#missing[@]} -eq 0 ] ||
			DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } &&
			unpack "${aside[@]}"
	} >build/log/apt.log 2>&1 || {
		tail -n 20 build/log/apt.log >&2
		die "get ${missing[*]} ${aside[*]}: see build/log/apt.log"
	}
	say "installed in $((SECONDS - start)) s"
}
