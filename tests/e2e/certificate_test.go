package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

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

// questions counts those for a certificate that came by betweenSocket.
func (s *scene) questions() int {
	s.t.Helper()
	return strings.Count(s.run("journalctl", "-b", "--no-pager", "-u", "between"), "GET /localapi/v0/cert/")
}

// TestCertificateFetched: while tailscaled gets a certificate that is told, to a
// process that comes meanwhile, too, and without a question.
func TestCertificateFetched(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"CLI": {"8888"}, "native": {"8888", "--native"}} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.must(s.world.SetCertificates("hold"))
			s.install(home, args...)
			for range 2 {
				s.statusSays(soon, "published, its certificate is still being fetched "+home)
				if got := s.certificate(); got != "pending" {
					t.Errorf("the certificate is %q", got)
				}
				says(t, s.tsfunnel("status").Stdout, "its certificate is still being fetched")
				s.run("systemctl", "restart", unit)
			}
			s.statusSays(soon, "still being fetched")
			s.must(s.world.SetCertificates("issue"))
			s.page(home, s.token, soon)
			s.eventually("a certificate", soon, func() bool { return s.certificate() == "ok" })
			s.statusSays(soon, "published "+home)
		})
	}
}

// TestCertificateAskedFor: what was refused is asked for again when it is time,
// however often the service starts, and no old answer is told as a new one.
func TestCertificateAskedFor(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"CLI": {"8888"}, "native": {"8888", "--native"}} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.must(s.world.SetCertificates("refuse"))
			s.login()
			s.between(nil, []string{"NONE", "/"}, ":")
			s.does(append([]string{"install", "--socket", betweenSocket}, args...)...)
			s.statusSays(recovery, "published, but visitors get no page: cannot get a certificate: ", "acme")
			if n := s.questions(); n != 1 {
				t.Errorf("%d questions before a refusal", n)
			}
			for range 2 {
				s.run("systemctl", "restart", unit)
				s.statusSays(recovery, "published, its certificate is not known; asked again at ", "before: cannot get a certificate: ")
				s.statusStays("published, its certificate is not known", 4*time.Second)
			}
			if n := s.questions(); n != 1 {
				t.Errorf("%d questions, with two restarts", n)
			}
			s.run("sh", "-c", "systemctl stop "+unit+" && rm /run/tsfunnel/tailscale-funnel/status.json && systemctl start "+unit)
			s.statusSays(recovery, "visitors get no page")
			if n := s.questions(); n != 2 {
				t.Errorf("%d questions, with one that was forgotten", n)
			}
		})
	}
}

// statusStays demands that a status stays, whenever nothing is being fetched.
func (s *scene) statusStays(text string, during time.Duration) {
	s.t.Helper()
	s.always(text, during, func() bool {
		now := s.property(unit, "StatusText")
		return strings.HasPrefix(now, text) || strings.Contains(now, "still being fetched")
	})
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
