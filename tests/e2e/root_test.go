package e2e

import (
	"encoding/binary"
	"os"
	"strconv"
	"strings"
	"testing"

	"tsfunnel.test/machine"
)

// image is a machine that is off: a scene whose program runs beside it.
type image struct {
	*scene
	program string
}

// newImage makes a machine without Tailscale that was booted once, as every
// image maker does to try it, and is off.
func newImage(t *testing.T) *image {
	t.Helper()
	s := newBlank(t, machine.Options{})
	s.must(s.Halt(t.Context()))
	return &image{scene: s, program: trusting(t)}
}

// beside runs the program on this computer.
func (i *image) beside(args ...string) machine.Result {
	i.t.Helper()
	res, err := i.Beside(i.t.Context(), machine.Command{Args: append([]string{i.program}, args...)})
	if err != nil {
		i.t.Fatal(err)
	}
	return res
}

func (i *image) ends(code int, args ...string) machine.Result {
	i.t.Helper()
	res := i.beside(args...)
	if res.Code != code {
		i.t.Fatalf("tsfunnel %q: want exit %d: %v", args, code, res)
	}
	return res
}

// installed runs install for the image, with a key.
func (i *image) installed(args ...string) machine.Result {
	i.t.Helper()
	return i.ends(exitDone, i.words(args...)...)
}

func (i *image) words(args ...string) []string {
	return append([]string{"install", "8888", "--root", i.Disk(), "--auth-key-file", i.Disk() + keyFile,
		"--login-server", i.world.ControlURL, "--base-url", packageServer}, args...)
}

// TestRoot is the whole way: the program into an image, which then boots and
// is on the internet without anybody.
func TestRoot(t *testing.T) {
	i := newImage(t)
	before := i.snapshot()

	plan := i.installed("--dry-run")
	says(t, plan.Stdout, "keep the auth key for the first boot", "ExecStart=/usr/local/bin/tsfunnel run")
	i.unchanged(before, true)

	res := i.installed()
	says(t, res.Stderr, "the image is ready")
	after := i.snapshot()
	says(t, i.installed().Stderr, "nothing to do")
	i.unchanged(after, true)

	i.must(i.Boot(t.Context()))
	i.page(home, i.token, recovery)
	if left := i.run("ls", "-A", loginFolder); left != "" {
		t.Errorf("left: %s", left)
	}
	i.keptSecret(i.world.AuthKey)
	i.confined(withGuard)
	// What the image got, the machine knows as its own.
	says(t, i.does("install", "8888").Stderr, "nothing to do")
	i.does("uninstall", "--purge")
	i.noPage(home)
	i.unchanged(before, false)
}

// TestRootUninstall leaves the image as it was, bit by bit.
func TestRootUninstall(t *testing.T) {
	i := newImage(t)
	before := i.snapshot()
	i.installed()
	i.installed("--name", "api", "--https", "8443")
	i.ends(exitDone, "uninstall", "--root", i.Disk(), "--name", "api")
	i.ends(exitDone, "uninstall", "--root", i.Disk())
	if !i.Exists("/usr/bin/tailscale") {
		t.Error("Tailscale is gone without --purge")
	}
	i.ends(exitDone, "uninstall", "--root", i.Disk(), "--purge")
	i.unchanged(before, false)
	says(t, i.ends(exitDone, "uninstall", "--root", i.Disk()).Stderr, "nothing to do")
}

// rootKillStep is how far apart the points of a kill are, see killStep.
const rootKillStep = 37

// TestRootKilled: wherever it is killed, the next run finishes.
func TestRootKilled(t *testing.T) {
	i := newImage(t)
	before := i.snapshot()
	for n := 3; ; n += rootKillStep {
		res, err := i.Beside(t.Context(), machine.Command{Args: append([]string{kit.Killat, "-names", strconv.Itoa(n), i.program}, i.words()...)})
		if err != nil || (res.Code != killed && res.Code != exitDone) {
			t.Fatalf("killed at call %d: %v %v", n, err, res)
		}
		i.installed()
		says(t, i.installed().Stderr, "nothing to do")
		i.ends(exitDone, "uninstall", "--root", i.Disk(), "--purge")
		i.unchanged(before, false)
		if res.Code == exitDone {
			break
		}
	}
	i.installed()
	i.must(i.Boot(t.Context()))
	i.page(home, i.token, recovery)
}

// TestRootCredential: the same image without a key, and a key by credential.
func TestRootCredential(t *testing.T) {
	i := newImage(t)
	res := i.ends(exitDone, "install", "8888", "--root", i.Disk(), "--login-server", i.world.ControlURL, "--base-url", packageServer)
	says(t, res.Stderr, "has no auth key")
	i.must(i.WriteFile(credentialKey, []byte(i.world.AuthKey), 0o600))
	i.must(i.Boot(t.Context()))
	i.page(home, i.token, recovery)
}

