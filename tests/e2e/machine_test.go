package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tsfunnel.test/machine"
)

// beats is where the service of TestInit tells what becomes of it.
const beats = "/var/lib/beats"

const beat = `#!/bin/sh
trap 'echo stop >>` + beats + `; exit 0' TERM
echo start >>` + beats + `
echo here I am
while :; do
	sleep 1 &
	wait $!
done
`

// TestInit: what the cases of each init system rest on. A service starts at
// boot and when it is killed, a stop is told to it and stays, and so does a
// shut-down; only a cut of the power is not. Tailscale's programs make the page
// public.
func TestInit(t *testing.T) {
	for _, init := range machine.Inits() {
		t.Run(init, func(t *testing.T) {
			s := newSceneOf(t, machine.Options{Init: init})
			s.write(beats, "")
			s.must(s.WriteFile("/usr/local/bin/beat", []byte(beat), 0o755))
			s.must(s.AddService("beat", "/usr/local/bin/beat"))
			s.must(s.AddService("tailscaled", "/usr/sbin/tailscaled", "--tun=userspace-networking"))
			s.reboot()
			pid := s.beats("start")
			if log, err := s.Service("beat").Log(t.Context()); err != nil || !strings.Contains(log, "here I am") {
				t.Errorf("its log is %q, %v", log, err)
			}
			s.kill("beat", "KILL")
			if again := s.beats("start start"); again == pid {
				t.Errorf("the main process is %d as before", again)
			}
			s.must(s.Service("beat").Stop(t.Context()))
			s.silent("start start stop")
			s.always("it is stopped", 2*time.Second, func() bool { return s.beatsAre("start start stop") })
			s.silent("start start stop")
			s.must(s.Service("beat").Start(t.Context()))
			s.beats("start start stop start")
			s.must(s.Service("beat").Restart(t.Context()))
			s.beats("start start stop start stop start")
			s.reboot()
			s.beats("start start stop start stop start stop start")
			s.must(s.Crash(t.Context()))
			s.must(s.Boot(t.Context()))
			s.beats("start start stop start stop start stop start start")
			s.run("tailscale", "up", "--login-server", s.world.ControlURL, "--auth-key", s.world.AuthKey)
			s.run("tailscale", "funnel", "--bg", "8888")
			s.page(home, s.token, soon)
			if state, err := s.Service("nobody").State(t.Context()); state != machine.Absent || err != nil {
				t.Errorf("a service that is not there is %s, %v", state, err)
			}
		})
	}
}

// beatsAre reports whether exactly that became of the service.
func (s *scene) beatsAre(what string) bool {
	s.t.Helper()
	return strings.Join(strings.Fields(s.read(beats)), " ") == what
}

// beats demands that, in the end, that became of the service and it runs, and
// returns its main process.
func (s *scene) beats(what string) int {
	s.t.Helper()
	s.eventually("beats are "+what, soon, func() bool { return s.beatsAre(what) })
	service := s.Service("beat")
	var pid int
	s.eventually("it runs", soon, func() bool {
		state, err := service.State(s.t.Context())
		s.must(err)
		pid, err = service.MainPID(s.t.Context())
		s.must(err)
		return state == machine.Running && pid != 0
	})
	args := strings.ReplaceAll(s.read(fmt.Sprintf("/proc/%d/cmdline", pid)), "\x00", " ")
	if !strings.HasSuffix(strings.TrimSpace(args), "/usr/local/bin/beat") {
		s.t.Errorf("its main process %d is %q", pid, args)
	}
	supervisor, err := service.SupervisorPID(s.t.Context())
	s.must(err)
	if parent := fmt.Sprintf("\nPPid:\t%d\n", supervisor); !strings.Contains(s.read(fmt.Sprintf("/proc/%d/status", pid)), parent) {
		s.t.Errorf("its supervisor is not %d", supervisor)
	}
	if on, err := service.Enabled(); !on || err != nil {
		s.t.Errorf("enabled: %v, %v", on, err)
	}
	return pid
}

// silent demands that it is stopped.
func (s *scene) silent(what string) {
	s.t.Helper()
	state, err := s.Service("beat").State(s.t.Context())
	s.must(err)
	pid, err := s.Service("beat").MainPID(s.t.Context())
	s.must(err)
	if state != machine.Stopped || pid != 0 || !s.beatsAre(what) {
		s.t.Fatalf("after the stop it is %s, its process %d, and what became of it: %s", state, pid, s.read(beats))
	}
}
