package e2e

import (
	"testing"
	"time"

	"tsfunnel.test/faults"
)

// liar is a unit that says what it cannot know.
const liar = `[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c 'systemd-notify --ready --status="published ` + home + `"; exec sleep infinity'
`

// TestLieIsSeen: the watch that every row of the matrix is under sees a STATUS
// that is wrong, with a tailscaled that is not there, that holds no funnel, and
// that is down.
func TestLieIsSeen(t *testing.T) {
	s := newScene(t)
	s.write("/etc/systemd/system/"+faults.Unit, liar)
	s.run("systemctl", "daemon-reload")
	s.run("systemctl", "start", faults.Unit)
	lies := func(what string) {
		t.Helper()
		lie, err := s.subject().Watch(t.Context(), 3*time.Second)
		if s.must(err); lie <= faults.LongestLie {
			t.Errorf("%s: a wrong STATUS was seen for %v only", what, lie)
		}
	}
	lies("no tailscaled")
	s.login()
	lies("no funnel")
	s.run("tailscale", "funnel", "--bg", "8888")
	if lie, err := s.subject().Watch(t.Context(), 3*time.Second); err != nil || lie > 0 {
		t.Errorf("a STATUS that is right was seen as wrong for %v: %v", lie, err)
	}
	s.run("tailscale", "down")
	lies("down")
}
