package e2e

import (
	"os"
	"strings"
	"sync"
	"testing"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
)

// otherVersion is a release that a package server has beside the latest.
const otherVersion = "1.104.0"

// stage is a folder of a machine for what becomes a package of Tailscale.
const stage = "/root/stage"

// ownFiles are the files of such a package, as they are called when /bin and
// /sbin are folders of /usr.
var ownFiles = []string{"/usr/bin/tailscale", "/usr/sbin/tailscaled", "/usr/lib/systemd/system/tailscaled.service"}

// rpmRoot is what machines with rpm are made of.
var rpmRoot = sync.OnceValues(func() (string, error) {
	return machine.RPM(machine.Progress{W: os.Stdout}, kit.Root)
})

// stageInstalled stages the Tailscale that the machine has.
func (s *scene) stageInstalled() {
	s.t.Helper()
	s.run("sh", "-c", "rm -rf "+stage+"; mkdir "+stage+"; cp -a --parents "+strings.Join(ownFiles, " ")+" "+stage)
}

// stageRelease stages a release from the package server over what was staged.
func (s *scene) stageRelease(version string) {
	s.t.Helper()
	s.does(from(packageServer, "fetch", "--version", version, "--to", "/root/fetched")...)
	s.run("sh", "-c", `cd /root/fetched && tar -xzf tailscale_`+version+`_amd64.tgz && cd tailscale_*/ &&
		cp tailscale `+stage+`/usr/bin/ && cp tailscaled `+stage+`/usr/sbin/ && rm -r /root/fetched`)
}

// deb makes a package of what is staged and returns its path.
func (s *scene) deb(version string) string {
	s.t.Helper()
	path := "/root/tailscale_" + version + "_amd64.deb"
	s.write(stage+"/DEBIAN/control", "Package: tailscale\nVersion: "+version+"\nArchitecture: amd64\n"+
		"Maintainer: nobody <nobody@test>\nDescription: as a distribution would\n")
	s.run("dpkg-deb", "-Znone", "--root-owner-group", "--build", stage, path)
	return path
}

// rpm makes a package of what is staged and returns its path.
func (s *scene) rpm(version string) string {
	s.t.Helper()
	s.write("/root/tailscale.spec", "Name: tailscale\nVersion: "+version+"\nRelease: 1\nSummary: as a distribution would\n"+
		"License: BSD-3-Clause\nAutoReqProv: no\n"+
		"%global debug_package %{nil}\n%global __os_install_post %{nil}\n%global _binary_payload w0.gzdio\n"+
		"%description\nx\n%install\nmkdir -p %{buildroot}\ncp -a "+stage+"/usr %{buildroot}/\n%files\n"+
		strings.Join(ownFiles, "\n")+"\n")
	s.run("rpmbuild", "--quiet", "-bb", "--define", "_topdir /root/rpmbuild", "/root/tailscale.spec")
	return "/root/rpmbuild/RPMS/x86_64/tailscale-" + version + "-1.x86_64.rpm"
}

// otherRefused: another version than the package's is refused with its owner
// and the cure, and nothing but rpm's own cache is other than before.
func (s *scene) otherRefused(wanted, manager, upgrade string) {
	s.t.Helper()
	before := s.without("/var/lib/rpm", s.snapshot())
	res := s.ends(exitCreate, s.withKey(from(packageServer, "install", "8888", "--version", wanted)...)...)
	line, cure, _ := strings.Cut(res.Stderr, "\n")
	says(s.t, line, "cannot install Tailscale "+wanted, "package tailscale", manager, "/usr/bin/tailscale")
	says(s.t, cure, upgrade)
	if diff := before.Compare(s.without("/var/lib/rpm", s.snapshot()), true); len(diff) > 0 {
		s.t.Fatalf("the machine is not as it was:\n%s", strings.Join(diff, "\n"))
	}
}

// without leaves a folder out of a listing.
func (s *scene) without(folder string, list machine.Listing) machine.Listing {
	for path := range list {
		if strings.HasPrefix(path, folder) {
			delete(list, path)
		}
	}
	return list
}

// used: the package's Tailscale serves, no package server is asked for one,
// and uninstall takes nothing of it away.
func (s *scene) used(version string, args ...string) {
	s.t.Helper()
	asked := s.requests()
	s.install(home, from(packageServer, append([]string{"8888"}, args...)...)...)
	s.page(home, s.token, soon)
	if got := s.version(); got != version {
		s.t.Errorf("tailscale is %s, want %s", got, version)
	}
	if now := s.requests(); now != asked {
		s.t.Errorf("%d requests for what was there", now-asked)
	}
	s.does("uninstall", "--purge")
	s.noPage(home)
}

// TestDpkgOwns: a Tailscale of dpkg's is used and never replaced; the cure that
// is told is one.
func TestDpkgOwns(t *testing.T) {
	s := newServed(t, machine.Options{})
	s.stageInstalled()
	s.run("dpkg", "-i", s.deb(packages.Latest))
	const upgrade = "apt-get install --only-upgrade tailscale"
	s.otherRefused(otherVersion, "dpkg", upgrade)
	s.otherRefused(packages.Oldest, "dpkg", upgrade)
	s.used(packages.Latest)
	s.run("dpkg", "--verify", "tailscale")

	s.stageRelease(otherVersion)
	path := s.deb(otherVersion)
	size := s.run("stat", "-c", "%s", path)
	sum, _, _ := strings.Cut(s.run("sha256sum", path), " ")
	s.write("/root/Packages", s.read(stage+"/DEBIAN/control")+"Filename: ."+strings.TrimPrefix(path, "/root")+
		"\nSize: "+size+"\nSHA256: "+sum+"\n")
	s.write("/etc/apt/sources.list", "deb [trusted=yes] file:/root ./\n")
	s.run("apt-get", "-o", "APT::Sandbox::User=root", "update")
	s.run("sh", "-c", upgrade+" -y -o APT::Sandbox::User=root")
	s.used(otherVersion, "--version", otherVersion)
	s.run("dpkg", "--verify", "tailscale")
}

