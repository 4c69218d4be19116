package e2e

import (
	"crypto/rand"
	"strings"
	"testing"
)

// pathTargets are places where files lie, with how to make them and whether
// they are still there after a reboot. %s is the path.
var pathTargets = []struct {
	path, prepare string
	lasts         bool
}{
	{"/srv/www", "", true},
	{"/srv/a b", "", true},
	{"/srv/100%/$HOME/\"q\"", "", true},
	{"/home/u/www", "chown -R 1234:1234 /home/u; chmod 0700 /home/u", true},
	{"/root/www", "chmod 0700 /root", true},
	{"/tmp/www", "", false},
	{"/var/tmp/www", "", true},
	{"/srv/closed", "chown -R 1234:1234 /srv/closed; chmod 0700 /srv/closed", true},
	{"/srv/outer/inner/www", "chown -R 1234:1234 /srv/outer; chmod 0700 /srv/outer /srv/outer/inner", true},
	{"/opt/deep/er/www", "chmod 0711 /opt/deep", true},
}

// TestPaths: a folder is served, now, after a restart of the unit and after a
// reboot, or it is refused when it is installed, with the reason.
func TestPaths(t *testing.T) {
	s := newMachine(t)
	s.login()
	served := 0
	var last, lastToken string
	for _, p := range pathTargets {
		token := rand.Text()
		s.run("sh", "-c", `mkdir -p "$1" && echo "$2" >"$1/index.html"`, "sh", p.path, token)
		if p.prepare != "" {
			s.run("sh", "-c", p.prepare)
		}
		before := s.snapshot()
		res := s.tsfunnel("install", p.path)
		if res.Code != exitDone {
			t.Logf("refused: %s", res.Stderr)
			says(t, res.Stderr, p.path)
			s.unchanged(before, true)
			continue
		}
		served++
		s.page(home, token, soon)
		s.run("systemctl", "restart", unit)
		s.page(home, token, recovery)
		s.seesOnly(p.path)
		if p.lasts {
			last, lastToken = p.path, token
		}
	}
	if served < len(pathTargets)/2 {
		t.Errorf("only %d of %d are served", served, len(pathTargets))
	}
	if last == "" {
		t.Fatal("none to reboot with")
	}
	s.does("install", last)
	s.reboot()
	s.page(home, lastToken, recovery)
}

// seesOnly checks that the sandbox yields no more than the target: the home
// folders of others stay hidden.
func (s *scene) seesOnly(path string) {
	s.t.Helper()
	s.run("sh", "-c", "mkdir -p /home/other && echo secret >/home/other/file")
	root := "/proc/" + s.property(unit, "MainPID") + "/root"
	if res := s.try("cat", root+"/home/other/file"); strings.Contains(res.Stdout, "secret") {
		s.t.Errorf("with %s as target the service sees /home/other", path)
	}
}

// TestFileTarget: a single file.
func TestFileTarget(t *testing.T) {
	s := newMachine(t)
	s.login()
	s.write("/srv/one file.txt", s.other)
	s.does("install", "/srv/one file.txt")
	s.page(home, s.other, soon)
}
