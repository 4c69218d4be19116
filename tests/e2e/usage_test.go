package e2e

import (
	"strings"
	"testing"
)

// badInput are command lines that are refused with exit 64, each with words
// that the message must have. What is refused is refused by every verb that
// takes it, before anything is changed.
var badInput = []struct {
	args  []string
	words []string
}{
	{[]string{}, nil},
	{[]string{"instal"}, []string{"install"}},
	{[]string{"frobnicate"}, []string{"frobnicate"}},
	{[]string{"install", "--htps", "443"}, []string{"--https"}},
	{[]string{"install", "--nosuch"}, []string{"--nosuch"}},
	{[]string{"install", "8888", "9999"}, []string{"9999"}},
	{[]string{"install", ""}, nil},
	{[]string{"install", "0"}, []string{"port"}},
	{[]string{"install", "65536"}, []string{"port"}},
	{[]string{"install", "-1"}, nil},
	{[]string{"install", "--", "-1"}, nil},
	{[]string{"install", "99999999999999999999"}, nil},
	{[]string{"install", "text:"}, []string{"empty"}},
	{[]string{"install", "88\n88"}, nil},
	{[]string{"install", "text:a\nb"}, nil},
	{[]string{"install", "http://localhost:8888/a\nb"}, nil},
	{[]string{"install", "/srv/none"}, []string{"/srv/none"}},
	{[]string{"install", "example.com:80"}, nil},
	{[]string{"install", "ftp://localhost:21"}, nil},
	{[]string{"install", "http://[::1]:8888"}, []string{"localhost"}},
	{[]string{"install", "status"}, nil},
	{[]string{"install", "reset"}, nil},
	{[]string{"install", "off"}, nil},
	{[]string{"install", "8888", "--https"}, []string{"--https"}},
	{[]string{"install", "8888", "--https", ""}, nil},
	{[]string{"install", "8888", "--https", "0"}, []string{"443"}},
	{[]string{"install", "8888", "--https", "444"}, []string{"443", "8443", "10000"}},
	{[]string{"install", "8888", "--https", "443x"}, nil},
	{[]string{"install", "8888", "--https", "-443"}, nil},
	{[]string{"install", "8888", "--https", "67979"}, nil},
	{[]string{"install", "8888", "--tcp", "22"}, []string{"443"}},
	{[]string{"install", "8888", "--tls-terminated-tcp", "22"}, []string{"443"}},
	{[]string{"install", "8888", "--tcp", "443", "--https", "443"}, nil},
	{[]string{"install", "8888", "--tcp", "443", "--tls-terminated-tcp", "443"}, nil},
	{[]string{"install", "8888", "--tcp", "443", "--set-path", "/a"}, nil},
	{[]string{"install", "8888", "--set-path", "/a\nb"}, nil},
	{[]string{"install", "8888", "--proxy-protocol", "1"}, nil},
	{[]string{"install", "8888", "--tcp", "443", "--proxy-protocol", "3"}, nil},
	{[]string{"install", "8888", "--tcp", "443", "--proxy-protocol", "x"}, nil},
	{[]string{"install", "/srv", "--tcp", "443"}, nil},
	{[]string{"install", "8888", "--name", ""}, nil},
	{[]string{"install", "8888", "--name", "a/b"}, nil},
	{[]string{"install", "8888", "--name", "../b"}, nil},
	{[]string{"install", "8888", "--name", "-a"}, nil},
	{[]string{"install", "8888", "--name", "a b"}, nil},
	{[]string{"install", "8888", "--name", "a\nb"}, nil},
	{[]string{"install", "8888", "--name", strings.Repeat("a", 300)}, nil},
	{[]string{"install", "8888", "--socket", "relative.sock"}, nil},
	{[]string{"install", "8888", "--socket", "/" + strings.Repeat("s", 200)}, nil},
	{[]string{"install", "8888", "--self-path", "relative"}, nil},
	{[]string{"install", "8888", "--self-path", ""}, nil},
	{[]string{"install", "8888", "--timeout", "x"}, nil},
	{[]string{"install", "8888", "--timeout", "-1"}, nil},
	{[]string{"install", "8888", "--timeout", ""}, nil},
	{[]string{"install", "8888", "--timeout", "99999999999999999999"}, nil},
	{[]string{"install", "8888", "--login-server", ""}, nil},
	{[]string{"install", "8888", "--login-server", "ftp://x"}, nil},
	{[]string{"install", "8888", "--login-server", "not a url"}, nil},
	{[]string{"install", "8888", "--hostname", "a b"}, nil},
	{[]string{"install", "8888", "--hostname", "-a"}, nil},
	{[]string{"install", "8888", "--hostname", strings.Repeat("a", 64)}, nil},
	{[]string{"install", "8888", "--auth-key-file", ""}, nil},
	{[]string{"install", "8888", "--dry-run=yes"}, nil},
	{[]string{"install", "8888", "--adopt=yes"}, nil},
	{[]string{"uninstall", "8888"}, nil},
	{[]string{"uninstall", "--name", "a/b"}, nil},
	{[]string{"uninstall", "--name", "a", "--all"}, nil},
	{[]string{"unit", "--plain", "8888", "--https", "8443"}, []string{"--plain"}},
	{[]string{"unit", "--plain", "8888", "--name", "a"}, []string{"--plain"}},
	{[]string{"unit", "0"}, nil},
	{[]string{"unit", "a\nb"}, nil},
	{[]string{"unit", "8888", "--https", "444"}, nil},
	{[]string{"run", "0"}, nil},
	{[]string{"run", "8888", "--https", "444"}, nil},
	{[]string{"run", "8888", "--name", "a/b"}, nil},
	{[]string{"status", "8888"}, nil},
	{[]string{"status", "--name", "a/b"}, nil},
	{[]string{"status", "--socket", "x"}, nil},
	{[]string{"version", "x"}, nil},
	{[]string{"help", "frobnicate"}, []string{"frobnicate"}},
}

