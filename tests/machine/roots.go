package machine

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// rootsRecipe changes when the way roots of other init systems are made does.
const rootsRecipe = "roots 1"

var (
	//go:embed openrc-busybox.sh
	openrcBusyboxScript string
	//go:embed busybox.sh
	busyboxScript string
	//go:embed systemd-old.sh
	systemdOldScript string
)

// noSystemd takes the system manager from a root.
const noSystemd = `export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get purge -y --auto-remove --allow-remove-essential -o Dpkg::Options::=--force-unsafe-io \
	systemd systemd-sysv dbus
rm -rf /etc/systemd /var/lib/systemd /var/lib/dbus /etc/machine-id /run/* /tmp/*
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d # no service runs while packages come
chmod 755 /usr/sbin/policy-rc.d
`

// install installs the packages that are its arguments.
const install = `export DEBIAN_FRONTEND=noninteractive
apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io "$@"
apt-get clean
rm -rf /usr/sbin/policy-rc.d /etc/systemd /var/lib/systemd /run/* /tmp/*
`

// base returns a folder with a root that has no init system at all, and with
// the lists of packages that can be installed in it, which no copy needs.
func (k *Kit) base() (dir string, err error) {
	id := digest(rootsRecipe, filepath.Base(k.Root), noSystemd)
	return cached("base", id, func(dir string) error {
		return k.progress.Step("a Debian without init system", func() error {
			if err := copyTree(k.Root, filepath.Join(dir, "root")); err != nil {
				return err
			}
			if err := os.Mkdir(filepath.Join(dir, "lists"), 0o755); err != nil {
				return err
			}
			return inBase(dir, filepath.Join(dir, "root"), noSystemd)
		})
	})
}

// inBase runs a script in a root with the package lists of a base.
func inBase(base, root, script string, args ...string) error {
	return inChroot(root, map[string]string{filepath.Join(base, "lists"): "var/lib/apt/lists"}, script, args...)
}

// inChroot runs a script for sh in a root, with folders of this computer bound
// to places in it.
func inChroot(root string, bind map[string]string, script string, args ...string) error {
	outer := "set -e\nmount -t proc proc " + root + "/proc\n"
	for from, to := range bind {
		outer += fmt.Sprintf("mount --bind %s %s\n", from, filepath.Join(root, to))
	}
	cmd := exec.Command("unshare", append([]string{
		"--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation", "private",
		"sh", "-c", outer + `exec chroot "$@"`, "sh", root, "sh", "-euc", script, "sh"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, lastLines(string(out), 15))
	}
	return nil
}

// copyTree copies what is in the folder from into the folder to, be the former
// named by a symbolic link: what is made of a root must never write to it.
func copyTree(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if out, err := exec.Command("cp", "-a", "--reflink=auto", from+"/.", to).CombinedOutput(); err != nil {
		return fmt.Errorf("cp: %w\n%s", err, out)
	}
	return nil
}

// installed returns the base with packages, and with what finish does to it.
func (k *Kit) installed(name, finish string, packages ...string) (string, error) {
	base, err := k.base()
	if err != nil {
		return "", err
	}
	id := digest(rootsRecipe, filepath.Base(base), install, finish, strings.Join(packages, " "))
	dir, err := cached(name, id, func(dir string) error {
		return k.progress.Step("install "+strings.Join(packages, ", "), func() error {
			root := filepath.Join(dir, "root")
			if err := copyTree(filepath.Join(base, "root"), root); err != nil {
				return err
			}
			if err := inBase(base, root, install+finish, packages...); err != nil {
				return err
			}
			return checkNoSystemd(root)
		})
	})
	return filepath.Join(dir, "root"), err
}

// made returns the root that a script makes at /mnt, run in the base.
func (k *Kit) made(name, script string, args ...string) (string, error) {
	base, err := k.base()
	if err != nil {
		return "", err
	}
	id := digest(rootsRecipe, filepath.Base(base), script, strings.Join(args, " "))
	return cached(name, id, func(dir string) error {
		return k.progress.Step("a root for "+name, func() error {
			return inChroot(filepath.Join(base, "root"), map[string]string{
				filepath.Join(base, "lists"): "var/lib/apt/lists", dir: "mnt"}, script, args...)
		})
	})
}

// checkNoSystemd refuses a root that could be taken for systemd's.
func checkNoSystemd(root string) error {
	for _, f := range []string{"usr/lib/systemd/systemd", "usr/bin/systemctl", "etc/systemd", "usr/bin/tailscale"} {
		if _, err := os.Lstat(filepath.Join(root, f)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the root has /%s", f)
		}
	}
	return nil
}

// noGettys: there are no terminals, and init would start them again and again.
const noGettys = "sed -i /getty/d /etc/inittab\n"

// noHardware: Debian has OpenRC run scripts for disks and clocks that these
// machines lack, one after the other, which takes longer than all else.
const noHardware = `cd /etc/runlevels
rm sysinit/brightness sysinit/check* sysinit/hwclock.sh sysinit/kmod sysinit/mount* sysinit/udev sysinit/urandom off/umount*
`

func (k *Kit) openrcSysvinit() (string, error) {
	return k.installed(OpenRCSysvinit, noGettys+noHardware, "sysvinit-core", "openrc")
}

// runit's supervisor of all starts with an environment of its own.
func (k *Kit) runit() (string, error) {
	return k.installed(Runit, `sed -i 's|^exec env - PATH=$PATH|& $(cat `+environmentFile+`)|' /etc/runit/2
grep -q 'env - .*`+environmentFile+`' /etc/runit/2
rm -f /etc/runit/runsvdir/*/getty-tty*
`, "runit", "runit-init")
}

// s6Init is what s6's authors let everybody write: the first steps of PID 1.
const s6Init = `cat >/usr/sbin/init <<'END'
#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /run/service
cp -a /etc/services.d/. /run/service/
exec s6-svscan /run/service
END
mkdir -p /etc/services.d/.s6-svscan
printf '#!/bin/sh\nexit 0\n' >/etc/services.d/.s6-svscan/finish
chmod 755 /usr/sbin/init /etc/services.d/.s6-svscan/finish
`

func (k *Kit) s6() (string, error) { return k.installed(S6, s6Init, "s6", "execline") }

// sysv starts what comes with a package by startpar, as Debian does, and tells
// when it has. The command "service" starts scripts with an environment of its
// own.
func (k *Kit) sysv() (string, error) {
	return k.installed(SysV, noGettys+`sed -i '/^l5:/a up:2345:once:/bin/touch `+sysvBooted+`' /etc/inittab
grep -q '`+sysvBooted+`' /etc/inittab
sed -i 's|env -i |&$(cat `+environmentFile+`) |' /usr/sbin/service
grep -q '`+environmentFile+`' /usr/sbin/service
`, "sysvinit-core", "initscripts", "insserv", "startpar")
}

func (k *Kit) busybox() (string, error) { return k.made(Busybox, busyboxScript) }

func (k *Kit) systemdOf(name, suite string) (string, error) {
	return k.made(name, systemdOldScript, suite)
}

func (k *Kit) openrcBusybox() (string, error) { return k.made(OpenRCBusybox, openrcBusyboxScript) }
