# shellcheck shell=sh
# Makes, at /mnt, a root as Alpine has it: BusyBox is init and all commands,
# OpenRC starts the services. Its C library is Debian's, though.
cd /mnt || exit
mkdir usr usr/bin usr/sbin usr/lib usr/lib64 dev etc mnt proc root run sys tmp var
chmod 1777 tmp
chmod 700 root
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$folder"; done

mkdir debs
chown _apt debs
(cd debs && apt-get download busybox-static openrc librc1t64 libeinfo1)
for deb in debs/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink; done
rm -rf debs usr/share etc/init.d

# What its programs need of libraries, and those of theirs.
LD_LIBRARY_PATH=/mnt/usr/lib/x86_64-linux-gnu ldd usr/sbin/openrc usr/sbin/openrc-run usr/sbin/rc-service \
	usr/lib/rc/bin/* usr/lib/rc/sbin/* usr/sbin/supervise-daemon usr/sbin/start-stop-daemon 2>/dev/null |
	sed -n 's/.*[[:space:]]\(\/[^ ]*\) (0x.*/\1/p' | sort -u | while read -r library; do
	[ -e "/mnt$library" ] || install -D "$library" "/mnt$library"
done

# Each command that is not OpenRC's own.
for applet in $(usr/bin/busybox --list); do
	[ -e "usr/bin/$applet" ] || [ -e "usr/sbin/$applet" ] || ln -s busybox "usr/bin/$applet"
done
for applet in init reboot poweroff halt; do ln -sf ../bin/busybox "usr/sbin/$applet"; done

mkdir -p etc/init.d etc/conf.d etc/insserv.conf.d var/log var/lib var/cache
for level in sysinit boot default shutdown; do mkdir -p "etc/runlevels/$level"; done
ln -s /run var/run
ln -s /run/lock var/lock
: >etc/insserv.conf
: >etc/fstab
echo 'ID=alpine-like' >etc/os-release
echo 'root:x:0:0:root:/root:/bin/sh' >etc/passwd
printf 'root:x:0:\nuucp:x:10:\nutmp:x:43:\n' >etc/group
cat >etc/inittab <<END
::sysinit:/sbin/openrc sysinit
::sysinit:/sbin/openrc boot
::wait:/sbin/openrc default
::shutdown:/sbin/openrc shutdown
END
