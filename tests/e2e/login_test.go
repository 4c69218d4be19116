package e2e

import (
	"bytes"
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tsfunnel.test/machine"
)

// TestWrongKey ends with control's own words, and with the right key the same
// command line works.
func TestWrongKey(t *testing.T) {
	s := newMachine(t)
	s.must(s.WriteFile("/root/wrong", []byte("tskey-auth-WRONG\n"), 0o600))
	res := s.ends(exitPerson, "install", "8888", "--auth-key-file", "/root/wrong", "--login-server", s.world.ControlURL)
	says(t, res.Stderr, "invalid key: unable to validate API key")
	s.install(home, "8888")
	s.page(home, s.token, soon)
}

// TestKeyWays: the same key by each way that is offered.
func TestKeyWays(t *testing.T) {
	t.Parallel()
	for name, give := range map[string]func(s *scene) machine.Command{
		"stdin": func(s *scene) machine.Command {
			return machine.Command{Args: []string{"--auth-key-file", "-"}, Stdin: s.world.AuthKey + "\n"}
		},
		"environment": func(s *scene) machine.Command {
			return machine.Command{Env: []string{"TS_AUTHKEY=" + s.world.AuthKey}}
		},
		"environment names a file": func(s *scene) machine.Command {
			return machine.Command{Env: []string{"TS_AUTHKEY=file:" + keyFile}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			c := give(s)
			c.Args = append([]string{bin, "install", "8888", "--login-server", s.world.ControlURL}, c.Args...)
			if res := s.exec(c); res.Code != exitDone || lastLine(res.Stdout) != home {
				t.Fatalf("install: %v", res)
			}
			s.page(home, s.token, soon)
		})
	}
}

// TestBadKeyFile: a key file that cannot be one is refused before anything is
// changed.
func TestBadKeyFile(t *testing.T) {
	s := newMachine(t)
	s.must(s.WriteFile("/root/empty", nil, 0o600))
	s.must(s.WriteFile("/root/two", []byte("tskey-auth-a\ntskey-auth-b\n"), 0o600))
	s.must(s.WriteFile("/root/binary", []byte("tskey\x00auth\n"), 0o600))
	for _, file := range []string{"/root/none", "/root/empty", "/root/two", "/root/binary", "/root"} {
		before := s.snapshot()
		res := s.tsfunnel("install", "8888", "--auth-key-file", file, "--login-server", s.world.ControlURL)
		if res.Code == exitDone || res.Code == exitFailed || res.Code >= 126 {
			t.Errorf("%s: %v", file, res)
		}
		says(t, res.Stderr, file)
		s.unchanged(before, true)
	}
}

// TestKeyStaysSecret: the key is never in a command line, the journal or a
// file that others may read.
func TestKeyStaysSecret(t *testing.T) {
	s := newMachine(t)
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan []string)
	go func() { seen <- watchCommandLines(ctx, s.world.AuthKey) }()
	s.install(home, "8888")
	cancel()
	if lines := <-seen; len(lines) > 0 {
		t.Errorf("the key was in %q", lines)
	}
	// Each search must be able to find what it looks for.
	s.must(s.WriteFile("/var/tmp/decoy", []byte(s.world.AuthKey), 0o644))
	if got := s.searchFiles(s.world.AuthKey); got != "/var/tmp/decoy" {
		t.Errorf("readable files with the key, besides /var/tmp/decoy: %q", got)
	}
	if n := s.searchJournal(s.world.AuthKey); n != 0 {
		t.Errorf("the key is in %d lines of the journal", n)
	}
	s.exec(machine.Command{Args: []string{"systemd-cat"}, Stdin: s.world.AuthKey + "\n"})
	s.run("journalctl", "--sync")
	if n := s.searchJournal(s.world.AuthKey); n != 1 {
		t.Errorf("the search of the journal finds %d of 1", n)
	}
}

// TestCommandLinesAreWatched proves the watch of TestKeyStaysSecret.
func TestCommandLinesAreWatched(t *testing.T) {
	s := newScene(t)
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan []string)
	go func() { seen <- watchCommandLines(ctx, s.world.AuthKey) }()
	s.run("sh", "-c", "sleep 0.05; : "+s.world.AuthKey)
	cancel()
	if lines := <-seen; len(lines) == 0 {
		t.Error("a key in a command line was not seen")
	}
}

