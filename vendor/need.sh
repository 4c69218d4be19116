# shellcheck shell=bash
# What has to be on the machine, and how it gets there. Sourced by build.sh after vendor/lib.sh.

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
			tinyproxy:tinyproxy-bin /etc/ssl/certs/ca-certificates.crt:ca-certificates
		;;
	*) die "find the set $1: there is none of this name" ;;
	esac
}

# need SET... - install with apt, all at once, the packages whose WHAT is absent
need() {
	local set pair pairs missing=() start=$SECONDS
	for set; do
		[ "$set" != machine ] || [ "$(id -u)" -eq 0 ] ||
			die "boot a throw-away machine: that needs root, so run this as root"
		pairs=$(things "$set")
		for pair in $pairs; do
			command -v "${pair%%:*}" >/dev/null || [ -e "${pair%%:*}" ] || missing+=("${pair#*:}")
		done
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
		die "find what is needed; install it: apt-get install ${missing[*]}"
	fi
	say "installing with apt: ${missing[*]}"
	mkdir -p build/log
	{
		apt-get update &&
			DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
	} >build/log/apt.log 2>&1 || {
		tail -n 20 build/log/apt.log >&2
		die "install ${missing[*]}: see build/log/apt.log"
	}
	say "installed in $((SECONDS - start)) s"
}
