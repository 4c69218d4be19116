# shellcheck shell=bash
# What has to be on the machine, and how it gets there. Sourced by build.sh after vendor/lib.sh.

# need WHAT:PACKAGE... - install with apt the packages whose WHAT (a command or a path) is absent
need() {
	local pair missing=()
	for pair; do
		command -v "${pair%%:*}" >/dev/null || [ -e "${pair%%:*}" ] || missing+=("${pair#*:}")
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
}

need_compiler() {
	need "${CROSS}gcc:gcc" make:make xz:xz-utils readelf:binutils /usr/include/stdio.h:libc6-dev \
		/usr/include/linux/limits.h:linux-libc-dev
}

need_linters() {
	need clang-tidy:clang-tidy clang-format:clang-format cppcheck:cppcheck shellcheck:shellcheck
}

# What the throw-away VM and the loopback tailnet are made with.
need_machine() {
	need go:golang-go debootstrap:debootstrap systemd-nspawn:systemd-container ip:iproute2 \
		/etc/ssl/certs/ca-certificates.crt:ca-certificates
}
