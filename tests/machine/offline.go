package machine

import (
	"context"
	"errors"
	"strconv"
)

// offline runs a command in a mount namespace of its own, with the names that
// the machine knows.
const offline = `mount --bind "$0/etc/hosts" /etc/hosts && exec "$@"`

// Disk is where Beside sees the machine's file tree.
func (m *Machine) Disk() string { return m.disk() + "/root" }

// Beside runs a command of this computer in the network of the machine, which
// is off, and with its disk in reach: at Disk.
func (m *Machine) Beside(ctx context.Context, c Command) (Result, error) {
	if m.init != 0 {
		return Result{}, errors.New("the machine is on")
	}
	p, err := m.start(ctx, Command{
		Args: append([]string{"unshare", "--mount", "sh", "-c", offline, m.Disk()}, c.Args...),
		Env:  c.Env, Stdin: c.Stdin,
	}, "--mount", "--net", "--pid", "--target", strconv.Itoa(m.keeper))
	if err != nil {
		return Result{}, err
	}
	return p.Wait()
}
