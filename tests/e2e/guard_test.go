package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"tsfunnel.test/machine"
)

// guard returns the pid of the process beside the unit's CLI, "" without.
func (s *scene) guard() string {
	s.t.Helper()
	path := strings.TrimSpace(s.try("sh", "-c", "grep -lx tsfunnel-guard /proc/[0-9]*/comm 2>/dev/null").Stdout)
	return strings.TrimSuffix(strings.TrimPrefix(path, "/proc/"), "/comm")
}

// statusSays demands that the service manager is told a status with words in it.
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
		func() { s.run("sh", "-c", "kill -KILL "+s.guard()) },
		func() { s.run("sh", "-c", "kill -TERM "+s.guard()) },
		func() { s.kill(unit, "KILL") },
	} {
		pid, guard := s.property(unit, "MainPID"), s.guard()
		kill()
		s.eventually("another CLI and guard", soon, func() bool {
			now := s.guard()
			return now != "" && now != guard && s.property(unit, "MainPID") != pid
		})
		s.statusSays(soon, "published")
		s.page(home, s.token, recovery)
	}
	s.run("systemctl", "stop", unit)
	if pid := s.guard(); pid != "" {
		t.Errorf("the guard outlives a stop: %s", pid)
	}
}

// TestProbes: status --check tells a probe what runs and what can be reached,
// by its exit code alone.
func TestProbes(t *testing.T) {
	s := newMachine(t)
	s.ends(exitFailed, "status", "--check", "live")
	s.ends(exitUsage, "status", "--check", "up")
	s.install(home, "8888")
	check := func(live, ready int) {
		t.Helper()
		for what, code := range map[string]int{"live": live, "ready": ready} {
			s.eventually("status --check "+what, soon, func() bool {
				res := s.tsfunnel("status", "--check", what)
				if res.Stdout != "" {
					t.Errorf("a probe prints: %v", res)
				}
				return res.Code == code
			})
		}
	}
	check(exitDone, exitDone)
	s.run("tailscale", "down")
	check(exitDone, exitFailed)
	s.run("tailscale", "up")
	check(exitDone, exitDone)
	s.run("systemctl", "stop", "tailscaled")
	check(exitDone, exitFailed)
	s.run("systemctl", "start", "tailscaled")
	check(exitDone, exitDone)
	s.run("systemctl", "stop", unit)
	check(exitFailed, exitFailed)
}

// TestCLIAway: a CLI that is missing, or that cannot be run, is waited for
// without restarts, and taken when it is there.
func TestCLIAway(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.page(home, s.token, soon)
	for _, c := range []struct{ away, back, says string }{
		{"mv /usr/bin/tailscale /root/", "cp /root/tailscale /usr/bin/", "neither /usr/bin/tailscale"},
		{"mv /usr/bin/tailscale /root/; echo nonsense >/usr/bin/tailscale; chmod +x /usr/bin/tailscale",
			"cp /root/tailscale /usr/bin/", "Exec format error"},
	} {
		s.run("sh", "-c", c.away)
		s.run("systemctl", "restart", unit)
		s.statusSays(soon, c.says)
		s.always("no restarts", 6*time.Second, func() bool { return s.property(unit, "NRestarts") == "0" })
		if n := strings.Count(s.run("journalctl", "-b", "-u", unit, "--no-pager"), c.says); n != 1 {
			t.Errorf("%q stands %d times in the journal", c.says, n)
		}
		s.run("sh", "-c", c.back)
		s.statusSays(soon, "published")
		s.page(home, s.token, recovery)
	}
}

// TestShieldsUp: shields that are up before the start are named, and lowered
// shields let the funnel come.
func TestShieldsUp(t *testing.T) {
	s := newMachine(t)
	s.login()
	s.run("tailscale", "set", "--shields-up")
	res := s.tsfunnel(s.withKey("install", "8888", "--timeout", "0")...)
	if res.Code != exitPerson {
		t.Errorf("want exit %d: %v", exitPerson, res)
	}
	says(t, res.Stderr, "shields", "--shields-up=false")
	s.statusSays(soon, "shields are up")
	s.run("tailscale", "set", "--shields-up=false")
	s.page(home, s.token, soon)
	s.statusSays(soon, "published")
}

// TestNoWait: run --no-wait says what it would have waited for, with its code.
func TestNoWait(t *testing.T) {
	s := newMachine(t)
	says(t, s.ends(exitUnavailable, "run", "--no-wait", "--name", "once", "8888").Stderr, "tailscaled is not running")
	s.run("systemctl", "start", "tailscaled")
	s.eventually("a login is asked for", soon, func() bool {
		return s.tsfunnel("run", "--no-wait", "--name", "once", "8888").Code == exitPerson
	})
	s.run("chmod", "600", socket)
	s.run("cp", bin, "/usr/bin/tsfunnel-copy")
	s.run("install", "-d", "-o", "65534", "/run/nobody")
	res := s.exec(machine.Command{Env: []string{"RUNTIME_DIRECTORY=/run/nobody"}, Args: []string{"setpriv", "--reuid=65534",
		"--regid=65534", "--clear-groups", "/usr/bin/tsfunnel-copy", "run", "--no-wait", "8888"}})
	if res.Code != exitPermission || strings.Contains(res.Stderr, "not running") {
		t.Errorf("as nobody: %v", res)
	}
	says(t, res.Stderr, "cannot serve the funnel now", socket, "Permission denied")
}

// TestSmall: what waits beside the CLI takes next to no memory.
func TestSmall(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.page(home, s.token, soon)
	s.statusSays(soon, "published")
	for name, limit := range map[string]int{"Anonymous": 128, "Rss": 512} {
		text := s.run("awk", "/^"+name+":/ {print $2}", "/proc/"+s.guard()+"/smaps_rollup")
		kib, err := strconv.Atoi(text)
		s.must(err)
		t.Logf("the guard has %d KiB %s", kib, name)
		if kib > limit {
			t.Errorf("the guard has %d KiB %s, more than %d", kib, name, limit)
		}
	}
}
