package machine

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const inittab = "/etc/inittab"

// busybox is BusyBox init alone. A service is a line of its table, which holds
// the service's name as a word; there is no command to start or stop one.
type busybox struct{}

func (busybox) image(kit *Kit) (string, error) { return kit.busybox() }

func (busybox) program() string { return "/sbin/init" }

// All services inherit PID 1's.
func (busybox) configure([]string) []file { return nil }

func (busybox) add(m *Machine, name string, args []string) error {
	table, err := m.ReadFile(inittab)
	if err != nil {
		return err
	}
	script := "/usr/local/lib/" + name + ".run"
	return m.place([]file{
		{path: script, mode: 0o755,
			text: fmt.Sprintf("#!/bin/sh\necho $$ >/run/%[1]s.pid\nexec %s >>/var/log/%[1]s.log 2>&1\n", name, quote(args))},
		{path: inittab, text: string(table) + "::respawn:" + script + "\n"},
	})
}

// booted is true when there is a process for each line.
func (busybox) booted(_ context.Context, m *Machine) bool {
	table, err := m.ReadFile(inittab)
	return err == nil && program(m.init) == "busybox" &&
		len(children(m.init)) >= strings.Count("\n"+string(table), "\n::respawn:")
}

func (busybox) powerOff(ctx context.Context, m *Machine) error {
	_, err := m.Run(ctx, "poweroff")
	return err
}

// line returns the table with the service's line, also one that is commented
// out, in the middle.
func (busybox) line(m *Machine, name string) (before, line, after string, err error) {
	table, err := m.ReadFile(inittab)
	if err != nil {
		return "", "", "", err
	}
	word := regexp.MustCompile(`(?m)^#?[^#\n]*:respawn:(?:[^\n]*[^\w\n-])?` + regexp.QuoteMeta(name) + `(?:[^\w\n-][^\n]*)?$`)
	at := word.FindIndex(table)
	if at == nil {
		return "", "", "", nil
	}
	return string(table[:at[0]]), string(table[at[0]:at[1]]), string(table[at[1]:]), nil
}

// order edits the table and has init read it: a service whose line is gone is
// ended, a new one started.
func (b busybox) order(ctx context.Context, m *Machine, verb, name string) error {
	if verb == "restart" {
		if err := b.order(ctx, m, "stop", name); err != nil {
			return err
		}
	}
	before, line, after, err := b.line(m, name)
	if err == nil && line == "" {
		err = fmt.Errorf("%s has no line for %s", inittab, name)
	}
	if err != nil {
		return err
	}
	if line = strings.TrimPrefix(line, "#"); verb == "stop" {
		line = "#" + line
	}
	if err := m.WriteFile(inittab, []byte(before+line+after), 0o644); err != nil {
		return err
	}
	if err := unix.Kill(m.init, unix.SIGHUP); err != nil {
		return err
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(pollEvery) {
		pid, _, err := b.pids(ctx, m, name)
		if err != nil || (pid == 0) == (verb == "stop") {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s %s: its process is %d", verb, name, pid)
		}
	}
}

// state has nothing to ask but the table and the processes.
func (b busybox) state(ctx context.Context, m *Machine, name string) (State, error) {
	_, line, _, err := b.line(m, name)
	if err != nil {
		return "", err
	}
	pid, _, err := b.pids(ctx, m, name)
	switch {
	case line == "":
		return Absent, err
	case pid != 0:
		return Running, err
	case strings.HasPrefix(line, "#"):
		return Stopped, err
	}
	return Starting, err
}

// pids: init tells nobody which process is whose. A file /run/NAME.pid does,
// or that a child of init has the service's name as a word of its command.
func (busybox) pids(_ context.Context, m *Machine, name string) (main, supervisor int, err error) {
	text, err := m.lookFor("/run/" + name + ".pid")
	if err != nil {
		return 0, 0, err
	}
	noted := m.alive(text)
	for _, pid := range children(m.init) {
		_, inner := pidDepth(pid)
		if inner == noted || noted == 0 && slices.ContainsFunc(words(pid), func(w string) bool { return filepath.Base(w) == name }) {
			return inner, 1, nil
		}
	}
	return 0, 1, nil
}

func (b busybox) enabled(m *Machine, name string) (bool, error) {
	_, line, _, err := b.line(m, name)
	return line != "" && !strings.HasPrefix(line, "#"), err
}

func (busybox) log(_ context.Context, m *Machine, name string) (string, error) {
	return m.lookFor(logFiles(name)...)
}

func (busybox) report(ctx context.Context, m *Machine) string {
	return m.outputs(ctx, []string{"cat", inittab}, []string{"ps"}, []string{"sh", "-c", "tail -n 30 /var/log/*.log"})
}
