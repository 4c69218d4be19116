package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
func (m *Machine) Squeeze(ctx context.Context, service string, limit int, during time.Duration) error {
	if _, err := os.Stat(memoryTree); err != nil {
		return m.squeezeByManager(ctx, service, limit, during)
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
		for _, pid := range m.processes(ctx, service) {
			set("cgroup.procs", strconv.Itoa(pid)) // it may be gone
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

// processes returns the processes of a service as this computer numbers them:
// what systemd counts as its own, with other init systems the main one and all
// below it.
func (m *Machine) processes(ctx context.Context, service string) []int {
	service = strings.TrimSuffix(service, ".service")
	if m.hasSystemd() {
		return slices.DeleteFunc(descendants(m.init), func(pid int) bool {
			text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
			return !strings.Contains(string(text), "/"+service+".service\n")
		})
	}
	inner, err := m.Service(service).MainPID(ctx)
	if err != nil || inner == 0 {
		return nil
	}
	pid := m.Outside(inner)
	return append(descendants(pid), pid)
}
