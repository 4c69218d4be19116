package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// children returns the direct children of pid's main thread.
func children(pid int) []int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	var pids []int
	for _, field := range strings.Fields(string(text)) {
		if p, err := strconv.Atoi(field); err == nil {
			pids = append(pids, p)
		}
	}
	return pids
}

// descendants returns all that pid started, the nearest first.
func descendants(pid int) []int {
	all := children(pid)
	for i := 0; i < len(all); i++ {
		all = append(all, children(all[i])...)
	}
	return all
}

// pidDepth returns how many PID namespaces, seen from ours, pid is in, and its
// number in the innermost.
func pidDepth(pid int) (depth, innermost int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "NSpid:"); ok {
			fields := strings.Fields(rest)
			innermost, _ = strconv.Atoi(fields[len(fields)-1])
			return len(fields), innermost
		}
	}
	return 0, 0
}

// program returns the name of pid's program, "" if it is gone.
func program(pid int) string {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return ""
	}
	return filepath.Base(path)
}

// words returns pid's program and arguments.
func words(pid int) []string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
}

// find returns the process below m's PID 1 that runs a program, with args as
// its first arguments; its number on this computer and in the machine, 0 if
// there is none.
func (m *Machine) find(name string, args ...string) (outer, inner int) {
	for _, pid := range descendants(m.init) {
		if program(pid) != name {
			continue
		}
		if w := words(pid); len(w) > len(args) && slices.Equal(w[1:1+len(args)], args) {
			_, inner = pidDepth(pid)
			return pid, inner
		}
	}
	return 0, 0
}

// Outside returns the number on this computer of the process that the machine
// numbers inner, 0 if there is none.
func (m *Machine) Outside(inner int) int {
	for _, pid := range append(descendants(m.init), m.init) {
		if _, number := pidDepth(pid); number == inner {
			return pid
		}
	}
	return 0
}

// findInit returns the machine's PID 1 below keeper, 0 while there is none.
// Before it is what it is to be, it is a child of nspawn like others.
func findInit(keeper int) int {
	outer, _ := pidDepth(keeper)
	for _, pid := range descendants(keeper) {
		depth, inner := pidDepth(pid)
		if name := program(pid); depth == outer+1 && inner == 1 && name != "" && name != "systemd-nspawn" {
			return pid
		}
	}
	return 0
}
