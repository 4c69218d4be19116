package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tsfunnel.test/machine"
)

// report is what "status --json" prints, as far as the tests look.
type report struct {
	Version    int    `json:"version"`
	Live       bool   `json:"live"`
	Problem    string `json:"problem"`
	Tailscaled struct {
		Running bool   `json:"running"`
		State   string `json:"state"`
		Name    string `json:"name"`
	} `json:"tailscaled"`
	Funnels []struct {
		Service string `json:"service"`
		Live    bool   `json:"live"`
		URL     string `json:"url"`
		Port    int    `json:"port"`
		Target  string `json:"target"`
		Since   int64  `json:"since"`
		Unit    struct {
			Enabled bool   `json:"enabled"`
			Active  bool   `json:"active"`
			PID     int    `json:"pid"`
			LeftOut string `json:"left_out"`
		} `json:"unit"`
	} `json:"funnels"`
}

// status runs "status --json", which must end with code and print JSON.
func (s *scene) status(code int) report {
	s.t.Helper()
	res := s.tsfunnel("status", "--json")
	var r report
	if err := json.Unmarshal([]byte(res.Stdout), &r); err != nil || res.Code != code {
		s.t.Fatalf("status --json: want exit %d and JSON (%v): %v", code, err, res)
	}
	if r.Version != 1 || r.Live != (code == exitDone) {
		s.t.Errorf("status says version %d, live %v with exit %d", r.Version, r.Live, code)
	}
	return r
}

// TestStatus: each state of affairs is told as it is, in text, JSON and exit
// code.
func TestStatus(t *testing.T) {
	s := newMachine(t)
	s.status(exitUnavailable)
	s.run("systemctl", "start", "tailscaled")
	s.status(exitFailed)

	s.install(home, "8888")
	r := s.status(exitDone)
	if len(r.Funnels) != 1 {
		t.Fatalf("%d funnels", len(r.Funnels))
	}
	f := r.Funnels[0]
	if f.Service != "tailscale-funnel" || !f.Live || f.URL != home || f.Port != 443 || f.Target != "8888" {
		t.Errorf("the funnel is told as %+v", f)
	}
	if !f.Unit.Enabled || !f.Unit.Active || f.Unit.PID == 0 {
		t.Errorf("its unit is told as %+v", f.Unit)
	}
	if age := time.Now().Unix() - f.Since; age < 0 || age > 120 {
		t.Errorf("live since %d s", age)
	}
	if !r.Tailscaled.Running || r.Tailscaled.State != "Running" {
		t.Errorf("tailscaled is told as %+v", r.Tailscaled)
	}
	says(t, s.does("status").Stdout, home, "8888")

	s.run("systemctl", "stop", unit)
	if r = s.status(exitFailed); r.Funnels[0].Live || r.Funnels[0].Unit.Active {
		t.Errorf("a stopped funnel is told as %+v", r.Funnels[0])
	}
	s.run("systemctl", "stop", "tailscaled")
	if r = s.status(exitUnavailable); r.Tailscaled.Running {
		t.Error("a stopped tailscaled is told as running")
	}
	s.ends(exitUnavailable, "status")
}

// TestStatusOfZombie: a session that is gone from the serve config is not
// live, whatever its process and its unit look like.
func TestStatusOfZombie(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.run("tailscale", "logout")
	s.status(exitFailed)
}

// TestStatusOfNames: one dead funnel makes the whole not live; each can be
// asked alone.
func TestStatusOfNames(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.install(home8443, "9999", "--name", "api", "--https", "8443")
	if r := s.status(exitDone); len(r.Funnels) != 2 {
		t.Errorf("%d funnels, not 2", len(r.Funnels))
	}
	s.run("systemctl", "stop", unitAPI)
	s.status(exitFailed)
	s.ends(exitFailed, "status", "--name", "api")
}

// TestStatusOfFake: a server at tailscaled's socket that talks nonsense does
// not make anything live.
func TestStatusOfFake(t *testing.T) {
	s := newSceneOf(t, machine.Options{Bare: true, Pages: []machine.Page{
		{Token: "nonsense", Listen: []string{"unix:/run/fake.sock"}},
	}})
	s.must(s.CopyIn(product(t), bin))
	if res := s.tsfunnel("status", "--socket", "/run/fake.sock"); res.Code == exitDone || res.Code >= 126 {
		t.Errorf("status of a fake tailscaled: %v", res)
	}
	// A probe is answered with no, whatever the reason.
	for _, what := range []string{"live", "ready"} {
		if res := s.ends(exitFailed, "status", "--check", what, "--socket", "/run/fake.sock"); res.Stdout != "" || res.Stderr == "" {
			t.Errorf("status --check %s of a fake tailscaled: %v", what, res)
		}
	}
}

