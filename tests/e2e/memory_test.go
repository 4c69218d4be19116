package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tsfunnel.test/machine"
	"tsfunnel.test/netns"
	"tsfunnel.test/traced"
)

// peakKiB is what fetch and install may have resident at most.
const peakKiB = 8 << 10

// peak runs the program and returns what it came to, and its VmHWM in KiB: it
// is stopped where it ends, with its memory still there. What wait4 tells is no
// measure, it begins with the memory of the process that forked.
func (d *depot) peak(args ...string) (res machine.Result, kib int) {
	d.t.Helper()
	words, err := os.Create(filepath.Join(d.t.TempDir(), "words"))
	must1(d.t, words, err)
	defer words.Close()
	// One thread for all: only the one that traces may go on doing so.
	err = netns.Do(d.network, func() error {
		pid, err := syscall.ForkExec(d.program, append([]string{d.program}, args...), &syscall.ProcAttr{
			Env:   []string{"PATH=/usr/bin:/bin"},
			Files: []uintptr{words.Fd(), words.Fd(), words.Fd()},
			Sys:   &syscall.SysProcAttr{Ptrace: true},
		})
		if err != nil {
			return err
		}
		res.Code, kib, err = traced.Peak(pid)
		return err
	})
	text, err2 := os.ReadFile(words.Name())
	must1(d.t, text, err2)
	res.Stderr = string(text)
	must1(d.t, kib, err)
	return res, kib
}

// TestPeakMemory: a whole release is fetched, verified and looked through in at
// most 8 MiB, whichever way it comes.
func TestPeakMemory(t *testing.T) {
	d := newDepot(t)
	whole, carried := d.stored("main/stable/"+release), t.TempDir()
	for _, c := range []struct {
		name, to string
		args     []string
	}{
		{"https", carried, []string{"--base-url", d.Secure, "--cacert", d.CAFile}},
		{"https, cut", t.TempDir(), []string{"--base-url", d.Secure + "/fault/cut=2097152", "--cacert", d.CAFile}},
		{"http", t.TempDir(), []string{"--base-url", d.Base}},
		{"carried", t.TempDir(), []string{"--package", filepath.Join(carried, release)}},
	} {
		res, kib := d.peak(append([]string{"fetch", "--arch", "amd64", "--to", c.to}, c.args...)...)
		got, err := os.ReadFile(filepath.Join(c.to, release))
		if res.Code != exitDone || err != nil || !bytes.Equal(got, whole) {
			t.Fatalf("%s: %d bytes of %d: %v: %v", c.name, len(got), len(whole), err, res)
		}
		if kib <= 0 || kib > peakKiB {
			t.Errorf("%s: %d KiB resident at most, not %d", c.name, kib, peakKiB)
		}
		t.Logf("%s: %d KiB for %d KiB", c.name, kib, len(whole)>>10)
	}
}

// TestPeakMemoryOfInstall: neither the first install, with a whole release on
// its way into place, nor a replacement or one that finds nothing to do takes
// more. What it has others do is not counted.
func TestPeakMemoryOfInstall(t *testing.T) {
	s := newBlank(t, machine.Options{})
	s.must(s.CopyIn(kit.Killat, killat))
	for _, c := range []struct {
		name string
		args []string
	}{
		{"https", from(secureServer, "--cacert", machine.RootsFile, "--version", older)},
		{"replacement", from(packageServer, "--version", newer)},
		{"nothing", nil},
	} {
		res := s.try(append([]string{killat, "-peak", bin}, s.withKey(append([]string{"install", "8888"}, c.args...)...)...)...)
		_, text, _ := strings.Cut(lastLine(res.Stderr), "peak of ")
		var kib int
		if _, err := fmt.Sscanf(text, "%d KiB", &kib); err != nil || res.Code != exitDone {
			t.Fatalf("%s: %v: %v", c.name, err, res)
		}
		if kib <= 0 || kib > peakKiB {
			t.Errorf("%s: %d KiB resident at most, not %d", c.name, kib, peakKiB)
		}
		t.Logf("%s: %d KiB", c.name, kib)
	}
	s.runs(newer)
	s.page(home, s.token, soon)
}
