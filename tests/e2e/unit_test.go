package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"tsfunnel.test/machine"
)

// nasty are texts that mean something to a system manager, but must reach the
// CLI as they are.
var nasty = []string{
	`100% of %n in %%`,
	`$HOME ${HOME} $$ $1`,
	`"double" 'single' "half`,
	`back\slash \n \x41 \`,
	`  spaces   inside and after `,
	`semi ; colon ;`,
	`# hash`,
	`-dash @at !bang +plus :colon`,
	`umlaut ä, emoji 🙂`,
}

// TestPlainUnit is the bare recipe, byte for byte.
func TestPlainUnit(t *testing.T) {
	s := newMachine(t)
	if got := s.does("unit", "--plain", "8888").Stdout; got != recipe {
		t.Errorf("unit --plain 8888:\n%s", got)
	}
}

// TestUnitVerifies: what is printed passes systemd's own check, whatever the
// target.
func TestUnitVerifies(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.run("mkdir", "-p", "/srv/a b%n$x")
	targets := []string{"8888", "/srv/a b%n$x", "unix:/run/a b.sock"}
	for _, n := range nasty {
		targets = append(targets, "text:"+n)
	}
	for _, target := range targets {
		s.write("/root/check.service", s.does("unit", "--", target).Stdout)
		res := s.try("systemd-analyze", "verify", "--recursive-errors=no", "/root/check.service")
		if res.Code != 0 || strings.Contains(res.Stderr, "check.service") {
			t.Errorf("systemd-analyze verify of %q: %v", target, res)
		}
	}
	// The check must be able to find something.
	s.write("/root/check.service", recipe+"\n[Service]\nNoSuchKey=yes\n")
	if res := s.try("systemd-analyze", "verify", "/root/check.service"); !strings.Contains(res.Stderr, "NoSuchKey") {
		t.Errorf("systemd-analyze verify finds nothing: %v", res)
	}
}

// TestUnitArguments reads the arguments back from the process that the started
// unit became.
func TestUnitArguments(t *testing.T) {
	s := newMachine(t)
	s.login()
	for _, n := range nasty {
		target := "text:" + n
		s.does("install", "--", target)
		argv := strings.Split(s.read("/proc/"+s.property(unit, "MainPID")+"/cmdline"), "\x00")
		if !slices.Contains(argv, target) {
			t.Errorf("%q arrived as %q", target, argv)
		}
		s.page(home, n, soon)
	}
	// The URL that install prints is one that a client can use.
	for _, mount := range []string{"/a%n$b", "/a?b#c", "/a b", "/é!"} {
		s.page(lastLine(s.does("install", "8888", "--set-path", mount).Stdout), s.token, soon)
	}
}

// TestControlCharactersRefused: a newline would start a directive of its own,
// and no other control character has a place in a target.
func TestControlCharactersRefused(t *testing.T) {
	s := newMachine(t)
	for _, target := range []string{"text:a\nExecStartPre=/bin/touch /owned", "text:a\rb", "text:a\tb", "text:a\x7fb", "text:\xff", "/srv/a\nb", "unix:/run/a\nb"} {
		res := s.refuses(exitUsage, []string{"unit", "--", target})
		if res.Stdout != "" {
			t.Errorf("%q: stdout has %q", target, res.Stdout)
		}
		s.refuses(exitUsage, s.withKey("install", target))
	}
}

// TestDependencies: the text that decides whether stops stay stops.
func TestDependencies(t *testing.T) {
	s := newMachine(t)
	text := "\n" + s.does("unit", "8888").Stdout
	says(t, text, "\nAfter=tailscaled.service\n", "\nWantedBy=multi-user.target\n", "\nRestart=always\n",
		"\nStartLimitIntervalSec=0\n", "\nRestartPreventExitStatus=64\n", "\nRuntimeDirectory=")
	for _, key := range []string{"\nRequires=", "\nWants=", "\nBindsTo=", "\nPartOf="} {
		if strings.Contains(text, key) {
			t.Errorf("the unit has%s", strings.Replace(key, "\n", " ", 1))
		}
	}
}

// TestStatic: the program asks nothing of the machine it lands on.
func TestStatic(t *testing.T) {
	s := newSceneOf(t, machine.Options{Bare: true})
	s.must(s.CopyIn(product(t), bin))
	program, err := os.ReadFile(product(t))
	s.must(err)
	s.run("mkdir", "/srv/empty")
	s.must(s.WriteFile("/srv/empty/tsfunnel", program, 0o755))
	if got := s.run("chroot", "/srv/empty", "/tsfunnel", "unit", "--plain", "8888"); got+"\n" != recipe {
		t.Errorf("in an empty root: %s", got)
	}
}
