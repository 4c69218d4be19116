package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"

	"tsfunnel.test/machine"
)

// disk is a kind of storage under all that is written: what is downloaded and
// what is unpacked.
type disk struct {
	name  string
	mount func(ctx context.Context, c *contest, at string) error
}

var disks = []disk{
	{"in memory", func(ctx context.Context, c *contest, at string) error {
		return must(ctx, c.machine, "mount", "-t", "tmpfs", "-o", "mode=755", "bench", at)
	}},
	{"on disk", func(ctx context.Context, c *contest, at string) error {
		from, err := os.MkdirTemp(c.dir, "disk")
		if err != nil {
			return err
		}
		out, err := exec.CommandContext(ctx, "/proc/self/exe", attachVerb, strconv.Itoa(c.init), from, at).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("mount a folder in the machine: %w\n%s", err, out)
		}
		return err
	}},
}

// must runs a command in a machine that has to end with 0.
func must(ctx context.Context, m *machine.Machine, args ...string) error {
	res, err := m.Run(ctx, args...)
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("%q: %v", args, res)
	}
	return err
}

const attachVerb = "attach"

// attach PID FROM AT puts the folder FROM of this computer at AT, a folder in
// the mount namespace of the process PID. It needs a process of its own: a
// thread that has been elsewhere is of no use afterwards.
func attach(args []string) error {
	if len(args) != 3 {
		return errors.New("usage: bench attach PID FROM AT")
	}
	tree, err := unix.OpenTree(unix.AT_FDCWD, args[1], unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return fmt.Errorf("open %s: %w", args[1], err)
	}
	away, err := os.Open("/proc/" + args[0] + "/ns/mnt")
	if err != nil {
		return err
	}
	defer away.Close()
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	if err := unix.Setns(int(away.Fd()), unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("enter the machine: %w", err)
	}
	if err := unix.MoveMount(tree, "", unix.AT_FDCWD, args[2], unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("mount %s: %w", args[2], err)
	}
	return nil
}
