package e2e

import (
	"context"
	"strings"
	"testing"

	"tsfunnel.test/machine"
)

const betweenSocket = "/run/between.sock"

// between lets command run in the machine before the first such request at
// betweenSocket is passed on to tailscaled. args are those of cmd/between before
// and after its sockets.
func (s *scene) between(options, args []string, command string) {
	s.t.Helper()
	const program = "/usr/local/lib/between"
	s.must(s.CopyIn(kit.Between, program))
	line := append([]string{"systemd-run", "--unit=between", program}, options...)
	line = append(append(line, betweenSocket, socket), args...)
	s.run(append(line, "sh", "-c", command)...)
	s.eventually("the socket in between", soon, func() bool { return s.try("test", "-S", betweenSocket).Code == 0 })
	s.t.Cleanup(func() {
		if s.t.Failed() {
			s.t.Log(s.try("journalctl", "--no-pager", "-u", "between", "-u", "mine", "-u", "ours", "-u", "other").Stdout)
		}
	})
}

// otherComes is a command: another foreground session takes the port.
const otherComes = "systemd-run --unit=other tailscale funnel 9999 && " +
	"until tailscale funnel status --json | grep -q 9999; do sleep 0.1; done"

// TestQuickerThanTheCLI: another session that takes the port after our look and
// before our CLI's own POST is named, left alone and waited out.
func TestQuickerThanTheCLI(t *testing.T) {
	t.Parallel()
	for name, moment := range map[string][]string{
		"before it looks": {"GET", "/status"},
		"before it posts": {"POST", "/serve-config"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.login()
			s.between([]string{"-cli"}, moment, otherComes)
			if res := s.tsfunnel("install", "--timeout", waitSeconds, "--socket", betweenSocket, "8888"); res.Code == exitDone {
				t.Errorf("somebody else has the port: %v", res)
			}
			s.statusSays(soon, "waiting: port 443 is held by another foreground", "http://127.0.0.1:9999")
			s.page(home, s.other, soon)
			log := s.run("journalctl", "-b", "--no-pager", "-u", unit)
			says(t, log, map[string]string{"POST": "Another client is changing the serve config", "GET": "listener already exists for port 443"}[moment[0]])
			s.run("systemctl", "stop", "other")
			s.page(home, s.token, recovery)
			s.statusSays(soon, "published", home)
		})
	}
}

// TestTakeOverOnlyWhoWasMet: --take-over removes nobody who came while it
// removed another one; here it is a funnel of ours.
func TestTakeOverOnlyWhoWasMet(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string][]string{"CLI": nil, "native": {"--native"}} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.login()
			s.run("sh", "-c", otherComes)
			const first = "/run/tsfunnel/tailscale-funnel-b/status.json"
			s.between(nil, []string{"POST", "/serve-config"}, "systemctl stop other; systemd-run --unit=ours "+bin+
				" run --name b --native 9999; until grep -q published "+first+"; do sleep 0.1; done")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := s.Machine.Start(ctx, machine.Command{
				Args: append(append([]string{bin, "run", "--take-over", "--socket", betweenSocket}, mode...), "8888"),
			})
			s.must(err)
			s.eventually("the second waits for the first", recovery, func() bool {
				text := s.try("cat", "/run/tsfunnel/tailscale-funnel/status.json").Stdout
				return strings.Contains(text, "port-taken") && strings.Contains(text, "tailscale-funnel-b")
			})
			says(t, s.run("cat", first), "published")
			if n := len(s.foregrounds()); n != 1 {
				t.Errorf("%d sessions", n)
			}
			s.page(home, s.other, soon)
		})
	}
}
