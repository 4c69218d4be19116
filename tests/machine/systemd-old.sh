# shellcheck shell=sh
# Makes, at /mnt, a root with systemd of another suite of Debian, $1. Its
# packages are unpacked, and what their scripts would do is done by hand as far
# as a system manager and a shell need it: a tenth of debootstrap's work.
suite=$1
cd /mnt || exit
mkdir usr usr/bin usr/sbin usr/lib usr/lib64
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$folder"; done

mkdir apt apt/state apt/state/lists apt/cache
sed "s/ [a-z]* main/ $suite main/" /etc/apt/sources.list >apt/sources.list
: >apt/status
get() {
	apt-get -qq -o Dir::Etc::sourcelist=/mnt/apt/sources.list -o Dir::Etc::sourceparts=- \
		-o Dir::State=/mnt/apt/state -o Dir::State::status=/mnt/apt/status -o Dir::Cache=/mnt/apt/cache \
		-o APT::Sandbox::User=root -o Acquire::Languages=none "$@"
}
get update
get install -y --download-only --no-install-recommends '?essential' systemd systemd-sysv dbus
for deb in apt/cache/archives/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink; done
rm -rf apt

mkdir -p mnt srv opt media usr/local/bin usr/local/sbin var/log
chmod 1777 tmp var/tmp
chmod 700 root
rm -rf var/run var/lock
ln -s /run var/run
ln -s /run/lock var/lock
ln -s mawk usr/bin/awk
cp usr/share/base-passwd/passwd.master etc/passwd
cp usr/share/base-passwd/group.master etc/group
echo 'messagebus:x:100:100::/nonexistent:/usr/sbin/nologin' >>etc/passwd
echo 'messagebus:x:100:' >>etc/group
cp usr/share/base-files/profile etc/profile
: >etc/fstab
: >var/lib/dpkg/status
chroot . ldconfig
mount --bind /proc proc # goes with this namespace
chroot . systemd-sysusers
