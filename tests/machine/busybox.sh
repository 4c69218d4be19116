# shellcheck shell=sh
# Makes, at /mnt, a root that has BusyBox and nothing else.
cd /mnt || exit
mkdir usr usr/bin usr/sbin usr/lib dev etc mnt proc root run sys tmp var var/cache var/lib var/log
chmod 1777 tmp
chmod 700 root
for folder in bin sbin lib; do ln -s "usr/$folder" "$folder"; done

mkdir debs
chown _apt debs
(cd debs && apt-get download busybox-static)
dpkg-deb --fsys-tarfile debs/*.deb | tar -x --keep-directory-symlink --exclude './usr/share*'
rm -rf debs etc/*
for applet in $(usr/bin/busybox --list); do [ -e "usr/bin/$applet" ] || ln -s busybox "usr/bin/$applet"; done
for applet in init reboot poweroff halt; do
	rm "usr/bin/$applet"
	ln -s ../bin/busybox "usr/sbin/$applet"
done

ln -s /run var/run
: >etc/fstab
echo 'ID=busybox' >etc/os-release
echo 'root:x:0:0:root:/root:/bin/sh' >etc/passwd
echo 'root:x:0:' >etc/group
# No line for a shell: there is no terminal.
echo '# services' >etc/inittab
