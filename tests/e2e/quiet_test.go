package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// watched is how long nothing may happen without cause.
const watched = 60 * time.Second

// straced writes to a file what system calls processes of the machine make, seen
// from outside, until stop is called, which returns it.
type straced struct {
	cmd  *exec.Cmd
	path string
}

func (s *scene) trace(pid string) *straced {
	s.t.Helper()
	t := &straced{path: filepath.Join(s.t.TempDir(), "trace")}
	// Long strings: a line of the bus shows what it is.
	t.cmd = exec.Command("strace", "-f", "-s", "300", "-o", t.path, "-p", strconv.Itoa(s.outside(pid)))
	t.cmd.WaitDelay = time.Second
	s.must(t.cmd.Start())
	s.t.Cleanup(func() { t.cmd.Process.Kill() })
	s.eventually("strace is there", soon, func() bool {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.outside(pid)))
		return strings.Contains(string(status), fmt.Sprintf("TracerPid:\t%d\n", t.cmd.Process.Pid))
	})
	return t
}

func (t *straced) stop() string {
	t.cmd.Process.Signal(unix.SIGINT)
	t.cmd.Wait()
	text, _ := os.ReadFile(t.path)
	return string(text)
}

// outside returns the number, in our PID namespace, of a process of the machine.
func (s *scene) outside(pid string) int {
	s.t.Helper()
	inner, err := strconv.Atoi(pid)
	s.must(err)
	outer := s.Machine.Outside(inner)
	if outer == 0 {
		s.t.Fatalf("there is no process %s", pid)
	}
	return outer
}

var (
	// A wait without a time-out: of native, of the guard, and one that strace
	// interrupted when it came.
	idle  = regexp.MustCompile(`^\d+ +(?:poll\(.*\], \d+, -1\)|ppoll\(.*\], \d+, NULL, .*\)|restart_syscall\(.*\)) += (.*)`)
	woken = regexp.MustCompile(`^1 \(\[\{fd=(\d+), revents=POLLIN\}\]`)
	timer = regexp.MustCompile(`\(Timeout\)|^\d+ +(?:clock_)?nanosleep|SIGALRM`)
	news  = regexp.MustCompile(`^\d+ +read\((\d+), "\{\\"`)
	ends  = regexp.MustCompile(`<unfinished \.\.\.>|<detached \.\.\.>|^\d+ +--- `)
)

// unknown is the descriptor that ended the wait in which strace came.
const unknown = "?"

// uncaused returns the lines of a trace that no line of the bus caused: what
// follows a wait that ended otherwise, and whatever a timer ended. It counts the
// lines of the bus.
func uncaused(trace string) (bad []string, heard int) {
	bus := "" // the descriptor that ended a wait: its line is to be read next
	for text := range strings.Lines(trace) {
		text = strings.TrimSpace(text)
		wait, read := idle.FindStringSubmatch(text), news.FindStringSubmatch(text)
		switch {
		case timer.MatchString(text):
			bad = append(bad, text)
		case ends.MatchString(text):
		case bus != "" && (read == nil || bus != unknown && read[1] != bus):
			bad, bus = append(bad, text), ""
		case bus != "":
			heard, bus = heard+1, ""
		case wait != nil:
			if m := woken.FindStringSubmatch(wait[1]); m != nil {
				bus = m[1]
			} else if wait[1] == "1" && strings.Contains(text, "restart_syscall") {
				bus = unknown
			} else if !strings.HasPrefix(wait[1], "?") {
				bad = append(bad, text)
			}
		}
	}
	return bad, heard
}

