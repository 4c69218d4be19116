package e2e

import (
	"testing"
	"time"

	"tsfunnel.test/faults"
	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
)

// modes is how tsfunnel goes through the rows of a class: by turns, so that each
// class is met by both. A row that needs the CLI is met with it.
var modes = []*faults.Way{faults.CLI, faults.Native}

// TestMatrix: after each fault the page comes back by itself, or as soon as the
// person has acted who has to; meanwhile the service manager is told the truth.
func TestMatrix(t *testing.T) {
	t.Parallel()
	program := product(t)
	turn := map[string]int{}
	for _, row := range faults.Rows {
		way := modes[turn[row.Class]%len(modes)]
		turn[row.Class]++
		if why := way.Missing(program); why != "" || !row.Applies(way) {
			if why != "" {
				t.Logf("%s: with the CLI, for %s", row.Name, why)
			}
			way = faults.CLI
		}
		t.Run(row.Class+"/"+row.Name+"/"+way.Name, func(t *testing.T) {
			subject := newSubject(t, &row)
			out, err := row.Run(t.Context(), subject, way)
			t.Logf("page after %v, longest wrong STATUS %v", out.Took, out.Lie)
			for _, c := range out.Complaints {
				t.Error(c)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// newSubject boots the machine that a row asks for.
func newSubject(t *testing.T, row *faults.Row) *faults.Subject {
	t.Helper()
	if row.Blank {
		return newBlank(t, machine.Options{}).subject()
	}
	s := newMachine(t).subject()
	if row.Elder {
		s.Elder, s.Latest = elder(t, packages.Oldest), latest
	}
	return s
}

// subject is the scene for the matrix.
func (s *scene) subject() *faults.Subject {
	return &faults.Subject{
		Machine: s.Machine, World: s.world, Client: s.client, Token: s.token, Program: bin, Watcher: kit.Watch,
	}
}

// TestStopStaysStopped: when our unit is stopped the page goes at once, and
// nothing that happens to tailscaled brings it back.
func TestStopStaysStopped(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.page(home, s.token, soon)
	s.run("systemctl", "stop", unit)
	s.noPage(home)
	for _, happens := range []func(){
		func() { s.run("systemctl", "restart", "tailscaled") },
		func() { s.kill("tailscaled", "KILL") },
		func() { s.run("systemctl", "stop", "tailscaled"); s.run("systemctl", "start", "tailscaled") },
		func() { s.run("sh", "-c", faults.Upgrade) },
	} {
		happens()
		s.eventually("tailscaled is up again", recovery, func() bool {
			return s.state("is-active", "tailscaled") == "active" && s.try("tailscale", "status").Code == 0
		})
		s.client.StaysAway(t, home, 4*time.Second)
		if got := s.state("is-active", unit); got != "inactive" {
			t.Fatalf("the stopped unit is %s", got)
		}
	}
	s.run("systemctl", "start", unit)
	s.page(home, s.token, recovery)
}

// TestTailscaledStaysStopped: an administrator's stop of tailscaled is not
// undone by our unit, which waits.
func TestTailscaledStaysStopped(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.page(home, s.token, soon)
	s.run("systemctl", "stop", "tailscaled")
	s.noPage(home)
	s.always("tailscaled is inactive", 10*time.Second, func() bool {
		return s.state("is-active", "tailscaled") == "inactive"
	})
	if e, a := s.state("is-enabled", unit), s.state("is-active", unit); e != "enabled" || a != "active" && a != "activating" {
		t.Errorf("our unit is %s and %s", e, a)
	}
	s.run("systemctl", "start", "tailscaled")
	s.page(home, s.token, recovery)
}

// TestDisabledAtBoot: a unit that was disabled is not there after a reboot.
func TestDisabledAtBoot(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.run("systemctl", "disable", unit)
	s.reboot()
	s.eventually("tailscaled runs", recovery, func() bool { return s.try("tailscale", "status").Code == 0 })
	s.client.StaysAway(t, home, 5*time.Second)
}
