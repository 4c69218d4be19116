package machine

import (
	"path/filepath"
	"strings"
)

// rpmPackages are Debian's packages of the package managers of others, and of
// what makes a repository for them.
var rpmPackages = []string{"rpm", "dnf", "zypper", "createrepo-c"}

// rpmRecipe changes when the way such a root is made does.
const rpmRecipe = "rpm 1"

// addPackages installs the packages that are its arguments.
const addPackages = `apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	-o Dpkg::Options::=--force-unsafe-io "$@"
apt-get clean
rm -rf /var/lib/apt/lists/* /var/lib/rpm/*
`

// RPM returns a root as Root's, which must be root, that has rpm, dnf and
// zypper as well. rpm's database is not there yet.
func RPM(p Progress, root string) (string, error) {
	id := digest(rpmRecipe, filepath.Base(root), strings.Join(rpmPackages, " "))
	return cached("rpm", id, func(dir string) error {
		return p.Step("install "+strings.Join(rpmPackages, ", "), func() error { return addRPM(dir, root) })
	})
}

func addRPM(dir, root string) error {
	if err := copyTree(root, dir); err != nil {
		return err
	}
	return inChroot(dir, nil, addPackages, rpmPackages...)
}