// TestUncaused: the judge of TestQuiet finds what it has to.
func TestUncaused(t *testing.T) {
	const (
		first   = "7 restart_syscall(<... resuming interrupted poll ...>) = 1 ([{fd=5, revents=POLLIN}])\n"
		wait    = "7 poll([{fd=5, events=POLLIN}, {fd=-1}], 2, -1) = 1 ([{fd=5, revents=POLLIN}])\n"
		guard   = "7 ppoll([{fd=4, events=0}, {fd=5, events=POLLIN}], 2, NULL, [], 8) = 1 ([{fd=5, revents=POLLIN}])\n"
		line    = "7 read(5, \"{\\\"Version\\\":\\\"1\"..., 4096) = 20\n7 read(5, 0x1, 4096) = -1 EAGAIN (Resource temporarily unavailable)\n"
		asks    = "7 connect(6, {sa_family=AF_UNIX}) = 0\n7 poll([{fd=6, events=POLLIN}], 2, 4999) = 1 ([{fd=6, revents=POLLIN}])\n"
		forever = "7 poll([{fd=5, events=POLLIN}, {fd=-1}], 2, -1 <unfinished ...>\n"
	)
	for _, c := range []struct {
		name, trace string
		bad, heard  int
	}{
		{"nothing", forever, 0, 0},
		{"detached", "7 ppoll([{fd=4, events=0}], 2, NULL, [], 8 <detached ...>\n", 0, 0},
		{"first line", "7 restart_syscall(<... resuming interrupted read ...>) = 1\n" + line + forever, 0, 1},
		{"first wait", "7 restart_syscall(<... resuming interrupted read ...>) = 1\n" + asks, 1, 0},
		{"first time-out", "7 restart_syscall(<... resuming interrupted poll ...>) = 0\n" + asks, 1, 0},
		{"lines", first + line + wait + line + asks + guard + line + forever, 0, 3},
		{"time-out", wait + line + "7 poll([{fd=5, events=POLLIN}], 2, 5000) = 0 (Timeout)\n" + asks, 1, 1},
		{"time-out of ppoll", "7 ppoll([{fd=5, events=POLLIN}], 1, {tv_sec=1, tv_nsec=0}, [], 8) = 0 (Timeout)\n" + asks, 1, 0},
		{"pause", wait + line + "7 nanosleep({tv_sec=1, tv_nsec=0}, NULL) = 0\n", 1, 1},
		{"no line read", wait + asks + forever, 1, 0},
		{"another descriptor", wait + "7 read(6, \"{\\\"a\\\"\"..., 10) = 10\n", 1, 0},
		{"end of the bus", wait + "7 read(5, \"\", 4096) = 0\n", 1, 0},
		{"signal", "7 ppoll([{fd=4, events=0}], 2, NULL, [], 8) = -1 EINTR (Interrupted system call)\n" + asks, 1, 0},
		{"hung up", "7 ppoll([{fd=4, events=0}], 2, NULL, [], 8) = 1 ([{fd=4, revents=POLLHUP}])\n" + asks, 1, 0},
	} {
		if bad, heard := uncaused(c.trace); len(bad) != c.bad || heard != c.heard {
			t.Errorf("%s: %d lines, %q", c.name, heard, bad)
		}
	}
}

// TestQuiet: while the funnel stands, neither guard nor --native makes a system
// call that no line of the bus caused. A launcher that waits for a port shows
// that a timer would be seen; a change of preferences, that lines are.
func TestQuiet(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"CLI": {"8888"}, "native": {"8888", "--native"}} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.install(home, args...)
			s.page(home, s.token, soon)
			s.eventually("a certificate", soon, func() bool { return s.certificate() == "ok" })
			pid := s.property(unit, "MainPID")
			if args[len(args)-1] != "--native" {
				pid = s.guard()
			}
			s.run("systemd-run", "--unit=waits", bin, "run", "--name", "waits", "9999")
			s.eventually("it waits", soon, func() bool {
				return strings.Contains(s.try("cat", "/run/tsfunnel/tailscale-funnel-waits/status.json").Stdout, "port-taken")
			})
			time.Sleep(3 * time.Second) // the news of a start
			quiet, control := s.trace(pid), s.trace(s.property("waits", "MainPID"))
			time.Sleep(watched)
			if bad, heard := uncaused(quiet.stop()); len(bad) > 0 {
				t.Errorf("without cause, with %d lines of the bus:\n%s", heard, strings.Join(bad, "\n"))
			}
			if bad, _ := uncaused(control.stop()); len(bad) == 0 {
				t.Error("the timers of a launcher that waits were not seen")
			}
			quiet = s.trace(pid)
			s.run("tailscale", "set", "--accept-dns=false")
			s.eventually("the line was read", soon, func() bool {
				text, _ := os.ReadFile(quiet.path)
				return strings.Contains(string(text), "read(")
			})
			if bad, heard := uncaused(quiet.stop()); heard == 0 || len(bad) > 0 {
				t.Errorf("after a change of the preferences: %d lines, %q", heard, bad)
			}
		})
	}
}
