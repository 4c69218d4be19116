package tailnet

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// LoopbackUp brings "lo" up and fails if the network namespace has any other
// interface that is up: nothing here may ever reach a real network.
func LoopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr); err != nil {
		return fmt.Errorf("bring lo up: %w", err)
	}
	all, err := net.Interfaces()
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Name != "lo" && i.Flags&net.FlagUp != 0 {
			return fmt.Errorf("interface %s is up: not a network namespace of its own", i.Name)
		}
	}
	return nil
}
