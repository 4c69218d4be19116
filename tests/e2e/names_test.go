package e2e

import (
	"strings"
	"testing"
	"time"
)

// TestTwoNames: two funnels side by side, each with a port and a unit of its
// own; what they share goes with the last.
func TestTwoNames(t *testing.T) {
	s := newMachine(t)
	before := s.snapshot()
	s.install(home, "8888")
	s.install(home8443, "9999", "--name", "api", "--https", "8443")
	s.page(home, s.token, soon)
	s.page(home8443, s.other, soon)

	s.reboot()
	s.page(home, s.token, recovery)
	s.page(home8443, s.other, recovery)

	s.does("uninstall", "--name", "api")
	s.noPage(home8443)
	s.page(home, s.token, soon)
	if s.Exists("/etc/systemd/system/" + unitAPI) {
		t.Errorf("%s is left", unitAPI)
	}
	s.does("uninstall")
	s.noPage(home)
	s.unchanged(before, false)
}

// TestUninstallAll takes every name down at once.
func TestUninstallAll(t *testing.T) {
	s := newMachine(t)
	before := s.snapshot()
	s.install(home, "8888")
	s.install(home8443, "9999", "--name", "api", "--https", "8443")
	s.does("uninstall", "--all")
	s.noPage(home)
	s.noPage(home8443)
	s.unchanged(before, false)
}

// TestUninstallAllUnrecorded: without the manifest, what carries our marker is
// found by its name.
func TestUninstallAllUnrecorded(t *testing.T) {
	s := newMachine(t)
	before := s.snapshot()
	s.install(home8443, "9999", "--name", "api", "--https", "8443")
	s.install(home, "8888", "--name", "web")
	foreign := "/etc/systemd/system/tailscale-funnel-mine.service"
	s.write(foreign, recipe)
	s.run("rm", "-r", "/var/lib/tsfunnel")
	s.does("uninstall", "--all")
	s.noPage(home)
	s.noPage(home8443)
	if s.read(foreign) != recipe {
		t.Error("a foreign unit was touched")
	}
	s.run("rm", foreign)
	// How tailscaled was found is lost with the manifest.
	s.run("systemctl", "disable", "--now", "tailscaled")
	s.unchanged(before, false)
}

// TestPortTaken: two names on one port are refused with the free ports named,
// and on another port the second name is welcome.
func TestPortTaken(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	args := s.withKey("install", "9999", "--name", "api")
	res := s.refuses(exitPerson, args, "443", "8443", "10000")
	s.install(home8443, append(args[1:2:2], "--name", "api", "--https", "8443")...)

	res = s.refuses(exitPerson, s.withKey("install", "9999", "--name", "third", "--https", "8443"), "10000")
	if free := lastLine(res.Stderr); strings.Contains(free, " 443") {
		t.Errorf("443 is offered as free: %s", res.Stderr)
	}
	s.page(home, s.token, soon)
	s.page(home8443, s.other, soon)
}

// TestPortTakenByOthers: a listener that is not ours is not pushed aside.
func TestPortTakenByOthers(t *testing.T) {
	s := newMachine(t)
	s.login()
	s.run("tailscale", "funnel", "--bg", "9999")
	s.page(home, s.other, soon)
	s.refuses(exitPerson, s.withKey("install", "8888"), "443", "8443", "10000")
	s.client.WaitPage(t, home, s.other, soon)
	s.install(home8443, "8888", "--https", "8443")
	s.page(home8443, s.token, soon)
	s.client.WaitPage(t, home, s.other, time.Second)
}
