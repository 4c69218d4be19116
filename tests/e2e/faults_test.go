package e2e

import (
	"testing"
	"time"
)

// TestHeals: after each fault the page comes back by itself.
func TestHeals(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(s *scene){
		"CLI killed": func(s *scene) { s.kill(unit, "KILL") },
		"CLI ended":  func(s *scene) { s.kill(unit, "TERM") },
		"CLI killed eight times": func(s *scene) {
			for range 8 {
				pid := s.property(unit, "MainPID")
				s.kill(unit, "KILL")
				s.eventually("another main process", soon, func() bool {
					now := s.property(unit, "MainPID")
					return now != "0" && now != pid
				})
			}
		},
		"tailscaled killed":    func(s *scene) { s.kill("tailscaled", "KILL") },
		"tailscaled restarted": func(s *scene) { s.run("systemctl", "restart", "tailscaled") },
		"tailscaled stopped and started": func(s *scene) {
			s.run("systemctl", "stop", "tailscaled")
			s.noPage(home)
			time.Sleep(5 * time.Second)
			s.run("systemctl", "start", "tailscaled")
		},
		"funnel reset": func(s *scene) { s.run("tailscale", "funnel", "reset") },
		"serve reset":  func(s *scene) { s.run("tailscale", "serve", "reset") },
		"control away while tailscaled restarts": func(s *scene) {
			s.must(s.world.SetControl(false))
			s.try("systemctl", "restart", "tailscaled")
			time.Sleep(5 * time.Second)
			s.must(s.world.SetControl(true))
		},
		"binaries replaced": func(s *scene) { s.replaceBinaries() },
	} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.install(home, "8888")
			s.page(home, s.token, soon)
			pid := s.property(unit, "MainPID")
			fault(s)
			s.page(home, s.token, recovery)
			// The page of before the fault does not count.
			s.eventually("another main process", recovery, func() bool {
				now := s.property(unit, "MainPID")
				return now != "0" && now != pid
			})
			s.eventually("one foreground entry", recovery, func() bool { return len(s.foregrounds()) == 1 })
			s.page(home, s.token, recovery)
		})
	}
}

// replaceBinaries does what an upgrade of Tailscale's package does.
func (s *scene) replaceBinaries() {
	s.t.Helper()
	for _, f := range []string{"/usr/bin/tailscale", "/usr/sbin/tailscaled"} {
		s.run("sh", "-c", "cp "+f+" "+f+".new && mv "+f+".new "+f)
	}
	s.run("systemctl", "try-restart", "tailscaled")
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
		s.replaceBinaries,
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
