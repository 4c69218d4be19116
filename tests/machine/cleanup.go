package machine

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"tsfunnel.test/scratch"
)

// sweep removes what runs that were killed have left: their processes are gone
// with them, their folders and control groups are not.
func sweep() error {
	machines, err := scratch.Left("machine")
	if err != nil {
		return err
	}
	worlds, err := scratch.Left("world")
	if err != nil {
		return err
	}
	for _, dir := range machines {
		err = errors.Join(err, dropGroups(filepath.Base(dir)))
	}
	for _, dir := range append(machines, worlds...) {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// dropGroups removes the control groups of the machine called name, once the kernel is done with
// the processes that were in them.
func dropGroups(name string) error {
	var err error
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(pollEvery) {
		err = nil
		for _, tree := range []string{"", "systemd", "unified", "memory"} {
			err = errors.Join(err, removeTree(filepath.Join("/sys/fs/cgroup", tree, name)))
		}
		if err == nil {
			return nil
		}
	}
	return err
}

// removeTree removes folders below and at dir. Files in them are the kernel's.
func removeTree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			err = errors.Join(err, removeTree(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(err, unix.Rmdir(dir))
}
