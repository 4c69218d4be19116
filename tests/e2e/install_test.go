package e2e

import (
	"strings"
	"testing"
	"time"

	"tsfunnel.test/machine"
)

// edited is where the unit goes that somebody edited, when it cannot stay.
const edited = "/var/lib/tsfunnel/" + unit + ".edited"

// TestInstall is the main job: from the bare program to a page that survives a
// reboot, and back to a machine on which nothing is left.
func TestInstall(t *testing.T) {
	s := newMachine(t)
	before := s.snapshot()
	s.install(home, "8888")
	s.page(home, s.token, soon)

	s.reboot()
	s.page(home, s.token, recovery)

	s.does("uninstall")
	s.noPage(home)
	s.unchanged(before, false)
	if got := s.state("is-enabled", "tailscaled"); got != "disabled" {
		t.Errorf("tailscaled is %s after uninstall, was disabled", got)
	}
	if got := s.state("is-active", "tailscaled"); got != "inactive" {
		t.Errorf("tailscaled is %s after uninstall, was inactive", got)
	}
	for _, dir := range []string{"/run/tsfunnel", "/var/lib/tsfunnel"} {
		if s.Exists(dir) {
			t.Errorf("%s is left", dir)
		}
	}
	s.reboot()
	s.client.StaysAway(t, home, 3*time.Second)
}

// TestInstallAfterCrash cuts the power instead of a reboot.
func TestInstallAfterCrash(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.run("sync")
	s.must(s.Crash(t.Context()))
	s.must(s.Boot(t.Context()))
	s.page(home, s.token, recovery)
}

// TestUninstallKeepsWhatWas: tailscaled ran before, so it runs afterwards, and
// its login stays; with --logout it does not.
func TestUninstallKeepsWhatWas(t *testing.T) {
	s := newMachine(t)
	s.login()
	before := s.snapshot()
	s.does("install", "8888")
	s.page(home, s.token, soon)
	s.does("uninstall")
	s.noPage(home)
	s.unchanged(before, false)
	if e, a := s.state("is-enabled", "tailscaled"), s.state("is-active", "tailscaled"); e != "enabled" || a != "active" {
		t.Errorf("tailscaled is %s and %s, was enabled and active", e, a)
	}
	says(t, s.run("tailscale", "status", "--json"), `"BackendState": "Running"`)

	s.does("install", "8888")
	s.does("uninstall", "--logout")
	says(t, s.run("tailscale", "status", "--json"), `"BackendState": "NeedsLogin"`)
}

// TestLogoutAgain: a logout can be asked for again, also where tailscaled was
// stopped by an uninstall: it runs for the logout alone.
func TestLogoutAgain(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.does("uninstall")
	for range 2 {
		s.does("uninstall", "--logout")
		if got := s.state("is-active", "tailscaled"); got != "inactive" {
			t.Fatalf("tailscaled is %s after uninstall --logout, was inactive", got)
		}
	}
	s.loggedOut()

	// A tailscaled that is somewhere else is not looked for.
	s.ends(exitUnavailable, "uninstall", "--logout", "--socket", "/run/nobody.sock")
	// The login is another funnel's, too.
	s.run("systemctl", "stop", "tailscaled")
	s.install(home, "8888")
	s.does("install", "9999", "--name", "api", "--https", "8443")
	says(t, s.does("uninstall", "--logout").Stderr, "stays logged in")
	says(t, s.run("tailscale", "status", "--json"), `"BackendState": "Running"`)
	s.does("uninstall", "--name", "api", "--logout")
	s.loggedOut()
}

// loggedOut demands that tailscaled, started if need be, has no login.
func (s *scene) loggedOut() {
	s.t.Helper()
	s.run("systemctl", "start", "tailscaled")
	s.eventually("logged out", soon, func() bool {
		return strings.Contains(s.run("tailscale", "status", "--json"), `"BackendState": "NeedsLogin"`)
	})
}

// TestUninstallTwice: with nothing there, uninstall is done at once.
func TestUninstallTwice(t *testing.T) {
	s := newMachine(t)
	before := s.snapshot()
	s.does("uninstall")
	s.unchanged(before, true)
	s.install(home, "8888")
	s.does("uninstall", "--all")
	s.does("uninstall")
	s.unchanged(before, false)
}

