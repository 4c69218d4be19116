package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tsfunnel.test/machine"
)

// cliTargets are command lines given to "tailscale funnel" itself, with what
// came of each.
//
//go:embed testdata/cli-targets.json
var cliTargets []byte

// cliTarget is one of them.
type cliTarget struct {
	Args       []string
	Exit       any // "serving" or a number
	Foreground any // the entry that it posted
}

// neverWorks are command lines that the CLI takes although no page can come of
// them, or that say it in a way that is not ours. tsfunnel refuses them.
var neverWorks = [][]string{
	{"0"},                   // no such port
	{"[::1]:8888"},          // loses its brackets
	{"unix:run/app.sock"},   // relative to whatever tailscaled's folder is
	{"--https=0", "8888"},   // no such port
	{"--bg=false", "8888"},  // not an option here
	{"--https=444", "8888"}, // the ingress has no such port
	{"--https=80", "8888"},
	{"--tcp=22", "8888"},
	{"--tls-terminated-tcp=5432", "8888"},
	{"http://[::1]:8888"},
	{"http://[::1]:8888/path"},
	{"https+insecure://[::1]:8888"},
	{"--tcp=443", "tcp://[::1]:22"},
	{"http://localhost:0"},
	{"localhost:65536"},
}

// TestCLITargets: a command line that tsfunnel takes makes the entry that the
// CLI makes of it; all others are refused with a reason.
func TestCLITargets(t *testing.T) {
	var lines []cliTarget
	if err := json.Unmarshal(cliTargets, &lines); err != nil {
		t.Fatal(err)
	}
	s := newMachine(t)
	s.login()
	s.run("mkdir", "-p", "/srv/www", "/srv/a b")
	for _, l := range lines {
		never := slices.ContainsFunc(neverWorks, func(n []string) bool { return slices.Equal(n, l.Args) })
		switch {
		case len(l.Args) == 0:
			// The CLI prints its help; tsfunnel's TARGET has a default.
			s.makes(nil, lines[0].Foreground)
		case l.Exit == "serving" && !never:
			s.makes(l.Args, l.Foreground)
		default:
			s.refusesTarget(l.Args)
		}
	}
	for _, args := range neverWorks {
		s.refusesTarget(args)
	}
}

// makes runs "tsfunnel run" and compares the entry that comes of it.
func (s *scene) makes(args []string, want any) {
	s.t.Helper()
	if entry := s.entryOf(append([]string{bin, "run"}, args...)); !reflect.DeepEqual(entry, want) {
		s.t.Errorf("run %q makes %v, want %v", args, entry, want)
	}
}

// entryOf returns the one foreground entry that comes of a command, which is
// then ended; nil if it ends by itself.
func (s *scene) entryOf(args []string) (entry any) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	p, err := s.Machine.Start(ctx, machine.Command{Args: args})
	s.must(err)
	var got []json.RawMessage
	for end := time.Now().Add(soon); len(got) == 0 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		select {
		case <-p.Done():
			s.t.Errorf("%q ended: %s", args, p.Stderr())
			return nil
		default:
			got = s.foregrounds()
		}
	}
	if len(got) == 1 {
		s.must(json.Unmarshal(got[0], &entry))
	}
	cancel()
	<-p.Done()
	s.eventually("the session is gone", soon, func() bool { return len(s.foregrounds()) == 0 })
	return entry
}

// refusesTarget demands that no verb takes the command line.
func (s *scene) refusesTarget(args []string) {
	s.t.Helper()
	for _, verb := range []string{"run", "unit", "install"} {
		if verb != "install" && slices.Contains(args, "/srv/none") {
			continue // only install looks at the disk
		}
		ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
		res, err := s.Machine.Exec(ctx, machine.Command{Args: append([]string{bin, verb}, args...)})
		cancel()
		if err != nil || res.Code != exitUsage || strings.TrimSpace(res.Stderr) == "" {
			s.t.Errorf("%s %q: want exit %d and a reason: %v, %v", verb, args, exitUsage, res, err)
		}
	}
}

// TestInstalledTargets: what install makes of some of the same command lines.
func TestInstalledTargets(t *testing.T) {
	var lines []cliTarget
	if err := json.Unmarshal(cliTargets, &lines); err != nil {
		t.Fatal(err)
	}
	s := newMachine(t)
	s.login()
	s.run("mkdir", "-p", "/srv/www", "/srv/a b")
	for _, args := range [][]string{
		{"127.0.0.1:8888/path"}, {"https+insecure://localhost:8443"}, {"/srv/a b"},
		{"--https=10000", "8888"}, {"--set-path=/www", "/srv/www"},
		{"--tcp=443", "--proxy-protocol=2", "8888"}, {"--tls-terminated-tcp=443", "8888"},
	} {
		i := slices.IndexFunc(lines, func(l cliTarget) bool { return slices.Equal(l.Args, args) })
		s.does(append([]string{"install"}, args...)...)
		var entry any
		if got := s.foregrounds(); len(got) == 1 {
			s.must(json.Unmarshal(got[0], &entry))
		}
		if !reflect.DeepEqual(entry, lines[i].Foreground) {
			t.Errorf("install %q makes %v, want %v", args, entry, lines[i].Foreground)
		}
	}
}

// TestUnixTarget: a server on a unix socket is reached.
func TestUnixTarget(t *testing.T) {
	s := newMachine(t)
	s.install(home, "unix:/run/page.sock")
	page := s.page(home, s.token, soon)
	says(t, string(page.Body), "unix:/run/page.sock")
}
