package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tsfunnel.test/machine"
)

const (
	bin     = "/root/tsfunnel" // as scp leaves it
	keyFile = "/root/key"
	unit    = "tailscale-funnel.service"
	unitAPI = "tailscale-funnel-api.service"

	waitSeconds = "15" // --timeout, where it is to run out
)

// Exit codes of tsfunnel.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 64
	exitUnavailable = 69
	exitCreate      = 73
	exitIO          = 74
	exitTimeout     = 75
	exitPermission  = 77
	exitPerson      = 78
)

// volatile are the places where a machine that runs writes by itself.
var volatile = []string{
	"/root", // what the test brings: program and key
	"/run", "/tmp", "/var/tmp",
	"/usr/lib/rc/cache", "/var/lib/urandom", // of OpenRC and SysV init, at shut-down
	"/etc/init.d/.depend.boot", "/etc/init.d/.depend.start", "/etc/init.d/.depend.stop", // insserv's, in a folder's order
	"/var/log", "/var/lib/systemd", "/var/lib/dbus", "/etc/machine-id", "/etc/.updated", "/var/.updated",
	"/var/lib/tailscale", "/var/cache/tailscale", // tailscaled's own state
}

// newMachine boots a machine that has the program and a key file and is not
// logged in.
func newMachine(t *testing.T) *scene { return newMachineOf(t, machine.Options{}) }

func newMachineOf(t *testing.T, o machine.Options) *scene {
	t.Helper()
	path := product(t)
	s := newSceneOf(t, o)
	s.must(s.CopyIn(path, bin))
	s.must(s.WriteFile(keyFile, []byte(s.world.AuthKey+"\n"), 0o600))
	return s
}

// login options: what every install in a world needs.
func (s *scene) withKey(args ...string) []string {
	return append(args, "--auth-key-file", keyFile, "--login-server", s.world.ControlURL)
}

// tsfunnel runs the program and returns what it came to.
func (s *scene) tsfunnel(args ...string) machine.Result {
	s.t.Helper()
	return s.try(append([]string{bin}, args...)...)
}

// does runs the program, which must end well, and returns its result.
func (s *scene) does(args ...string) machine.Result {
	s.t.Helper()
	return s.ends(exitDone, args...)
}

// ends runs the program and demands an exit code. Whatever fails says why in
// lines of the agreed form.
func (s *scene) ends(code int, args ...string) machine.Result {
	s.t.Helper()
	res := s.tsfunnel(args...)
	if res.Code != code {
		s.t.Fatalf("tsfunnel %q: want exit %d: %v", args, code, res)
	}
	if code != exitDone && code != exitFailed && strings.TrimSpace(res.Stderr) == "" {
		s.t.Fatalf("tsfunnel %q: exit %d without a word on stderr", args, code)
	}
	return res
}

// install installs with the key and checks the URL that ends stdout.
func (s *scene) install(url string, args ...string) machine.Result {
	s.t.Helper()
	res := s.does(s.withKey(append([]string{"install"}, args...)...)...)
	if last := lastLine(res.Stdout); last != url {
		s.t.Fatalf("install %q ends stdout with %q, want %q", args, last, url)
	}
	return res
}

// refuses runs the program, which must end with code, say all of words on
// stderr and leave the machine as it was.
func (s *scene) refuses(code int, args []string, words ...string) machine.Result {
	s.t.Helper()
	before := s.snapshot()
	res := s.ends(code, args...)
	says(s.t, res.Stderr, words...)
	s.unchanged(before, true)
	return res
}

// snapshot lists the disk, without what changes by itself.
func (s *scene) snapshot() machine.Listing {
	s.t.Helper()
	list, err := s.Listing(volatile...)
	s.must(err)
	return list
}

// unchanged ends the test if the disk differs from before.
func (s *scene) unchanged(before machine.Listing, mtimes bool) {
	s.t.Helper()
	if diff := before.Compare(s.snapshot(), mtimes); len(diff) > 0 {
		s.t.Fatalf("the machine is not as it was:\n%s", strings.Join(diff, "\n"))
	}
}

// foregrounds returns the serve entries that foreground sessions hold.
func (s *scene) foregrounds() []json.RawMessage {
	s.t.Helper()
	var list []json.RawMessage
	for _, f := range s.serving().Foreground {
		list = append(list, f)
	}
	return list
}

// state returns what systemctl says to a question such as is-active.
func (s *scene) state(question, unit string) string {
	s.t.Helper()
	return strings.TrimSpace(s.try("systemctl", question, unit).Stdout)
}

// says fails the test if text lacks one of words.
func says(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in:\n%s", w, text)
		}
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// lineWith returns the first line of text that holds word.
func lineWith(text, word string) string {
	lines := strings.Split(text, "\n")
	if i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, word) }); i >= 0 {
		return lines[i]
	}
	return ""
}
