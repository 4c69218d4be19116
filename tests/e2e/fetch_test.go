package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
)

// dropIn is what gives tailscaled an environment of ours.
const dropIn = "/etc/systemd/system/tailscaled.service.d/50-tsfunnel.conf"

// placed are files of Tailscale's that install places.
var placed = []string{"/usr/bin/tailscale", "/usr/sbin/tailscaled", "/etc/default/tailscaled"}

// TestFromNothing is the whole job on a machine that has neither Tailscale nor
// a CA bundle: one command, a page, and back to nothing.
func TestFromNothing(t *testing.T) {
	s := newBlank(t, machine.Options{Rootless: true})
	before := s.snapshot()
	args := from(packageServer, "8888", "--cacert", machine.RootsFile)
	s.install(home, args...)
	s.page(home, s.token, soon)
	if got := s.version(); got != packages.Latest {
		t.Errorf("tailscale is %s", got)
	}

	pid, daemon := s.property(unit, "MainPID"), s.property("tailscaled", "MainPID")
	after := s.snapshot()
	res := s.install(home, args...)
	says(t, res.Stdout+res.Stderr, "nothing to do")
	s.unchanged(after, true)
	if s.property(unit, "MainPID") != pid || s.property("tailscaled", "MainPID") != daemon {
		t.Error("the second run restarted something")
	}

	s.reboot()
	s.page(home, s.token, recovery)
	s.does("uninstall", "--purge")
	s.noPage(home)
	s.unchanged(before, false)
	for _, path := range append(placed, dropIn) {
		if s.Exists(path) {
			t.Errorf("%s is left", path)
		}
	}
}

// TestUninstallLeavesTailscale: without --purge what was placed stays, and can
// be used again.
func TestUninstallLeavesTailscale(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.install(home, from(packageServer, "8888")...)
	s.page(home, s.token, soon)
	s.does("uninstall")
	s.noPage(home)
	for _, path := range placed {
		if !s.Exists(path) {
			t.Errorf("%s is gone", path)
		}
	}
	asked := s.requests()
	s.install(home, "8888")
	s.page(home, s.token, soon)
	if now := s.requests(); now != asked {
		t.Errorf("%d more requests for what was there", now-asked)
	}
}

// TestHTTPS: over TLS the authority must be known; one that is not is named.
func TestHTTPS(t *testing.T) {
	s := newBlank(t, machine.Options{})
	before := s.snapshot()
	res := s.tsfunnel(s.withKey(from(secureServer, "install", "8888")...)...)
	if res.Code == exitDone {
		t.Fatalf("an unknown authority is trusted: %v", res)
	}
	says(t, res.Stderr, "Packages Root")
	s.unchanged(before, false)
	s.install(home, from(secureServer, "8888", "--cacert", machine.RootsFile)...)
	s.page(home, s.token, soon)
	list, err := s.world.Requests()
	s.must(err)
	lines := map[string]int{}
	for _, r := range list {
		if r.Scheme != "https" || r.UserAgent == "" {
			t.Errorf("a request over %s by %q: %s", r.Scheme, r.UserAgent, r.URI)
		}
		lines[r.Host+" "+r.Line]++
	}
	if len(lines) != 2 {
		t.Errorf("not one connection to each of both hosts: %v", lines)
	}
}

// TestDowngradedRedirect: a redirect from https to http is not followed.
func TestDowngradedRedirect(t *testing.T) {
	s := newBlank(t, machine.Options{})
	before := s.snapshot()
	res := s.ends(exitData, s.withKey(from(secureServer+"/fault/downgrade", "install", "8888", "--cacert", machine.RootsFile)...)...)
	says(t, res.Stderr, "https to http")
	s.unchanged(before, false)
}

// TestExistingBundle: a system's own CA bundle is used, and tailscaled's
// environment is left alone.
func TestExistingBundle(t *testing.T) {
	s := newBlank(t, machine.Options{Rootless: true})
	s.write("/etc/ssl/certs/ca-certificates.crt", s.read(machine.RootsFile))
	s.install(home, from(secureServer, "8888")...)
	s.page(home, s.token, soon)
	if s.Exists(dropIn) {
		t.Errorf("%s is there", dropIn)
	}
}

// TestCarried: a package that one machine fetched installs on another, which
// asks no server for it.
func TestCarried(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.does(from(packageServer, "fetch", "--to", "/root/carried")...)
	asked := s.requests()
	s.must(s.world.SetFaults("mute,on=any,host=pkgs+mute,on=any,host=dl"))
	before := s.snapshot()

	s.run("sh", "-c", "cp -r /root/carried /root/forged && printf x >>/root/forged/"+release)
	s.ends(exitData, s.withKey("install", "8888", "--package", "/root/forged/"+release)...)
	s.run("sh", "-c", "cp -r /root/carried /root/unsigned && rm /root/unsigned/"+release+".sig")
	if res := s.tsfunnel(s.withKey("install", "8888", "--package", "/root/unsigned/"+release)...); res.Code == exitDone {
		t.Errorf("no signature, and yet: %v", res)
	}
	s.unchanged(before, false)

	s.install(home, "8888", "--package", "/root/carried/"+release)
	s.page(home, s.token, soon)
	if now := s.requests(); now != asked {
		t.Errorf("%d requests to a server", now-asked)
	}
}