// TestUninstallKeepsChanged: a file that somebody changed since is kept and
// named.
func TestUninstallKeepsChanged(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.run("sh", "-c", "echo '# mine' >>"+recipeUnit)
	res := s.tsfunnel("uninstall")
	says(t, res.Stderr, recipeUnit)
	if !strings.Contains(s.read(recipeUnit), "# mine") {
		t.Error("the changed unit is gone")
	}
	s.noPage(home)
}

// TestSecondInstall changes nothing and says so.
func TestSecondInstall(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	pid, daemon := s.property(unit, "MainPID"), s.property("tailscaled", "MainPID")
	before := s.snapshot()
	res := s.install(home, "8888")
	says(t, res.Stdout+res.Stderr, "nothing to do")
	s.unchanged(before, true)
	if got := s.property(unit, "MainPID"); got != pid {
		t.Errorf("the funnel's main process was %s and is %s", pid, got)
	}
	if got := s.property("tailscaled", "MainPID"); got != daemon {
		t.Errorf("tailscaled's main process was %s and is %s", daemon, got)
	}
	// Also without a key: it is logged in.
	says(t, s.does("install", "8888").Stdout, home)
	s.unchanged(before, true)
}

// TestChangedTarget restarts the funnel, once, and nothing else.
func TestChangedTarget(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.page(home, s.token, soon)
	daemon := s.property("tailscaled", "MainPID")
	s.install(home, "9999")
	s.page(home, s.other, soon)
	if got := s.property("tailscaled", "MainPID"); got != daemon {
		t.Errorf("tailscaled's main process was %s and is %s", daemon, got)
	}
	log := s.run("journalctl", "--no-pager", "-o", "cat", "-u", unit, "-g", "^Started ")
	if n := strings.Count(log, "Started "); n != 2 {
		t.Errorf("the funnel was started %d times, not twice:\n%s", n, log)
	}
	if n := len(s.foregrounds()); n != 1 {
		t.Errorf("%d foreground entries", n)
	}
}

// TestDryRun shows the plan and a diff and does nothing.
func TestDryRun(t *testing.T) {
	s := newMachine(t)
	before := s.snapshot()
	res := s.does(s.withKey("install", "8888", "--dry-run")...)
	says(t, res.Stdout, "--- ", "+++ "+recipeUnit, "@@ ", "+[Service]")
	s.unchanged(before, true)
	if got := s.state("is-active", "tailscaled"); got != "inactive" {
		t.Errorf("tailscaled is %s", got)
	}

	s.install(home, "8888")
	before = s.snapshot()
	pid := s.property(unit, "MainPID")
	res = s.does("install", "9999", "--dry-run")
	says(t, res.Stdout, "-ExecStart=", "+ExecStart=")
	s.unchanged(before, true)
	if got := s.property(unit, "MainPID"); got != pid {
		t.Errorf("the funnel's main process was %s and is %s", pid, got)
	}
	s.page(home, s.token, soon)
}

// TestForeignUnit: a unit that is not ours is refused; --adopt keeps it for
// uninstall to put back, running if it ran.
func TestForeignUnit(t *testing.T) {
	s := newMachine(t)
	s.login()
	s.write(recipeUnit, recipe)
	s.run("systemctl", "daemon-reload")
	s.run("systemctl", "enable", "--now", unit)
	s.page(home, s.token, soon)
	before := s.snapshot()

	s.refuses(exitCreate, s.withKey("install", "8888"), recipeUnit, "--adopt")
	s.does(s.withKey("install", "8888", "--adopt")...)
	s.page(home, s.token, soon)
	if s.read(recipeUnit) == recipe {
		t.Fatal("--adopt left the foreign unit in place")
	}
	s.does("uninstall")
	if got := s.read(recipeUnit); got != recipe {
		t.Errorf("the adopted unit came back as:\n%s", got)
	}
	s.unchanged(before, false)
	if e, a := s.state("is-enabled", unit), s.state("is-active", unit); e != "enabled" || a != "active" && a != "activating" {
		t.Errorf("the adopted unit is %s and %s, was enabled and active", e, a)
	}
	s.page(home, s.token, recovery)
}

