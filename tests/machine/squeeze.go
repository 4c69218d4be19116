package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	memoryTree = "/sys/fs/cgroup/memory" // where the kernel's memory controller is one of version 1
	moveEvery  = 5 * time.Millisecond
)

// Squeeze gives the processes of a service, also those that are started
// meanwhile, less memory than limit bytes for a while. What is beyond is killed
// by the kernel.
func (m *Machine) Squeeze(ctx context.Context, unit string, limit int, during time.Duration) error {
	if _, err := os.Stat(memoryTree); err != nil {
		return m.squeezeByManager(ctx, unit, limit, during)
	}
	group := filepath.Join(memoryTree, m.name)
	if err := os.MkdirAll(group, 0o755); err != nil {
		return err
	}
	set := func(file, value string) error {
		return os.WriteFile(filepath.Join(group, file), []byte(value), 0o644)
	}
	if err := set("memory.limit_in_bytes", strconv.Itoa(limit)); err != nil {
		return err
	}
	for end := time.Now().Add(during); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(moveEvery) {
		for _, pid := range descendants(m.init) {
			if isIn(pid, unit) {
				set("cgroup.procs", strconv.Itoa(pid)) // it may be gone
			}
		}
	}
	return errors.Join(ctx.Err(), set("memory.limit_in_bytes", "-1"))
}

// squeezeByManager has the machine's systemd do it, which it can with version 2
// of the kernel's controllers alone.
func (m *Machine) squeezeByManager(ctx context.Context, unit string, limit int, during time.Duration) error {
	for _, to := range []string{strconv.Itoa(limit), "infinity"} {
		res, err := m.Run(ctx, "systemctl", "set-property", "--runtime", unit, "MemoryMax="+to)
		if err != nil || res.Code != 0 {
			return fmt.Errorf("limit the memory of %s: %v, %w", unit, res, err)
		}
		if to != "infinity" {
			time.Sleep(during)
		}
	}
	return nil
}

// isIn reports whether a process is one of a service's.
func isIn(pid int, unit string) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return strings.Contains(string(text), "/"+unit+"\n")
}