// TestRootEscapes: links of the image lead to its own files, never to ours.
func TestRootEscapes(t *testing.T) {
	s := newBlank(t, machine.Options{})
	for name, make := range map[string]string{
		"etc":        `mkdir "$1/elsewhere"; cp -a "$1/etc/." "$1/elsewhere"; rm -r "$1/etc"; ln -s /elsewhere "$1/etc"`,
		"etc, gone":  `mv "$1/etc" "$1/kept"; ln -s /outside "$1/etc"`,
		"units":      `rm -rf "$1/etc/systemd/system"; mkdir -p "$1/etc/systemd"; ln -s ../../../../../../outside "$1/etc/systemd/system"`,
		"state":      `rm -rf "$1/var/lib/tsfunnel"; ln -s /outside "$1/var/lib/tsfunnel"`,
		"state, one": `mkdir -p "$1/var/lib/tsfunnel"; ln -s ../../../../../outside "$1/var/lib/tsfunnel/login"`,
		"programs":   `rm -rf "$1/usr/local/bin"; ln -s /../../outside "$1/usr/local/bin"`,
		"manifest":   `mkdir -p "$1/var/lib/tsfunnel"; ln -s /outside/file "$1/var/lib/tsfunnel/manifest.json"`,
	} {
		dir := "/images/" + name
		s.run("sh", "-euc", `mkdir -p "$1/usr/lib/systemd" "$1/etc/systemd/system" "$1/var/lib" "$1/usr/local/bin" "$1/sbin"
			cp /usr/lib/systemd/systemd "$1/usr/lib/systemd/"; ln -s /usr/lib/systemd/systemd "$1/sbin/init"
			mkdir -p /outside; echo ours >/outside/file; `+make, "sh", dir)
		outside := func() string { return s.run("sh", "-c", "ls -AlR --time-style=full-iso /outside; cat /outside/file") }
		before := outside()
		install := []string{"install", "8888", "--root", dir, "--auth-key-file", keyFile, "--base-url", packageServer}
		if res := s.tsfunnel(install...); res.Code != exitDone && !strings.Contains(res.Stderr, "cannot ") {
			t.Errorf("%s: %v", name, res)
		}
		if after := outside(); after != before {
			t.Errorf("%s: outside was\n%s\nis\n%s", name, before, after)
		}
		// Where they lead to in the image, they are used.
		s.run("mkdir", "-p", dir+"/outside")
		s.ends(exitDone, install...)
		s.ends(exitDone, "uninstall", "--root", dir, "--purge")
		if after := outside(); after != before {
			t.Errorf("%s, uninstall: outside was\n%s\nis\n%s", name, before, after)
		}
	}
	if s.Exists("/etc/systemd/system/" + unit) {
		t.Error("there is a unit on the machine itself")
	}
}

// foreign returns a program whose header says that it is for arm64.
func foreign(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	must1(t, data, err)
	binary.LittleEndian.PutUint16(data[18:], 183) // EM_AARCH64
	return data
}

// list prints the tree of "$1": kind, mode, owner, target of a link, name, and
// digest.
const list = `(cd "$1"; find . -printf '%y %m %u %g %l %p\n'; find . -type f -exec sha256sum {} +) | sort`

// TestRootForeign: an image for another processor gets that one's programs, and
// needs a tsfunnel for it.
func TestRootForeign(t *testing.T) {
	s := newBlank(t, machine.Options{})
	const dir = "/image"
	s.must(s.WriteFile(dir+"/usr/lib/systemd/systemd", foreign(t, product(t))[:4096], 0o755))
	s.run("sh", "-euc", `mkdir -p "$1/sbin" "$1/var" "$1/etc"; ln -s /usr/lib/systemd/systemd "$1/sbin/init"; `+list+" >/root/before", "sh", dir)
	args := []string{"install", "8888", "--root", dir, "--auth-key-file", keyFile, "--base-url", packageServer}
	before := s.snapshot()
	res := s.ends(exitData, args...)
	says(t, res.Stderr, "it is for amd64, the image for arm64", "--self FILE")
	s.unchanged(before, true)
	s.must(s.WriteFile("/root/other", foreign(t, product(t)), 0o755))
	s.must(s.WriteFile("/root/none", foreign(t, product(t))[:4096], 0o755))
	says(t, s.ends(exitData, append(args, "--self", "/root/none")...).Stderr, "it is no tsfunnel")
	s.unchanged(before, true)
	s.ends(exitDone, append(args, "--self", "/root/other")...)
	s.run("sh", "-euc", `cmp /root/other "$1/usr/local/bin/tsfunnel"`, "sh", dir)
	if text := s.run("cat", dir+"/usr/bin/tailscale"); !strings.Contains(text, "arm64") {
		t.Errorf("the image's tailscale is %.200q", text)
	}
	s.ends(exitDone, "uninstall", "--root", dir, "--purge")
	s.run("sh", "-euc", list+" | diff /root/before -", "sh", dir)
}

// TestRootRefused: what can be no image is told, and nothing is changed.
func TestRootRefused(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.run("sh", "-euc", `mkdir -p /empty /other/sbin; cp /bin/true /other/sbin/openrc-init; ln -s openrc-init /other/sbin/init; echo >/file`)
	for _, c := range []struct {
		code int
		args []string
		says string
	}{
		{exitUsage, []string{"--root", "/none"}, "there is no such folder"},
		{exitUsage, []string{"--root", "/file"}, "it is no folder"},
		{exitUsage, []string{"--root", "/"}, "that is the running system"},
		{exitUsage, []string{"--root", "/proc/1/root/"}, "that is the running system"},
		{exitUnavailable, []string{"--root", "/empty"}, "/sbin/init is missing"},
		{exitUnavailable, []string{"--root", "/other"}, "/sbin/init is openrc-init"},
		{exitData, []string{"--root", "/empty", "--init", "systemd"}, "cannot tell the processor"},
		{exitUsage, []string{"--root", "/empty", "--init", "systemd", "--arch", "z80"}, "there are no packages for it"},
		{exitUsage, []string{"--arch", "arm64"}, "without --root"},
	} {
		s.refuses(c.code, append([]string{"install", "8888"}, c.args...), c.says)
	}
	s.refuses(exitUsage, []string{"uninstall", "--root", "/empty", "--logout"}, "the image is not running")
	s.refuses(exitUsage, []string{"uninstall", "--root", "/"}, "that is the running system")
	res := s.try("setpriv", "--reuid=65534", "--clear-groups", bin, "install", "8888", "--root", "/other")
	if res.Code == exitDone || res.Code == exitFailed {
		t.Errorf("as nobody: %v", res)
	}
}