// TestOtherArchitecture: a package of another architecture is fetched, but not
// installed.
func TestOtherArchitecture(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.does(from(packageServer, "fetch", "--arch", "arm64", "--to", "/root/carried")...)
	before := s.snapshot()
	res := s.ends(exitData, s.withKey("install", "8888", "--package", "/root/carried/tailscale_1.102.3_arm64.tgz")...)
	says(t, res.Stderr, "arm64", "amd64")
	// Neither under a name that claims otherwise.
	s.run("sh", "-c", "cd /root/carried && for f in tailscale_*; do mv $f $(echo $f | sed s/arm64/amd64/); done")
	s.ends(exitData, s.withKey("install", "8888", "--package", "/root/carried/"+release)...)
	s.unchanged(before, false)
}

// TestVersions: a version that is asked for is the one that is placed; one that
// is there is not replaced by another.
func TestVersions(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.install(home, from(packageServer, "8888", "--version", "1.104.0")...)
	s.page(home, s.token, soon)
	if got := s.version(); got != "1.104.0" {
		t.Errorf("tailscale is %s", got)
	}
	before := s.snapshot()
	for _, other := range []string{packages.Oldest, packages.Latest} {
		s.refuses(exitCreate, s.withKey(from(packageServer, "install", "8888", "--version", other)...), other, "1.104.0")
	}
	s.install(home, from(packageServer, "8888", "--version", "1.104.0")...)
	s.install(home, from(packageServer, "8888")...)
	s.unchanged(before, true)
}

var twoNumbers = regexp.MustCompile(`not enough space, [0-9.]+ MiB are needed and [0-9.]+ MiB are free`)

// TestDiskFull: too little space is told with both numbers before anything is
// written.
func TestDiskFull(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.run("mkdir", "-p", "/opt/tailscale", "/srv/full")
	s.run("mount", "-t", "tmpfs", "-o", "size=8m", "none", "/srv/full")
	s.run("mount", "-t", "tmpfs", "-o", "size=30m", "none", "/opt/tailscale")
	before := s.snapshot()
	for _, args := range [][]string{
		from(packageServer, "fetch", "--to", "/srv/full"),
		s.withKey(from(packageServer, "install", "8888", "--prefix", "/opt/tailscale")...),
	} {
		res := s.tsfunnel(args...)
		if res.Code == exitDone || !twoNumbers.MatchString(res.Stderr) {
			t.Errorf("%q: %v", args, res)
		}
		says(t, res.Stderr, "space")
	}
	s.unchanged(before, false)
	if got := s.run("find", "/srv/full", "/opt/tailscale", "-type", "f"); got != "" {
		t.Errorf("left: %s", got)
	}
}

// TestReadOnlyUsr: where /usr cannot be written, Tailscale goes elsewhere and
// its unit follows.
func TestReadOnlyUsr(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.run("mount", "--bind", "/usr", "/usr")
	s.run("mount", "-o", "remount,ro,bind", "/usr")
	s.install(home, from(packageServer, "8888")...)
	s.page(home, s.token, soon)
	exe := s.run("readlink", "/proc/"+s.property("tailscaled", "MainPID")+"/exe")
	if !strings.HasPrefix(exe, "/opt/tailscale/") {
		t.Errorf("tailscaled runs from %s", exe)
	}
	s.does("uninstall", "--purge")
	if s.Exists("/opt/tailscale") {
		t.Error("/opt/tailscale is left")
	}
}

// TestPrefix: the same by request, on a machine where /usr would do.
func TestPrefix(t *testing.T) {
	s := newBlank(t, machine.Options{})
	before := s.snapshot()
	s.install(home, from(packageServer, "8888", "--prefix", "/srv/tailscale")...)
	s.page(home, s.token, soon)
	if s.Exists("/usr/bin/tailscale") {
		t.Error("/usr/bin/tailscale is there")
	}
	s.reboot()
	s.page(home, s.token, recovery)
	s.does("uninstall", "--purge")
	s.unchanged(before, false)
}

// TestRefusedPackages: nothing that is forged, or that is signed well and means
// ill, leaves a trace on a machine.
func TestRefusedPackages(t *testing.T) {
	s := newBlank(t, machine.Options{})
	before := s.snapshot()
	var bases []string
	for _, twin := range forged {
		bases = append(bases, "/fault/"+twin)
	}
	for _, kind := range packages.HostileKinds() {
		bases = append(bases, "/hostile/"+kind)
	}
	for _, base := range bases {
		res := s.tsfunnel(s.withKey(from(packageServer+base, "install", "8888")...)...)
		if res.Code != exitData {
			t.Errorf("%s: want exit %d: %v", base, exitData, res)
			s.tsfunnel("uninstall", "--purge")
		}
		s.unchanged(before, false)
	}
	if got := s.state("is-active", "tailscaled"); got != "inactive" {
		t.Errorf("tailscaled is %s", got)
	}
	// The same command line with a good server goes through.
	s.install(home, from(packageServer, "8888")...)
	s.page(home, s.token, soon)
}

// TestCutOnTheWay: an install whose download is cut again and again ends well.
func TestCutOnTheWay(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.install(home, from(packageServer+"/fault/cut=4194304", "8888")...)
	s.page(home, s.token, soon)
	placed, err := s.ReadFile("/usr/bin/tailscale")
	s.must(err)
	want, err := os.ReadFile(filepath.Join(latest, "usr/bin/tailscale"))
	s.must(err)
	if !bytes.Equal(placed, want) {
		t.Error("/usr/bin/tailscale is not the one that was packed")
	}
}
