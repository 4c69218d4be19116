package e2e

import (
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
)

const (
	older = packages.Oldest
	newer = "1.104.0"
)

// programs are the names by which Tailscale's programs are run.
var programs = []string{"/usr/bin/tailscale", "/usr/sbin/tailscaled"}

// daemon returns the version that the running tailscaled says it is.
func (s *scene) daemon() string {
	s.t.Helper()
	version, _, _ := strings.Cut(lineWith(s.run("tailscale", "version", "--daemon"), "Daemon: "), "-")
	return strings.TrimPrefix(version, "Daemon: ")
}

// runs demands that program, daemon and running daemon are of a version, and
// that nothing is left of an exchange.
func (s *scene) runs(version string) {
	s.t.Helper()
	if cli, daemon := s.version(), s.daemon(); cli != version || daemon != version {
		s.t.Errorf("tailscale is %s, tailscaled %s, want %s", cli, daemon, version)
	}
	if exe := s.run("readlink", "/proc/"+s.property("tailscaled", "MainPID")+"/exe"); exe != programs[1] {
		s.t.Errorf("tailscaled runs from %s", exe)
	}
	if left := s.run("find", "/usr", "/etc", "/var/lib/tsfunnel", "-name", "*tsfunnel-*", "-o", "-name", ".*.tmp",
		"-o", "-path", "/usr/lib/tsfunnel*"); left != "" {
		s.t.Errorf("left: %s", left)
	}
}

// TestReplace: another version is asked for, takes over, and a page comes
// through it.
func TestReplace(t *testing.T) {
	s := newBlank(t, machine.Options{})
	before := s.snapshot()
	s.install(home, from(packageServer, "8888", "--version", older)...)
	s.runs(older)
	// What an administrator changed stays, what is as it was packaged goes along.
	s.run("sh", "-c", "echo '# mine' >>/etc/default/tailscaled")
	s.run("sh", "-c", "sed -i 's/^After=/After=mine.target /' /etc/systemd/system/tailscaled.service && systemctl daemon-reload")

	plan := s.does(s.withKey(from(packageServer, "install", "8888", "--version", newer, "--dry-run")...)...)
	says(t, plan.Stdout, "another Tailscale "+newer, "the previous one stays until it answers")
	s.runs(older)

	s.install(home, from(packageServer, "8888", "--version", newer)...)
	s.runs(newer)
	s.page(home, s.token, soon)
	says(t, s.read("/etc/default/tailscaled"), "# mine")
	says(t, s.read("/etc/systemd/system/tailscaled.service"), "After=mine.target")
	after, pid := s.snapshot(), s.property("tailscaled", "MainPID")
	says(t, s.install(home, from(packageServer, "8888", "--version", newer)...).Stderr, "nothing to do")
	s.unchanged(after, true)
	if s.property("tailscaled", "MainPID") != pid {
		t.Error("the second run restarted tailscaled")
	}

	s.refuses(exitCreate, s.withKey(from(packageServer, "install", "8888", "--version", older)...), older, newer, "--allow-downgrade")
	s.refuses(exitCreate, s.withKey(from(packageServer, "install", "8888", "--version", newer, "--prefix", "/srv/other")...), "/srv/other", "/usr")
	s.does(from(packageServer, "fetch", "--version", older, "--to", "/root/older")...)
	asked := s.requests()
	s.install(home, "8888", "--package", "/root/older/tailscale_"+older+"_amd64.tgz", "--allow-downgrade")
	s.runs(older)
	s.page(home, s.token, soon)
	if now := s.requests(); now != asked {
		t.Errorf("%d requests for a package on disk", now-asked)
	}
	s.run("sh", "-c", "sed -i '/# mine/d' /etc/default/tailscaled; sed -i 's/mine.target //' /etc/systemd/system/tailscaled.service")
	s.does("uninstall", "--purge")
	s.unchanged(before, false)
}

// TestStillborn: a release whose tailscaled does not come up is taken back, and
// what was there runs again.
func TestStillborn(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.install(home, from(packageServer, "8888")...)
	before := s.snapshot()
	res := s.ends(exitUnavailable, s.withKey(from(packageServer, "install", "8888", "--version", packages.Stillborn)...)...)
	says(t, res.Stderr, "new tailscaled", "previous Tailscale is back", "journalctl -u tailscaled")
	s.runs(packages.Latest)
	s.page(home, s.token, recovery)
	s.unchanged(before, false)
}

// TestUninstallUnproven: a replacement that was killed before its tailscaled
// answered is taken back by uninstall, for whatever funnels remain.
func TestUninstallUnproven(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.install(home, from(packageServer, "8888")...)
	s.install(home8443, "9999", "--name", "api", "--https", "8443")
	before := s.sums()
	p, err := s.Machine.Start(t.Context(), machine.Command{Args: append([]string{bin},
		s.withKey(from(packageServer, "install", "8888", "--version", packages.Stillborn)...)...)})
	s.must(err)
	s.eventually("the new one holds", recovery, func() bool {
		return s.try("readlink", "/usr/lib/tsfunnel/current").Stdout == "new\n"
	})
	s.run("sh", "-c", "kill -9 $(cat /run/tsfunnel.lock)")
	if res, err := p.Wait(); err != nil || res.Code != killed {
		t.Fatalf("install: %v: %v", err, res)
	}
	if maps.Equal(s.sums(), before) {
		t.Fatal("the programs did not change")
	}

	says(t, s.does("uninstall", "--name", "api").Stderr, "had not answered")
	if got := s.sums(); !maps.Equal(got, before) {
		t.Errorf("the programs are %v, were %v", got, before)
	}
	s.runs(packages.Latest)
	s.page(home, s.token, recovery)
	s.does("uninstall", "--purge")
	if got := s.sums(); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}

