package machine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	suite    = "trixie"
	included = "systemd,systemd-sysv,dbus"
	recipe   = "debootstrap --variant=minbase, package caches emptied"
)

// Root returns the folder of a bare Debian: a system manager and nothing that
// a minimal VM lacks, so no curl and no CA bundle. It is made once and must
// never be written to.
func Root(p Progress) (string, error) {
	return cached("root", digest(suite, included, recipe), func(dir string) error {
		return p.Step("debootstrap "+suite, func() error { return bootstrap(dir) })
	})
}

func bootstrap(dir string) error {
	mirror, err := mirror()
	if err != nil {
		return err
	}
	cmd := exec.Command("debootstrap", "--variant=minbase", "--include="+included, suite, dir, mirror)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("debootstrap: %w\n%s", err, lastLines(string(out), 15))
	}
	for _, pattern := range []string{"var/cache/apt/archives/*.deb", "var/lib/apt/lists/*"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := os.RemoveAll(f); err != nil {
				return err
			}
		}
	}
	return checkBare(dir)
}

// checkBare refuses a root that has what a bare VM lacks.
func checkBare(dir string) error {
	for _, f := range []string{
		"usr/bin/curl", "usr/bin/wget", "usr/sbin/update-ca-certificates", "etc/ssl/certs/ca-certificates.crt",
		"usr/bin/tailscale",
	} {
		if _, err := os.Lstat(filepath.Join(dir, f)); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("the bare root has /%s", f)
		}
	}
	return nil
}

// mirror returns the package mirror that this computer itself uses.
func mirror() (string, error) {
	out, err := exec.Command("apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages").Output()
	if err != nil {
		return "", fmt.Errorf("apt-get indextargets: %w", err)
	}
	for _, site := range strings.Fields(string(out)) {
		if list, ok := strings.CutPrefix(site, "mirror+file:"); ok {
			text, err := os.ReadFile(list)
			if err != nil {
				return "", err
			}
			site, _, _ = strings.Cut(strings.TrimSpace(string(text)), "\n")
			site, _, _ = strings.Cut(site, "\t")
		}
		if !strings.Contains(site, "security") {
			return strings.TrimSuffix(site, "/"), nil
		}
	}
	return "", errors.New("apt has no package mirror configured")
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
