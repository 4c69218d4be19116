package e2e

import (
	"strings"
	"testing"
	"time"
)

// guard returns the pid of the process beside the unit's CLI.
func (s *scene) guard() string {
	s.t.Helper()
	return s.run("pgrep", "-x", "tsfunnel-guard")
}

// says demands that the service manager is told a status with words in it.
func (s *scene) statusSays(within time.Duration, words ...string) {
	s.t.Helper()
	s.eventually("STATUS with "+strings.Join(words, ", "), within, func() bool {
		text := s.property(unit, "StatusText")
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	})
}

// TestGuardEndsWhatServesNothing: a CLI that stays after its entry has gone is
// ended, and the launcher takes over.
func TestGuardEndsWhatServesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		away func(s *scene)
		says string
		back func(s *scene)
	}{
		"logout": {
			func(s *scene) { s.run("tailscale", "logout") }, "not logged in",
			func(s *scene) { s.login() },
		},
		"profile": {
			func(s *scene) {
				s.run("sh", "-c", "tailscale login --timeout 1s --login-server "+s.world.ControlURL+" || :")
			}, "not logged in",
			func(s *scene) {
				s.run("sh", "-c", "tailscale switch $(tailscale switch --list | awk 'NR == 2 {print $1}')")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.install(home, "8888")
			s.page(home, s.token, soon)
			s.statusSays(soon, "published", home)
			pid := s.property(unit, "MainPID")
			c.away(s)
			s.statusSays(soon, c.says)
			if now := s.property(unit, "MainPID"); now == pid {
				t.Error("the CLI was not ended")
			}
			s.noPage(home)
			c.back(s)
			s.page(home, s.token, recovery)
			s.statusSays(soon, "published", home)
		})
	}
}

// TestGuardNamesWhatHeals: what heals by itself is named, and the CLI left
// alone.
func TestGuardNamesWhatHeals(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.page(home, s.token, soon)
	pid := s.property(unit, "MainPID")
	for _, c := range []struct {
		away, back func()
		says       string
	}{
		{func() { s.run("tailscale", "down") }, func() { s.run("tailscale", "up") }, "tailscale up"},
		{func() { s.must(s.world.SetFunnel(false)) }, func() { s.must(s.world.SetFunnel(true)) }, "Funnel is not enabled"},
		{func() { s.must(s.world.SetHTTPS(false)) }, func() { s.must(s.world.SetHTTPS(true)) }, "HTTPS is not enabled"},
	} {
		c.away()
		s.statusSays(soon, c.says)
		c.back()
		s.statusSays(soon, "published")
		s.page(home, s.token, recovery)
	}
	if now := s.property(unit, "MainPID"); now != pid {
		t.Error("the CLI was ended")
	}
}

// TestTied: neither the guard nor the CLI outlives the other.
func TestTied(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.page(home, s.token, soon)
	for _, kill := range []func(){
		func() { s.run("kill", "-KILL", s.guard()) },
		func() { s.run("kill", "-TERM", s.guard()) },
		func() { s.kill(unit, "KILL") },
	} {
		pid, guard := s.property(unit, "MainPID"), s.guard()
		kill()
		s.eventually("another CLI and guard", soon, func() bool {
			now := s.try("pgrep", "-x", "tsfunnel-guard")
			return now.Code == 0 && strings.TrimSpace(now.Stdout) != guard && s.property(unit, "MainPID") != pid
		})
		s.statusSays(soon, "published")
		s.page(home, s.token, recovery)
	}
	s.run("systemctl", "stop", unit)
	if res := s.try("pgrep", "-x", "tsfunnel-guard"); res.Code == 0 {
		t.Errorf("the guard outlives a stop: %v", res)
	}
}