// killNames is how far apart the points of a kill are; TSFUNNEL_KILL_EVERY=1
// tries all.
func killNames(t *testing.T, step int) int {
	t.Helper()
	if text := os.Getenv("TSFUNNEL_KILL_EVERY"); text != "" {
		n, err := strconv.Atoi(text)
		return must1(t, n, err)
	}
	return step
}

// sums returns what the programs' names lead to; nothing for a name that leads
// nowhere.
func (s *scene) sums() map[string]string {
	s.t.Helper()
	sums := map[string]string{}
	for _, path := range programs {
		if res := s.try("sha256sum", path); res.Code == 0 {
			sums[path] = strings.Fields(res.Stdout)[0]
		}
	}
	return sums
}

// TestKilledPlacing: wherever the first placing is killed, there are both
// programs or none, the next run finishes, and uninstall leaves nothing.
func TestKilledPlacing(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.must(s.CopyIn(kit.Killat, killat))
	s.does(from(packageServer, "fetch", "--to", "/root/carried")...)
	before := s.snapshot()
	step, none := killNames(t, 23), 0
	for n := 1 + step/2; ; n += step {
		// Without a login it ends after all was placed.
		res := s.try(killat, "-names", strconv.Itoa(n), bin, "install", "8888", "--timeout", "0",
			"--package", "/root/carried/"+release, "--login-server", s.world.ControlURL)
		got := s.sums()
		if len(got) == 0 {
			none++
		} else if len(got) != len(programs) {
			t.Fatalf("killed at call %d: of the programs there is only %v\n%v", n, got, res)
		}
		if n/step%2 == 0 {
			s.ends(exitPerson, "install", "8888", "--timeout", "0", "--package", "/root/carried/"+release,
				"--login-server", s.world.ControlURL)
			s.runs(packages.Latest)
		}
		s.does("uninstall", "--all", "--purge")
		s.unchanged(before, false)
		if res.Code == exitPerson {
			if none == 0 {
				t.Error("no kill came before the programs were there")
			}
			return
		}
		if res.Code != killed {
			t.Fatalf("killed at call %d: %v", n, res)
		}
	}
}

// TestKilledUnpacking: whatever was made below another prefix goes, also when
// no program ever came.
func TestKilledUnpacking(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.must(s.CopyIn(kit.Killat, killat))
	s.does(from(packageServer, "fetch", "--to", "/root/carried")...)
	before := s.snapshot()
	made := 0
	for n := 1; !s.Exists("/srv/tailscale/lib"); n += killNames(t, 2) {
		if s.Exists("/srv/tailscale") {
			made++
		}
		s.does("uninstall", "--all")
		s.unchanged(before, false)
		if res := s.try(killat, "-names", strconv.Itoa(n), bin, "install", "8888", "--timeout", "0", "--prefix", "/srv/tailscale",
			"--package", "/root/carried/"+release, "--login-server", s.world.ControlURL); res.Code != killed {
			t.Fatalf("killed at call %d: %v", n, res)
		}
	}
	if made == 0 {
		t.Error("no kill came between the first folder and the first program")
	}
	s.does("uninstall", "--all")
	s.unchanged(before, false)
}

// TestKilledReplacing: wherever a replacement is killed, both programs are the
// old or both the new ones, they run, and the next run finishes.
func TestKilledReplacing(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.must(s.CopyIn(kit.Killat, killat))
	known := map[string]map[string]string{}
	for _, version := range []string{older, newer} {
		s.does(from(packageServer, "fetch", "--version", version, "--to", "/root/carried")...)
		s.install(home, "8888", "--package", "/root/carried/tailscale_"+version+"_amd64.tgz")
		known[version] = s.sums()
	}
	now := newer
	step, held := killNames(t, 29), map[string]int{}
	for n := 1 + step/2; ; n += step {
		next := older
		if now == older {
			next = newer
		}
		args := s.withKey("install", "8888", "--allow-downgrade", "--package", "/root/carried/tailscale_"+next+"_amd64.tgz")
		res := s.try(append([]string{killat, "-names", strconv.Itoa(n), bin}, args...)...)
		got := s.sums()
		switch {
		case maps.Equal(got, known[now]):
			held["old"]++
		case maps.Equal(got, known[next]):
			held["new"]++
		default:
			t.Fatalf("killed at call %d: the programs are neither both old nor both new: %v\n%v", n, got, res)
		}
		s.install(home, args[1:len(args)-4]...)
		s.runs(next)
		s.page(home, s.token, recovery)
		now = next
		if res.Code == exitDone {
			break
		}
		if res.Code != killed {
			t.Fatalf("killed at call %d: %v", n, res)
		}
	}
	if held["old"] < 2 || held["new"] < 2 {
		t.Errorf("the kills came at one side only: %v", held)
	}
}
