package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
)

// elder returns the layer of a version of Tailscale before the pinned one.
func elder(t *testing.T, version string) string {
	t.Helper()
	dir, err := machine.Elder(machine.Progress{W: os.Stdout}, version)
	return must1(t, dir, err)
}

// takes puts programs of a version into the machine, on which they have not run
// yet.
func (s *scene) takes(version string, paths ...string) {
	s.t.Helper()
	from := latest
	if version != packages.Latest {
		from = elder(s.t, version)
	}
	if from == kit.Tailscale {
		return // they are there
	}
	for _, path := range paths {
		s.must(s.CopyIn(filepath.Join(from, path), path))
	}
}

// TestElder: Tailscale as it was, and CLI and tailscaled of different versions,
// as an upgrade leaves them that restarts nothing. Whatever of both there is,
// the page comes, comes back, and what is the case is told.
func TestElder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, cli, daemon string
		options           []string
	}{
		{"old", packages.Oldest, packages.Oldest, nil},
		{"old native", packages.Oldest, packages.Oldest, native()},
		{"old CLI", packages.Oldest, packages.Latest, nil},
		{"old tailscaled", packages.Latest, packages.Oldest, nil},
		{"between", machine.Between, machine.Between, nil},
		{"between native", machine.Between, machine.Between, native()},
	} {
		if c.cli == machine.Between && os.Getenv("TSFUNNEL_VERSIONS") != "all" {
			continue // minutes of building for little news
		}
		t.Run(c.name, func(t *testing.T) {
			s := newMachine(t)
			s.takes(c.cli, programs[0])
			s.takes(c.daemon, programs[1])
			s.install(home, append(c.options, "8888")...)
			if cli, daemon := s.version(), s.daemon(); cli != c.cli || daemon != c.daemon {
				t.Fatalf("tailscale is %s, tailscaled %s", cli, daemon)
			}
			s.stands()
			s.heals()
			s.waits()
			s.shields()
			s.run("systemctl", "stop", unit)
			s.noPage(home)
			s.does("uninstall")
		})
	}
}

// stands demands that the funnel does, and that everybody says so.
func (s *scene) stands() {
	s.t.Helper()
	s.page(home, s.token, recovery)
	s.statusSays(soon, "published", home)
	for _, what := range []string{"live", "ready"} {
		s.does("status", "--check", what)
	}
	r := s.status(exitDone)
	if !r.Live || len(r.Funnels) != 1 || r.Funnels[0].URL != home {
		s.t.Errorf("status is %+v", r)
	}
	if n := len(s.foregrounds()); n != 1 {
		s.t.Errorf("there are %d entries", n)
	}
}

// heals demands that the funnel comes back by itself, whatever ended it.
func (s *scene) heals() {
	s.t.Helper()
	for _, end := range []func(){
		func() { s.run("systemctl", "restart", "tailscaled") },
		func() { s.kill("tailscaled", "KILL") },
		func() { s.kill(unit, "KILL") },
		func() { s.run("tailscale", "funnel", "reset") },
	} {
		before := s.sessions()
		end()
		s.eventually("another session", recovery, func() bool {
			now := s.sessions()
			return len(now) > 0 && !slices.Equal(now, before)
		})
		s.stands()
	}
}

// waits demands that the launcher, or the guard, names what is waited for, and
// that the funnel comes when that is there.
func (s *scene) waits() {
	s.t.Helper()
	for _, c := range []struct {
		says       string
		away, back func()
	}{
		{"tailscaled is not running",
			func() { s.run("systemctl", "stop", "tailscaled") }, func() { s.run("systemctl", "start", "tailscaled") }},
		{"tailscale up",
			func() { s.run("tailscale", "down") }, func() { s.run("tailscale", "up") }},
		{"not logged in",
			func() { s.run("tailscale", "logout") }, s.login},
		{"Funnel is not enabled",
			func() { s.must(s.world.SetFunnel(false)) }, func() { s.must(s.world.SetFunnel(true)) }},
		{"HTTPS is not enabled",
			func() { s.must(s.world.SetHTTPS(false)) }, func() { s.must(s.world.SetHTTPS(true)) }},
	} {
		c.away()
		s.statusSays(soon, c.says)
		c.back()
		s.stands()
	}
}

// shields demands that shields that go up later are named. Newer versions do
// not let them while a funnel is on.
func (s *scene) shields() {
	s.t.Helper()
	if res := s.try("tailscale", "set", "--shields-up"); res.Code != 0 {
		says(s.t, res.Stderr, "Cannot enable shields-up when Funnel is enabled")
		s.stands()
		return
	}
	s.noPage(home)
	s.statusSays(soon, "shields are up")
	s.ends(exitFailed, "status", "--check", "ready")
	s.run("tailscale", "set", "--shields-up=false")
	s.stands()
}

// TestElderLacks: what an older tailscaled would take and never serve is named,
// and comes with a newer one.
func TestElderLacks(t *testing.T) {
	t.Parallel()
	unixTarget := []string{"unix:/run/page.sock"}
	proxied := []string{"--tls-terminated-tcp=443", "--proxy-protocol=2", "tcp://localhost:8888"}
	for _, c := range []struct {
		name, cli string
		options   []string
	}{
		{"unix", packages.Oldest, unixTarget},
		{"unix by a newer CLI", packages.Latest, unixTarget},
		{"unix native", packages.Oldest, native(unixTarget...)},
		{"PROXY protocol", packages.Oldest, proxied},
		{"PROXY protocol native", packages.Oldest, native(proxied...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newMachine(t)
			s.takes(c.cli, programs[0])
			s.takes(packages.Oldest, programs[1])
			s.login()
			res := s.ends(exitPerson, append([]string{"install", "--timeout", "0"}, c.options...)...)
			says(t, res.Stderr, "too old", "1.94", "1.92")
			s.statusSays(soon, "waiting", "too old")
			if n := len(s.foregrounds()); n != 0 {
				t.Errorf("there are %d entries", n)
			}
			for _, path := range programs {
				s.must(s.Remove(path)) // it runs
				s.must(s.CopyIn(filepath.Join(latest, path), path))
			}
			s.run("systemctl", "restart", "tailscaled")
			s.statusSays(recovery, "published")
			if slices.Contains(c.options, unixTarget[0]) {
				s.page(home, s.token, recovery)
			} else {
				says(t, string(s.foregrounds()[0]), `"ProxyProtocol"`)
			}
		})
	}
}

// sessions returns who holds funnels, nobody also where nothing answers.
func (s *scene) sessions() []string {
	s.t.Helper()
	var c serveConfig
	json.Unmarshal([]byte(s.try("tailscale", "funnel", "status", "--json").Stdout), &c)
	return slices.Sorted(maps.Keys(c.Foreground))
}
