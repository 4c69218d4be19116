package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"tsfunnel.test/machine"
)

// certificate returns what status says of the funnel's certificate.
func (s *scene) certificate() string {
	s.t.Helper()
	var r struct {
		Funnels []struct {
			Certificate string `json:"certificate"`
		} `json:"funnels"`
	}
	s.must(json.Unmarshal([]byte(s.tsfunnel("status", "--json").Stdout), &r))
	if len(r.Funnels) != 1 {
		s.t.Fatalf("%d funnels", len(r.Funnels))
	}
	return r.Funnels[0].Certificate
}

// TestCertificate: whether there is a certificate is told, and if not, in the
// words of whoever refused it.
func TestCertificate(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"CLI": {"8888"}, "native": {"8888", "--native"}} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.install(home, args...)
			s.page(home, s.token, soon)
			s.eventually("a certificate", soon, func() bool { return s.certificate() == "ok" })
			s.statusSays(soon, "published https")
		})
		t.Run(name+" refused", func(t *testing.T) {
			// The authority of this world is unknown to the machine.
			s := newMachineOf(t, machine.Options{Rootless: true})
			s.install(home, args...)
			s.eventually("the reason", soon, func() bool {
				return strings.Contains(s.certificate(), "certificate signed by unknown authority")
			})
			s.statusSays(soon, "published, but visitors get no page", "unknown authority")
			says(t, s.run("journalctl", "-b", "--no-pager", "-u", unit), "cannot get a certificate")
		})
		t.Run(name+" TCP", func(t *testing.T) {
			s := newMachine(t)
			s.does(s.withKey(append([]string{"install", "--tcp", "443"}, args...)...)...)
			s.statusSays(soon, "published")
			if got := s.certificate(); got != "" {
				t.Errorf("raw TCP has a certificate: %q", got)
			}
		})
	}
}
