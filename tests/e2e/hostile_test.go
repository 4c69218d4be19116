package e2e

import (
	"strings"
	"testing"
	"time"

	"tsfunnel.test/machine"
)

// TestOddSurroundings: what the caller's shell happens to be like does not
// matter.
func TestOddSurroundings(t *testing.T) {
	s := newMachine(t)
	s.login()
	for _, around := range []string{
		`env -i "$@"`,
		`"$@" <&- 2>&-`,
		`"$@" 2>&1 | head -n 0; sleep 1; "$@"`, // the reader of the messages goes away
		`umask 077; "$@" 2>/dev/full`,
		`mkdir /tmp/gone; cd /tmp/gone; rmdir /tmp/gone; "$@"`,
		`JOURNAL_STREAM=1:1 NOTIFY_SOCKET=/none LC_ALL=none "$@"`,
	} {
		for _, args := range [][]string{{bin, "install", "8888"}, {bin, "uninstall"}} {
			res := s.try(append([]string{"sh", "-c", around, "sh"}, args...)...)
			if res.Code != exitDone || strings.Contains(res.Stderr, "<6>") {
				t.Fatalf("%s, %v: %v", around, args, res)
			}
			if args[1] == "install" && s.tsfunnel("status").Code != exitDone {
				t.Fatalf("%s: not live", around)
			}
		}
	}
}

// TestForeignRuntimeDirectory: the folder of the service that runs us, say of
// a provisioning agent, is none of ours.
func TestForeignRuntimeDirectory(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.write("/run/agent/lock", "theirs")
	s.write("/run/agent/status.json", "{}")
	env := []string{"RUNTIME_DIRECTORY=/run/agent"}
	for _, verb := range []string{"status", "uninstall"} {
		if res := s.exec(machine.Command{Args: []string{bin, verb}, Env: env}); res.Code != exitDone {
			t.Errorf("%s: %v", verb, res)
		}
	}
	if !s.Exists("/run/agent/lock") || !s.Exists("/run/agent/status.json") {
		t.Error("files of /run/agent are gone")
	}
	if s.Exists("/run/tsfunnel") {
		t.Error("/run/tsfunnel is left")
	}
}

// TestAtOnce: installs at the same time, and an uninstall beside an install,
// go one after the other.
func TestAtOnce(t *testing.T) {
	s := newMachine(t)
	before := s.snapshot()
	install := func(args ...string) *machine.Process {
		p, err := s.Machine.Start(t.Context(), machine.Command{Args: s.withKey(append([]string{bin, "install"}, args...)...)})
		s.must(err)
		return p
	}
	ended := func(p *machine.Process) {
		t.Helper()
		if res, err := p.Wait(); err != nil || res.Code != exitDone {
			t.Fatalf("%v: %v", err, res)
		}
	}
	one, two := install("8888"), install("9999", "--name", "api", "--https", "8443")
	ended(one)
	ended(two)
	s.page(home, s.token, soon)
	s.page(home8443, s.other, soon)

	one = install("9999")
	time.Sleep(200 * time.Millisecond)
	s.does("uninstall", "--all")
	ended(one)
	s.does("uninstall", "--all")
	s.unchanged(before, false)
}

// TestEditedUnit: what was edited in the unit is not undone without a word.
func TestEditedUnit(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.run("sed", "-i", "s/^RestartSec=.*/RestartSec=9/", recipeUnit)
	says(t, s.does("install", "8888").Stderr, recipeUnit, "edited")
	says(t, s.read(recipeUnit), "RestartSec=100ms")
	if res := s.does("install", "8888"); !strings.Contains(res.Stderr, "nothing to do") {
		t.Errorf("third install: %v", res)
	}
}

// TestLinkAtSelfPath: a link there is somebody's, a file without the x bit is
// mended.
func TestLinkAtSelfPath(t *testing.T) {
	s := newMachine(t)
	s.must(s.Symlink(bin, "/usr/local/bin/tsfunnel"))
	s.refuses(exitCreate, s.withKey("install", "8888"), "/usr/local/bin/tsfunnel", "--self-path")
	s.run("rm", "/usr/local/bin/tsfunnel")
	s.run("install", "-m", "600", bin, "/usr/local/bin/tsfunnel")
	s.install(home, "8888")
	s.page(home, s.token, soon)
}

// TestMasked: what an administrator forbade is for a person to allow.
func TestMasked(t *testing.T) {
	s := newMachine(t)
	s.run("systemctl", "mask", "tailscaled")
	says(t, s.ends(exitPerson, s.withKey("install", "8888")...).Stderr, "masked", "systemctl unmask tailscaled")
	s.run("systemctl", "unmask", "tailscaled")
	s.install(home, "8888")
}

// TestStatusTellsTheTruth: live means that this funnel's page can be had.
func TestStatusTellsTheTruth(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.does("status")
	s.run("cp", bin, "/usr/bin/tsfunnel-copy")
	nobody := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/tsfunnel-copy", "status"}
	if res := s.try(nobody...); res.Code != exitDone {
		t.Errorf("as nobody: %v", res)
	}

	turns := func(code int, words ...string) {
		t.Helper()
		s.eventually("status says "+strings.Join(words, ", "), soon, func() bool {
			res := s.tsfunnel("status")
			for _, w := range words {
				if !strings.Contains(res.Stderr, w) {
					return false
				}
			}
			return res.Code == code
		})
	}
	s.must(s.world.SetFunnel(false))
	turns(exitFailed, "cannot find "+strings.TrimSuffix(unit, ".service")+" live", "Funnel is not enabled")
	s.ends(exitPerson, "install", "8888", "--timeout", "0")
	s.must(s.world.SetFunnel(true))
	turns(exitDone)
	s.must(s.world.SetPorts("8443"))
	turns(exitFailed, "policy")
	s.must(s.world.SetPorts("443", "8443", "10000"))
	turns(exitDone)
	s.run("tailscale", "down")
	turns(exitFailed, "Tailscale is down")
	s.run("tailscale", "up")
	turns(exitDone)

	// Another session on our port: there is a page, but not ours.
	s.run("systemctl", "stop", unit)
	s.run("systemd-run", "--unit=other", "tailscale", "funnel", "9999")
	s.page(home, s.other, soon)
	s.run("systemctl", "start", unit)
	turns(exitFailed, "port 443 is held by another")
	s.ends(exitPerson, "install", "8888", "--timeout", "0")
	s.run("systemctl", "stop", "other")
	turns(exitDone)
	s.page(home, s.token, soon)
}
