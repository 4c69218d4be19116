package netns

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// New makes a network namespace with nothing but loopback, which lasts as long
// as the file and the processes in it. Path names it for Do.
func New() (*os.File, error) {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	defer home.Close()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("make a network namespace: %w", err)
	}
	defer func() {
		if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
			panic(fmt.Sprintf("cannot leave a network namespace: %v", err))
		}
		runtime.UnlockOSThread()
	}()
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("ip link set lo up: %w\n%s", err, out)
	}
	return os.Open("/proc/thread-self/ns/net")
}

// Path is where this process finds a namespace that New made.
func Path(ns *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", ns.Fd()) }
