package e2e

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tsfunnel.test/machine"
	"tsfunnel.test/outside"
	"tsfunnel.test/tailnet"
	"tsfunnel.test/world"
)

const (
	soon     = 20 * time.Second // a page comes, or goes
	recovery = 60 * time.Second // a page comes back after a fault
	command  = 90 * time.Second // any command inside a machine ends

	home     = "https://node." + tailnet.Domain + "/"
	home8443 = "https://node." + tailnet.Domain + ":8443/"

	socket = "/run/tailscale/tailscaled.sock"
)

// scene is one world with one machine in it and a client outside.
type scene struct {
	*machine.Machine
	t      *testing.T
	world  *world.World
	client *outside.Client
	token  string // of the page on 127.0.0.1:8888
	other  string // of the page on 127.0.0.1:9999
}

// newScene boots a machine with Tailscale's package on it.
func newScene(t *testing.T) *scene { return newSceneOf(t, machine.Options{}) }

// newSceneOf also says what the machine and its world are like. Two pages are
// always there.
func newSceneOf(t *testing.T, o machine.Options, of ...world.Option) *scene {
	t.Helper()
	t.Parallel()
	s := &scene{t: t, token: rand.Text(), other: rand.Text()}
	var err error
	if s.world, err = world.Open(t.Context(), kit.World, of...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.closed("world", s.world.Close()) })
	if s.client, err = outside.New(s.world); err != nil {
		t.Fatal(err)
	}
	o.Pages = append(o.Pages,
		machine.Page{Token: s.token, Listen: []string{"127.0.0.1:8888", "unix:/run/page.sock"}},
		machine.Page{Token: s.other, Listen: []string{"127.0.0.1:9999"}})
	if s.Machine, err = machine.New(t.Context(), kit, s.world, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			s.report()
		}
		s.closed("machine", s.Machine.Close())
	})
	return s
}

func (s *scene) closed(what string, err error) {
	if err != nil {
		s.t.Errorf("close the %s: %v", what, err)
	}
}

// report logs what helps to understand a failure.
func (s *scene) report() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if res, err := s.Machine.Run(ctx, "tailscale", "funnel", "status", "--json"); err == nil {
		s.t.Logf("tailscale funnel status --json\n%s%s", res.Stdout, res.Stderr)
	}
	s.t.Logf("%s\nworld:\n%s", s.Report(ctx), s.world.Log(25))
}

// exec runs c in the machine; that it cannot be run ends the test.
func (s *scene) exec(c machine.Command) machine.Result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), command)
	defer cancel()
	res, err := s.Machine.Exec(ctx, c)
	if err != nil {
		s.t.Fatalf("%v\n%v", err, res)
	}
	return res
}

// try runs a command and returns what it came to.
func (s *scene) try(args ...string) machine.Result {
	s.t.Helper()
	return s.exec(machine.Command{Args: args})
}

// run runs a command that must succeed and returns what it printed.
func (s *scene) run(args ...string) string {
	s.t.Helper()
	res := s.try(args...)
	if res.Code != 0 {
		s.t.Fatalf("%q: %v", args, res)
	}
	return strings.TrimSpace(res.Stdout)
}

// must ends the test if err is not nil.
func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// write puts a file into the machine.
func (s *scene) write(path, text string) {
	s.t.Helper()
	s.must(s.WriteFile(path, []byte(text), 0o644))
}

// read returns a file of the machine.
func (s *scene) read(path string) string {
	s.t.Helper()
	b, err := s.ReadFile(path)
	s.must(err)
	return string(b)
}

// reboot turns the machine off and on.
func (s *scene) reboot() {
	s.t.Helper()
	s.must(s.Machine.Reboot(s.t.Context()))
}

// login starts tailscaled and logs the machine in with the CLI. An older
// tailscaled forgets at a logout that nobody asked to accept routes, and its CLI
// insists on hearing so.
func (s *scene) login() {
	s.t.Helper()
	s.run("systemctl", "enable", "--now", "tailscaled")
	s.run("tailscale", "up", "--reset", "--login-server", s.world.ControlURL, "--auth-key", s.world.AuthKey)
}

// page waits for the public page of the server with the token.
func (s *scene) page(url, token string, within time.Duration) *outside.Page {
	s.t.Helper()
	return s.client.WaitPage(s.t, url, token, within)
}

// noPage waits until the public is refused.
func (s *scene) noPage(url string) {
	s.t.Helper()
	s.client.WaitNoPage(s.t, url, soon)
}

// property returns one property of a unit.
func (s *scene) property(unit, name string) string {
	s.t.Helper()
	return s.run("systemctl", "show", "--value", "-p", name, unit)
}

// kill sends a signal to a service's main process, which must be there.
func (s *scene) kill(unit, signal string) {
	s.t.Helper()
	pid, err := s.Service(unit).MainPID(s.t.Context())
	s.must(err)
	if pid == 0 {
		s.t.Fatalf("%s has no main process", unit)
	}
	s.run("sh", "-c", fmt.Sprintf("kill -%s %d", signal, pid))
}

// serveConfig is what "tailscale funnel status --json" prints.
type serveConfig struct {
	TCP         map[string]json.RawMessage
	Web         map[string]json.RawMessage
	AllowFunnel map[string]bool
	Foreground  map[string]json.RawMessage
}

// serving returns the machine's serve config.
func (s *scene) serving() serveConfig {
	s.t.Helper()
	var c serveConfig
	text := s.run("tailscale", "funnel", "status", "--json")
	s.must(json.Unmarshal([]byte(text), &c))
	return c
}

// eventually polls ok until it holds.
func (s *scene) eventually(what string, within time.Duration, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(within); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// always ends the test if ok does not hold all the time.
func (s *scene) always(what string, during time.Duration, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if !ok() {
			s.t.Fatalf("no longer: %s", what)
		}
	}
}