// watchCommandLines returns all command lines that held text before ctx ended.
// What lives for 50 ms is seen, on a busy computer too.
func watchCommandLines(ctx context.Context, text string) []string {
	found := map[string]bool{}
	for ; ctx.Err() == nil; time.Sleep(time.Millisecond) {
		proc, err := os.Open("/proc")
		if err != nil {
			return []string{err.Error()}
		}
		names, _ := proc.Readdirnames(-1)
		proc.Close()
		for _, name := range names {
			if name[0] < '0' || name[0] > '9' {
				continue
			}
			if line, err := os.ReadFile("/proc/" + name + "/cmdline"); err == nil && bytes.Contains(line, []byte(text)) {
				found[strings.ReplaceAll(string(line), "\x00", " ")] = true
			}
		}
	}
	return slices.Collect(maps.Keys(found))
}

// searchFiles names the files with text in them that anybody may read.
func (s *scene) searchFiles(text string) string {
	s.t.Helper()
	res := s.exec(machine.Command{Stdin: text + "\n", Args: []string{"sh", "-c",
		"umask 077; cat >/root/.needle; find / /run /tmp /dev/shm -xdev -type f -perm -o=r -exec grep -lFf /root/.needle {} +; rm /root/.needle"}})
	return strings.TrimSpace(res.Stdout)
}

// searchJournal counts the lines of the journal with text in them.
func (s *scene) searchJournal(text string) int {
	s.t.Helper()
	return strings.Count(s.run("journalctl", "--no-pager", "-o", "cat", "-a"), text)
}

// TestLoginURL: without a key a person is asked to visit a page, and all goes
// on when that is done.
func TestLoginURL(t *testing.T) {
	s := newMachine(t)
	ctx, cancel := context.WithTimeout(t.Context(), command)
	defer cancel()
	p, err := s.Machine.Start(ctx, machine.Command{
		Args: []string{bin, "install", "8888", "--login-server", s.world.ControlURL},
	})
	s.must(err)
	var url string
	s.eventually("the login URL is on stderr", soon, func() bool {
		url = findURL(p.Stderr(), s.world.ControlURL+"/auth/")
		return url != ""
	})
	select {
	case <-p.Done():
		t.Fatalf("install did not wait: %s", p.Stderr())
	case <-time.After(2 * time.Second):
	}
	if page, err := s.client.Visit(ctx, url); err != nil || !page.Has("logged in") {
		t.Fatalf("visit %s: %v, %+v", url, err, page)
	}
	res, err := p.Wait()
	s.must(err)
	if res.Code != exitDone || lastLine(res.Stdout) != home {
		t.Fatalf("install: %v", res)
	}
	s.page(home, s.token, soon)
}

// TestLoginNotWaited: with --timeout 0 the URL is the last word, and a visit
// plus a second run is all it takes.
func TestLoginNotWaited(t *testing.T) {
	s := newMachine(t)
	args := []string{"install", "8888", "--login-server", s.world.ControlURL, "--timeout", "0"}
	res := s.ends(exitPerson, args...)
	url := findURL(lastLine(res.Stderr), s.world.ControlURL+"/auth/")
	if url == "" {
		t.Fatalf("the URL is not in the last line of stderr: %v", res)
	}
	if page, err := s.client.Visit(t.Context(), url); err != nil || !page.Has("logged in") {
		t.Fatalf("visit %s: %v, %+v", url, err, page)
	}
	s.eventually("logged in", soon, func() bool {
		return strings.Contains(s.run("tailscale", "status", "--json"), `"BackendState": "Running"`)
	})
	s.does(args...)
	s.page(home, s.token, soon)
}

// findURL returns the word of text that starts with prefix.
func findURL(text, prefix string) string {
	for _, word := range strings.Fields(text) {
		if strings.HasPrefix(word, prefix) {
			return word
		}
	}
	return ""
}

// TestControlUnreachable: what only the network can mend runs out of time, and
// the same command works when the network is back.
func TestControlUnreachable(t *testing.T) {
	s := newMachine(t)
	s.must(s.world.SetControl(false))
	s.ends(exitTimeout, s.withKey("install", "8888", "--timeout", waitSeconds)...)
	s.must(s.world.SetControl(true))
	s.install(home, "8888")
	s.page(home, s.token, soon)
}

// TestHostname: the node gets the name that was asked for.
func TestHostname(t *testing.T) {
	s := newMachine(t)
	url := strings.Replace(home, "node.", "shop.", 1)
	s.install(url, "8888", "--hostname", "shop")
	s.page(url, s.token, soon)
}
