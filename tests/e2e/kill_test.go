package e2e

import (
	"strconv"
	"testing"
)

const (
	killat = "/root/killat"
	killed = 128 + 9
)

// killStep is how far apart the points of a kill are: with it the cases take
// less than a minute. 1 tries every call that changes something.
const killStep = 12

// TestKilled: wherever install or uninstall is killed, the next run finishes
// what it began, and uninstall leaves nothing, be it a temporary file.
func TestKilled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		verb   string
		logout bool // with uninstall
		again  bool // install once more before uninstall
		first  int
		step   int
	}{
		"install, install, uninstall": {"install", false, true, 2, 2 * killStep},
		"install, uninstall":          {"install", false, false, 2 + killStep, 2 * killStep},
		"uninstall, uninstall":        {"uninstall", false, false, 1, killStep / 2},
		"uninstall with logout":       {"uninstall", true, false, 1, killStep},
	} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.must(s.CopyIn(kit.Killat, killat))
			before := s.snapshot()
			uninstall := []string{"uninstall"}
			if c.logout {
				uninstall = append(uninstall, "--logout")
			}
			for n := c.first; ; n += c.step {
				args := []string{killat, strconv.Itoa(n), bin}
				if c.verb == "install" {
					args = s.withKey(append(args, "install", "8888")...)
				} else {
					s.install(home, "8888")
					args = append(args, uninstall...)
				}
				res := s.try(args...)
				if res.Code != killed && res.Code != exitDone {
					t.Fatalf("killed at call %d: %v", n, res)
				}
				if c.again {
					s.install(home, "8888")
					s.page(home, s.token, soon)
				}
				s.does(uninstall...)
				s.unchanged(before, false)
				if e, a := s.state("is-enabled", "tailscaled"), s.state("is-active", "tailscaled"); e != "disabled" || a != "inactive" {
					t.Fatalf("killed at call %d: tailscaled is %s and %s, was disabled and inactive", n, e, a)
				}
				if c.logout {
					s.loggedOut()
					s.run("systemctl", "stop", "tailscaled")
				}
				if res.Code == exitDone {
					return
				}
			}
		})
	}
}

// TestFullDisk: what cannot be written is said and changes nothing that was
// there, and with room again the next run finishes.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"/etc/systemd/system", "/usr/local/bin", "/var/lib/tsfunnel"} {
		t.Run(dir, func(t *testing.T) {
			s := newMachine(t)
			s.login()
			// Filled to the last byte, with all that was in it.
			s.run("sh", "-euc", `mkdir -p "$1"; cp -a "$1" /tmp/copy
				mount -t tmpfs -o size=1m none "$1"; cp -a /tmp/copy/. "$1"
				head -c 2000000 /dev/zero >"$1/filler" || :`, "sh", dir)
			res := s.ends(exitIO, "install", "8888")
			says(t, res.Stderr, "No space left on device", dir)
			if s.Exists(recipeUnit) {
				t.Error("there is a unit")
			}
			if left := s.run("find", dir, "-name", ".*.tmp*"); left != "" {
				t.Errorf("left: %s", left)
			}
			s.run("rm", dir+"/filler")
			s.does("install", "8888")
			s.page(home, s.token, soon)
			s.does("uninstall")
		})
	}
}
