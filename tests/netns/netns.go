// Package netns runs code, and opens connections, in another network namespace.
package netns

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Do calls f on a thread that is in the network namespace at path. Only what f
// does on its own goroutine happens there.
//
// The thread goes back to where it came from afterwards: were it to end
// instead, every process that was started from it with a parent-death signal
// would end with it.
func Do(path string, f func() error) error {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer home.Close()
	away, err := os.Open(path)
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer away.Close()
	if err := unix.Setns(int(away.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("enter %s: %w", path, err)
	}
	defer func() {
		if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
			panic(fmt.Sprintf("cannot leave %s: %v", path, err))
		}
		runtime.UnlockOSThread()
	}()
	return f()
}

// Dial connects to addr, which must be an IP address and port, in the network
// namespace at path.
func Dial(ctx context.Context, path, addr string) (c net.Conn, err error) {
	err = Do(path, func() error {
		c, err = new(net.Dialer).DialContext(ctx, "tcp", addr)
		return err
	})
	return c, err
}
