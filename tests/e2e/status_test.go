package e2e

import (
	"encoding/json"
	"testing"
	"time"

	"tsfunnel.test/machine"
)

// report is what "status --json" prints, as far as the tests look.
type report struct {
	Version    int  `json:"version"`
	Live       bool `json:"live"`
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
}
