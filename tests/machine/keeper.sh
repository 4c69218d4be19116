#!/bin/sh
# Keeps one machine: PID 1 of a PID namespace, so that nothing outlives it, in
# a mount namespace with the machine's disk. Boots the machine for each line
# read, until the end of input. Words on stdout: "ready" once, "off N" after
# each run.
#
# $1 folder for the disk, $2 lower layers, $3 unique name, $4 host name,
# $5 console log, then what nspawn is to start as PID 1 instead of systemd
set -eu
dir=$1 lower=$2 name=$3 host=$4 console=$5
shift 5
[ $# -gt 0 ] || set -- --boot

# Its own control groups: two system managers must not share theirs.
for tree in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
	[ -f "$tree/cgroup.procs" ] || continue
	mkdir "$tree/$name"
	echo 0 >"$tree/$name/cgroup.procs"
done

mount -t tmpfs -o mode=755 machine "$dir" ||
	echo "no tmpfs: the disk of $name is a plain folder" >&2
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" machine "$dir/root"
echo ready

while read -r _; do
	code=0
	systemd-nspawn --quiet --keep-unit --register=no --capability=CAP_NET_ADMIN \
		--machine="$name" --hostname="$host" --link-journal=no \
		--resolv-conf=off --timezone=off \
		-D "$dir/root" "$@" </dev/null >>"$console" 2>&1 || code=$?
	# Some shut-downs end with a remount of their root, which is this one.
	mount -o remount,rw "$dir/root"
	echo "off $code"
done