// TestDpkgOwnsByOldNames: the package's programs are in /bin and /sbin, which
// were folders of their own when it was made.
func TestDpkgOwnsByOldNames(t *testing.T) {
	s := newServed(t, machine.Options{})
	s.stageInstalled()
	s.run("sh", "-c", "cd "+stage+" && mv usr/bin usr/sbin .")
	s.run("dpkg", "-i", s.deb(packages.Latest))
	if got := s.run("dpkg-query", "-S", "/bin/tailscale"); got != "tailscale: /bin/tailscale" {
		t.Fatalf("dpkg says %q", got)
	}
	s.otherRefused(otherVersion, "dpkg", "apt-get install --only-upgrade tailscale")
	s.used(packages.Latest)
}

// TestDpkgTakesOver: a package that comes over what install placed owns it from
// then on, also where it has the same bytes.
func TestDpkgTakesOver(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.install(home, from(packageServer, "8888")...)
	s.run("mkdir", "-p", "/usr/lib/systemd/system")
	s.run("cp", "/etc/systemd/system/tailscaled.service", "/usr/lib/systemd/system/")
	s.stageInstalled()
	s.run("dpkg", "-i", s.deb(packages.Latest))
	s.otherRefused(otherVersion, "dpkg", "apt-get install --only-upgrade tailscale")
	res := s.does("uninstall", "--purge")
	says(t, res.Stdout+res.Stderr, "/usr/bin/tailscale", "package tailscale", "dpkg")
	s.run("dpkg", "--verify", "tailscale")
	if !s.Exists("/var/lib/tailscale/tailscaled.state") {
		t.Error("the login of what is a package's now is gone")
	}
}

// TestDpkgFails: a dpkg that cannot tell is no reason to take a file for
// nobody's.
func TestDpkgFails(t *testing.T) {
	s := newServed(t, machine.Options{})
	s.write("/var/lib/dpkg/status", "garbage\n")
	res := s.tsfunnel(s.withKey(from(packageServer, "install", "8888", "--version", otherVersion)...)...)
	if res.Code == exitDone {
		t.Errorf("replaced: %v", res)
	}
	says(t, res.Stderr, "cannot ask dpkg", "/usr/bin/tailscale", "/var/lib/dpkg/status")
	s.used(packages.Latest) // what is there is used as it is, whoever owns it
}

// TestApkOwns: what apk's database says belongs to a package is used and never
// replaced. No apk can be had here: the database has the lines that one writes.
func TestApkOwns(t *testing.T) {
	s := newServed(t, machine.Options{})
	s.run("mkdir", "-p", "/lib/apk/db")
	s.write("/lib/apk/db/installed", "P:tailscaled-doc\nV:1-r0\nF:usr/share/man\nR:tailscale\n\n"+
		"P:tailscale\nV:"+packages.Latest+"-r0\nF:usr/bin\nR:tailscale\na:0:0:755\nF:usr/sbin\nR:tailscaled\na:0:0:755\n\n")
	s.otherRefused(otherVersion, "apk", "apk add --upgrade tailscale")
	s.used(packages.Latest)
}

// TestRpmOwns: the same with rpm, by either of the programs that upgrade its
// packages.
func TestRpmOwns(t *testing.T) {
	root, err := rpmRoot()
	s := newServed(t, machine.Options{Root: must1(t, root, err)})
	// A database that is not there is not made by asking it.
	s.refuses(exitCreate, s.withKey(from(packageServer, "install", "8888", "--version", otherVersion)...), otherVersion)

	s.stageInstalled()
	first := s.rpm(packages.Latest)
	s.stageRelease(otherVersion)
	newer := s.rpm(otherVersion)
	s.run("sh", "-c", "mkdir /root/repository && mv "+newer+" /root/repository && createrepo_c --quiet /root/repository")
	repository := "[test]\nname=test\nbaseurl=file:///root/repository\ngpgcheck=0\n"
	s.write("/etc/yum.repos.d/test.repo", repository)
	s.write("/etc/zypp/repos.d/test.repo", repository)

	for _, upgrade := range []string{"dnf upgrade", "zypper --non-interactive --no-gpg-checks update"} {
		words := strings.Fields(upgrade)
		advice := words[0] + " " + words[len(words)-1] + " tailscale"
		s.run("rpm", "--upgrade", "--oldpackage", "--nodeps", first)
		s.otherRefused(otherVersion, "rpm", advice)
		s.run("sh", "-c", "yes | "+upgrade+" tailscale")
		if got := s.version(); got != otherVersion {
			t.Fatalf("%q left tailscale at %s", upgrade, got)
		}
		s.run("mv", "/usr/bin/"+words[0], "/root/")
	}
	s.used(otherVersion, "--version", otherVersion)
	s.run("rpm", "--verify", "tailscale")
	// Neither is there any more.
	s.otherRefused(packages.Oldest, "rpm", "tailscale")

	s.run("sh", "-c", "echo garbage >/var/lib/rpm/rpmdb.sqlite")
	res := s.tsfunnel(s.withKey(from(packageServer, "install", "8888", "--version", packages.Oldest)...)...)
	if res.Code == exitDone {
		t.Errorf("replaced: %v", res)
	}
	says(t, res.Stderr, "cannot ask rpm", "/usr/bin/tailscale")
}