// TestEditedAdopted: what somebody edited in the unit that replaced an adopted
// one is kept aside; what was there before comes back and runs, never ours.
func TestEditedAdopted(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"in its place":      recipeUnit,
		"in another folder": "/usr/lib/systemd/system/" + unit,
	} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.login()
			s.write(path, recipe)
			s.run("systemctl", "daemon-reload")
			s.run("systemctl", "enable", "--now", unit)
			s.page(home, s.token, soon)
			before := s.snapshot()
			s.does(s.withKey("install", "8888", "--adopt")...)
			s.run("sh", "-c", "echo '# mine' >>"+recipeUnit)

			res := s.does("uninstall")
			says(t, res.Stderr, recipeUnit, edited)
			says(t, s.read(edited), "# mine", "tsfunnel run")
			if got := s.property(unit, "FragmentPath"); got != path || s.read(path) != recipe {
				t.Errorf("the service is that of %s:\n%s", got, s.read(path))
			}
			if e, a := s.state("is-enabled", unit), s.state("is-active", unit); e != "enabled" || a != "active" && a != "activating" {
				t.Errorf("the adopted unit is %s and %s, was enabled and active", e, a)
			}
			s.page(home, s.token, recovery)
			says(t, s.run("cat", "/proc/"+s.property(unit, "MainPID")+"/cmdline"), "tailscale\x00funnel")
			s.does("uninstall")
			s.run("rm", edited)
			s.run("rmdir", "/var/lib/tsfunnel")
			s.unchanged(before, false)
			if a := s.state("is-active", unit); a != "active" {
				t.Errorf("after another uninstall the adopted unit is %s", a)
			}
		})
	}
}

// TestNoTailscale: without Tailscale's programs, and with nobody to get them
// from, there is nothing to expose with.
func TestNoTailscale(t *testing.T) {
	s := newMachineOf(t, machine.Options{Bare: true})
	res := s.refuses(exitUnavailable, s.withKey("install", "8888", "--quiet"), "pkgs.tailscale.com")
	if n := len(strings.Split(strings.TrimSpace(res.Stderr), "\n")); n > 2 {
		t.Errorf("%d lines for one error and its cure:\n%s", n, res.Stderr)
	}
	s.ends(exitUnavailable, "status")
}

// TestNotRoot: an ordinary user is told so and can do no harm, but may ask.
func TestNotRoot(t *testing.T) {
	s := newMachine(t)
	s.run("cp", bin, "/usr/bin/tsfunnel-copy")
	before := s.snapshot()
	for _, verb := range []string{"install", "uninstall"} {
		res := s.try("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/tsfunnel-copy", verb)
		if res.Code != exitPermission {
			t.Errorf("%s as nobody: want exit %d: %v", verb, exitPermission, res)
		}
		says(t, res.Stderr, "root")
	}
	s.unchanged(before, true)
	res := s.try("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/tsfunnel-copy", "unit", "8888")
	if res.Code != exitDone {
		t.Errorf("unit as nobody: %v", res)
	}
}

// TestSelfPath: the program goes where it is told, else to the first place
// that takes it.
func TestSelfPath(t *testing.T) {
	s := newMachine(t)
	before := s.snapshot()
	for _, path := range []string{"/run/tsfunnel-here", "/dev/shm/deep/tsfunnel"} {
		s.refuses(exitCreate, s.withKey("install", "8888", "--self-path", path), path, "in memory", "on a disk")
	}
	s.install(home, "8888", "--self-path", "/srv/a/bin/tsfunnel")
	says(t, s.read(recipeUnit), "/srv/a/bin/tsfunnel")
	s.page(home, s.token, soon)
	s.install(home, "9999", "--self-path", "/srv/a/bin/tsfunnel")
	s.does("uninstall")
	s.unchanged(before, false)

	// A folder in which there is something else by then stays.
	s.install(home, "8888", "--self-path", "/srv/a/b/tsfunnel")
	s.write("/srv/a/mine", "")
	s.does("uninstall")
	if s.Exists("/srv/a/b") || !s.Exists("/srv/a/mine") {
		t.Error("/srv/a/b is left, or /srv/a/mine is not")
	}

	s.run("mount", "-t", "tmpfs", "-o", "noexec", "none", "/usr/local/bin")
	s.install(home, "8888")
	says(t, s.read(recipeUnit), "/opt/tsfunnel/tsfunnel")
	s.page(home, s.token, soon)
}
