package machine

import (
	"fmt"
	"os"
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

// comm returns the name of pid's program.
func comm(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return strings.TrimSpace(string(text))
}

// findInit returns the machine's PID 1 below keeper, 0 while there is none.
// nspawn's own helpers look like it for a moment, but for their name.
func findInit(keeper int) int {
	outer, _ := pidDepth(keeper)
	for _, pid := range descendants(keeper) {
		depth, inner := pidDepth(pid)
		if depth == outer+1 && inner == 1 && comm(pid) == "systemd" {
			return pid
		}
	}
	return 0
}
