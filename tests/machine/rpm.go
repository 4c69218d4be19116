package machine

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// rpmPackages are Debian's packages of the package managers of others, and of
// what makes a repository for them.
var rpmPackages = []string{"rpm", "dnf", "zypper", "createrepo-c"}

// rpmRecipe changes when the way such a root is made does.
const rpmRecipe = "rpm 1"

// inRoot runs the words behind its first argument, a root, in there.
const inRoot = `mount -t proc proc "$1/proc" && exec chroot "$@"`

// RPM returns a root as Root's, which must be root, that has rpm, dnf and
// zypper as well. rpm's database is not there yet.
func RPM(p Progress, root string) (string, error) {
	id := digest(rpmRecipe, filepath.Base(root), strings.Join(rpmPackages, " "))
	return cached("rpm", id, func(dir string) error {
		return p.Step("install "+strings.Join(rpmPackages, ", "), func() error { return addRPM(dir, root) })
	})
}

func addRPM(dir, root string) error {
	if out, err := exec.Command("cp", "-a", "--reflink=auto", root+"/.", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("cp: %w\n%s", err, out)
	}
	install := append([]string{"env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends",
		"-o", "Dpkg::Options::=--force-unsafe-io"}, rpmPackages...)
	for _, args := range [][]string{
		{"apt-get", "update"},
		install,
		{"apt-get", "clean"},
		{"sh", "-c", "rm -rf /var/lib/apt/lists/* /var/lib/rpm/*"},
	} {
		cmd := exec.Command("unshare", append([]string{
			"--mount", "--pid", "--fork", "--propagation", "private", "sh", "-c", inRoot, "sh", dir}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, lastLines(string(out), 15))
		}
	}
	return nil
}