// TestBadInput: bad input of every option ends with exit 64 and a reason, and
// changes nothing, on a machine where a good command line would.
func TestBadInput(t *testing.T) {
	s := newMachine(t)
	s.login()
	before := s.snapshot()
	for _, c := range badInput {
		args := c.args
		if len(args) > 0 && args[0] == "install" && !hasAny(args, "--login-server", "--auth-key-file", "--") {
			// Before what is bad: a value that lacks must not find one.
			args = append(s.withKey("install"), args[1:]...)
		}
		res := s.tsfunnel(args...)
		if res.Code != exitUsage {
			t.Errorf("%q: want exit %d: %v", c.args, exitUsage, res)
			s.tsfunnel("uninstall", "--all")
		}
		if strings.TrimSpace(res.Stderr) == "" {
			t.Errorf("%q: no reason", c.args)
		}
		if len(c.args) > 0 && res.Stdout != "" {
			t.Errorf("%q: stdout has %q", c.args, res.Stdout)
		}
		for _, w := range c.words {
			if !strings.Contains(res.Stderr, w) {
				t.Errorf("%q: no %q in %s", c.args, w, res.Stderr)
			}
		}
	}
	s.unchanged(before, true)
	if n := len(s.foregrounds()); n != 0 {
		t.Errorf("%d foreground entries", n)
	}
}

func hasAny(list []string, words ...string) bool {
	for _, l := range list {
		for _, w := range words {
			if l == w {
				return true
			}
		}
	}
	return false
}

// TestHelp: help is data on stdout, within 80 columns, examples first.
func TestHelp(t *testing.T) {
	s := newMachine(t)
	for _, args := range [][]string{
		{"help"}, {"--help"}, {"help", "install"},
		{"install", "--help"}, {"uninstall", "--help"}, {"unit", "--help"}, {"run", "--help"}, {"status", "--help"},
	} {
		res := s.does(args...)
		if res.Stderr != "" || res.Stdout == "" {
			t.Errorf("%q: %v", args, res)
		}
		for line := range strings.Lines(res.Stdout) {
			if len([]rune(strings.TrimRight(line, "\n"))) > 80 {
				t.Errorf("%q: over 80 columns: %s", args, line)
			}
		}
	}
	says(t, s.does("version").Stdout, "tsfunnel")
}