// TestStatusOfDamage: a damaged manifest is named, and everything else is told
// as it is.
func TestStatusOfDamage(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.page(home, s.token, soon)
	for _, damage := range []string{"", "{", `{"version":2}`, `{"version":1,"funnels":[{}]}`} {
		s.write("/var/lib/tsfunnel/manifest.json", damage)
		if r := s.status(exitDone); len(r.Funnels) != 1 || !r.Funnels[0].Live || r.Funnels[0].URL != home ||
			!strings.Contains(r.Problem, "/var/lib/tsfunnel/manifest.json") {
			t.Errorf("%q: told as %+v", damage, r)
		}
		says(t, s.does("status").Stderr, "/var/lib/tsfunnel/manifest.json")
		s.does("status", "--check", "live")
		s.does("status", "--check", "ready")
	}
	s.run("systemctl", "stop", unit)
	s.ends(exitFailed, "status")
}

// TestStatusOfOthers: a user who may not read the manifest is told of what is
// set up, also of what never ran.
func TestStatusOfOthers(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.does("install", "9999", "--name", "api", "--https", "8443")
	s.run("systemctl", "stop", unit, unitAPI)
	s.run("rm", "-r", "/run/tsfunnel")
	s.run("cp", bin, "/usr/bin/tsfunnel-copy")
	nobody := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/tsfunnel-copy", "status"}
	res := s.try(nobody...)
	if res.Code != exitFailed {
		t.Errorf("as nobody: %v", res)
	}
	says(t, res.Stdout, "tailscale-funnel: not live", "tailscale-funnel-api: not live", "inactive (dead)")
	if strings.Contains(res.Stdout, "port ") {
		t.Errorf("a port that nobody told: %v", res)
	}
	says(t, s.try(append(nobody, "--name", "api")...).Stderr, "tailscale-funnel-api", "inactive (dead)")
}

// TestStatusOfEmptyRun: what cleans /run does not make a page that is there
// look dead, and the next start mends it.
func TestStatusOfEmptyRun(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string][]string{"CLI": nil, "native": {"--native"}} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.login()
			s.does(append([]string{"install", "8888"}, mode...)...)
			s.page(home, s.token, soon)
			s.statusSays(soon, "published")
			for _, what := range []string{"/run/tsfunnel/tailscale-funnel/lock", "/run/tsfunnel/tailscale-funnel/status.json", "/run/tsfunnel"} {
				s.run("rm", "-r", what)
				s.does("status", "--check", "live")
				s.does("status", "--check", "ready")
				if r := s.status(exitDone); len(r.Funnels) != 1 || r.Funnels[0].URL != home {
					t.Errorf("without %s: told as %+v", what, r)
				}
			}
			s.run("tailscale", "down")
			s.statusSays(soon, "Tailscale is down")
			s.does("status", "--check", "live")
			s.ends(exitFailed, "status", "--check", "ready")
			s.run("tailscale", "up")
			s.page(home, s.token, recovery)
			s.run("systemctl", "restart", unit)
			s.statusSays(soon, "published")
			if !s.Exists("/run/tsfunnel/tailscale-funnel/lock") {
				t.Error("the lock is not there")
			}
			s.does("status")
		})
	}
}

// TestEmptyRunByHand: without a sandbox the launcher makes its folder again
// when it has something to say, and nobody runs beside it.
func TestEmptyRunByHand(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string][]string{"CLI": nil, "native": {"--native"}} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.login()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			run := append(append([]string{bin, "run", "--name", "hand"}, mode...), "8888")
			_, err := s.Machine.Start(ctx, machine.Command{Args: run})
			s.must(err)
			s.page(home, s.token, soon)
			s.eventually("live", soon, func() bool { return s.tsfunnel("status").Code == exitDone })
			s.run("rm", "-r", "/run/tsfunnel")
			s.run("tailscale", "down")
			s.run("tailscale", "up")
			s.page(home, s.token, recovery)
			s.eventually("live again", soon, func() bool { return s.tsfunnel("status", "--name", "hand").Code == exitDone })
			if res := s.try(run...); res.Code != exitTimeout {
				t.Errorf("another one: %v", res)
			}
		})
	}
}
