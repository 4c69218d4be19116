package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// initOf finds the machine's PID 1: the systemd in its network that counts
// itself the first.
func initOf(netns string) (int, error) {
	want, err := os.Readlink(netns)
	if err != nil {
		return 0, err
	}
	for _, pid := range pids() {
		if network(pid) != want || comm(pid) != "systemd" {
			continue
		}
		if numbers := strings.Fields(status(pid, "NSpid")); len(numbers) > 1 && numbers[len(numbers)-1] == "1" {
			return pid, nil
		}
	}
	return 0, errors.New("the machine has no PID 1")
}

func pids() []int {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	var list []int
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			list = append(list, pid)
		}
	}
	return list
}

// network tells one network namespace from another.
func network(pid int) string {
	link, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
	return link
}

// comm returns the name of pid's program, "" if it is gone.
func comm(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return strings.TrimSpace(string(text))
}

// status returns a field of pid's status, "" if it is gone.
func status(pid int, field string) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// tick is the unit of the kernel's accounts in /proc.
const tick = 10 * time.Millisecond

// busy returns how long pid and those of its children that have ended have used a processor.
func busy(pid int) time.Duration {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ") // behind the name
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return 0
	}
	ticks := 0
	for _, field := range fields[11:15] { // user and system, its own and theirs
		n, _ := strconv.Atoi(field)
		ticks += n
	}
	return time.Duration(ticks) * tick
}

// daemonReload finds the moment at which install has placed everything: it
// starts the program that has systemd read the new unit.
func daemonReload(installer int) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", installer, installer))
	for _, child := range strings.Fields(string(text)) {
		line, _ := os.ReadFile("/proc/" + child + "/cmdline")
		if strings.Contains(string(line), "daemon-reload") {
			return true
		}
	}
	return false
}
