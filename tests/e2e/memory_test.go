package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tsfunnel.test/machine"
	"tsfunnel.test/netns"
)

// peakKiB is what fetch may have resident at most.
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
		res.Code, kib, err = trace(pid)
		return err
	})
	text, err2 := os.ReadFile(words.Name())
	must1(d.t, text, err2)
	res.Stderr = string(text)
	must1(d.t, kib, err)
	return res, kib
}

// trace follows pid from its exec to its end.
func trace(pid int) (code, kib int, err error) {
	var status syscall.WaitStatus
	for signal, first := 0, true; ; first = false {
		if _, err = syscall.Wait4(pid, &status, 0, nil); err != nil {
			return 0, 0, err
		}
		switch {
		case status.Exited():
			return status.ExitStatus(), kib, nil
		case status.Signaled():
			return 128 + int(status.Signal()), kib, nil
		case first:
			signal, err = 0, syscall.PtraceSetOptions(pid, unix.PTRACE_O_TRACEEXIT|unix.PTRACE_O_EXITKILL)
		case status.TrapCause() == unix.PTRACE_EVENT_EXIT:
			signal = 0
			kib, err = highWater(pid)
		default:
			signal = int(status.StopSignal())
		}
		if err == nil {
			err = syscall.PtraceCont(pid, signal)
		}
		if err != nil {
			return 0, 0, err
		}
	}
}

func highWater(pid int) (kib int, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "\nVmHWM:")
	_, err = fmt.Sscan(rest, &kib)
	return kib, err
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
