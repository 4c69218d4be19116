// SPDX-License-Identifier: MIT

package net

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// inOwnNetwork tells the second run of this program that it is one.
const inOwnNetwork = "NET_IN_OWN_NETWORK"

// files are what a resolver reads: names of this network only, and a DNS server that nobody is.
var files = map[string]string{
	"/etc/hosts": `127.0.0.1 localhost one.test two.test
::1 localhost six.test
127.0.0.1 both.test
::1 both.test
127.0.0.9 dead-first.test
127.0.0.1 dead-first.test
127.0.0.1 dead-last.test
127.0.0.9 dead-last.test
`,
	"/etc/resolv.conf":   "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
	"/etc/nsswitch.conf": "hosts: files dns\n",
}

// again runs this program once more, in a network that has nothing but loopback, and returns its
// exit code.
func again() int {
	runtime.LockOSThread() // the child ends with the thread that started it
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), inOwnNetwork+"=1", "NET_DRIVER="+driver)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL,
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "cannot run in a network of its own:", err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// furnish makes the new network usable.
func furnish(dir string) error {
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return fmt.Errorf("ip link set lo up: %w\n%s", err, out)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	for path, text := range files {
		ours := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(ours, []byte(text), 0o644); err != nil {
			return err
		}
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue // nothing that could lead elsewhere
		}
		if err := unix.Mount(ours, path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount over %s: %w", path, err)
		}
	}
	return nil
}

// TestNetworkIsOwn: no test here can reach, or be reached from, any other network.
func TestNetworkIsOwn(t *testing.T) {
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Name != "lo" && i.Flags&net.FlagUp != 0 {
			t.Errorf("%s is up", i.Name)
		}
	}
	drive(t, nil, "--tries", "1", "http://elsewhere.example/").mustRefuse(t, 69, "cannot find the host elsewhere.example")
}

// freePort gives a port that nothing listens on, at any address.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// shipped gives the program as it is shipped: static, with musl's resolver.
func shipped(t *testing.T) string {
	t.Helper()
	path := os.Getenv("TSFUNNEL")
	if path == "" {
		path = "../../build/tsfunnel"
	}
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("no program to test (TSFUNNEL names it): %v", err)
	}
	return path
}

// fetch runs it, and gives what it says.
func fetch(t *testing.T, base string, arguments ...string) outcome {
	t.Helper()
	cmd := exec.Command(shipped(t), append([]string{"fetch", "--base-url", base, "--to", t.TempDir()}, arguments...)...)
	cmd.Env = []string{}
	words, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{status: cmd.ProcessState.ExitCode(), words: strings.TrimSpace(string(words))}
}
