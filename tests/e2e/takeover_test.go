package e2e

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"tsfunnel.test/machine"
)

// TestTakeOver: what holds the public port is named, and goes with
// --take-over; what is beside it stays.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string][]string{"CLI": nil, "native": {"--native"}} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.login()
			install := append([]string{"install"}, mode...)
			s.run("tailscale", "serve", "--bg", "--https=8443", "9999")

			s.run("tailscale", "funnel", "--bg", "9999")
			s.page(home, s.other, soon)
			s.refuses(exitPerson, append(install, "8888"), "background", "http://127.0.0.1:9999", "--https=443 off", "--take-over")
			s.page(home, s.other, soon)
			s.does(append(install, "--take-over", "8888")...)
			s.page(home, s.token, soon)
			s.onlyBeside()

			// Also when it comes while we are away.
			s.run("systemctl", "stop", unit)
			s.run("tailscale", "funnel", "--bg", "--tcp=443", "9999")
			s.run("systemctl", "start", unit)
			s.page(home, s.token, recovery)
			s.onlyBeside()
			s.does("uninstall")

			s.run("systemd-run", "--unit=other", "tailscale", "funnel", "9999")
			s.page(home, s.other, soon)
			s.refuses(exitPerson, append(install, "8888"), "foreground", "http://127.0.0.1:9999", "--take-over")
			s.does(append(install, "--take-over", "8888")...)
			s.page(home, s.token, recovery)
			s.onlyBeside()
			s.eventually("the other has ended", soon, func() bool { return s.state("is-active", "other") == "inactive" })
		})
	}
}

// onlyBeside demands that of all else there is what is on another port.
func (s *scene) onlyBeside() {
	s.t.Helper()
	c := s.serving()
	if len(c.TCP) != 1 || c.TCP["8443"] == nil || len(c.Web) != 1 || len(c.AllowFunnel) != 0 || len(c.Foreground) != 1 {
		s.t.Errorf("served is %+v", c)
	}
}

// TestPortHeld: without --take-over the holder of the port is named and left
// alone, and the funnel comes when it has gone.
func TestPortHeld(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string][]string{"CLI": nil, "native": {"--native"}} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.login()
			s.does(append(append([]string{"install"}, mode...), "8888")...)
			s.run("systemctl", "stop", unit)
			s.run("tailscale", "funnel", "--bg", "9999")
			s.run("systemctl", "start", unit)
			s.statusSays(soon, "background configuration (http://127.0.0.1:9999)", "--https=443 off", "--take-over")
			s.page(home, s.other, soon)
			s.sees("its removal", func() { s.run("tailscale", "funnel", "--https=443", "off") })
			s.page(home, s.token, recovery)

			s.run("systemctl", "stop", unit)
			s.run("systemd-run", "--unit=other", "tailscale", "funnel", "9999")
			s.page(home, s.other, soon)
			s.run("systemctl", "start", unit)
			s.statusSays(soon, "another foreground", "http://127.0.0.1:9999")
			s.page(home, s.other, soon)
			s.sees("its end", func() { s.run("systemctl", "stop", "other") })
			s.page(home, s.token, recovery)
		})
	}
}

// sees demands that the service is told of a change, and does not only look
// again after a pause.
func (s *scene) sees(what string, change func()) {
	s.t.Helper()
	time.Sleep(7 * time.Second) // the pauses have become long
	trace := s.trace(s.property(unit, "MainPID"))
	// What changes during a look is seen without being told.
	s.eventually("a look", soon, func() bool {
		text, _ := os.ReadFile(trace.path)
		return strings.Contains(string(text), "GET /localapi/v0/serve-config")
	})
	time.Sleep(time.Second)
	change()
	s.statusSays(recovery, "published")
	// Watch 1, IN_MOVED_TO: a file of tailscaled's state.
	if text := trace.stop(); !strings.Contains(text, `, "\1\0\0\0\200\0\0\0`) {
		s.t.Errorf("no event told of %s:\n%s", what, text)
	}
}

// TestNeverOurs: another funnel that tsfunnel made is not taken over.
func TestNeverOurs(t *testing.T) {
	s := newMachine(t)
	s.login()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, args := range [][]string{{"--name", "a", "--native", "8888"}, {"--name", "b", "9999"}} {
		_, err := s.Machine.Start(ctx, machine.Command{Args: append([]string{bin, "run", "--take-over"}, args...)})
		s.must(err)
		s.eventually("the first stands", soon, func() bool {
			return strings.Contains(s.try("cat", "/run/tsfunnel/tailscale-funnel-a/status.json").Stdout, "published")
		})
	}
	s.eventually("the second waits", soon, func() bool {
		text := s.try("cat", "/run/tsfunnel/tailscale-funnel-b/status.json").Stdout
		return strings.Contains(text, "port-taken") && strings.Contains(text, "tailscale-funnel-a")
	})
	s.page(home, s.token, soon)
}
