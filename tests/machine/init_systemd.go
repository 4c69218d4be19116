package machine

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const wants = "/etc/systemd/system/multi-user.target.wants/"

type systemd struct {
	name, suite string // of Debian's suite, if not that of the kit's root
}

func (s systemd) image(kit *Kit) (string, error) {
	if s.suite == "" {
		return kit.Root, nil
	}
	return kit.systemdOf(s.name, s.suite)
}

func (systemd) program() string { return "" }

func (systemd) configure(variables []string) []file {
	return []file{{
		path: "/etc/systemd/system.conf.d/tailnet.conf",
		text: "[Manager]\nDefaultEnvironment=" + strings.Join(variables, " ") + "\n",
	}}
}

func (systemd) add(m *Machine, name string, args []string) error {
	unit := name + ".service"
	return m.place([]file{
		{path: "/etc/systemd/system/" + unit,
			text: fmt.Sprintf("[Service]\nExecStart=%s\nRestart=always\n", strings.Join(args, " "))},
		{path: wants + unit, link: "../" + unit},
	})
}

func (systemd) booted(ctx context.Context, m *Machine) bool {
	res, err := m.Run(ctx, "systemctl", "is-system-running")
	says := strings.TrimSpace(res.Stdout)
	return err == nil && (says == "running" || says == "degraded")
}

func (systemd) powerOff(_ context.Context, m *Machine) error {
	// SIGRTMIN+4 asks a system manager to power off. SIGRTMIN is 34 for libc.
	return unix.Kill(m.init, unix.Signal(34+4))
}

func (systemd) order(ctx context.Context, m *Machine, verb, name string) error {
	return m.mustRun(ctx, "systemctl", verb, name+".service")
}

func (systemd) show(ctx context.Context, m *Machine, name string) (map[string]string, error) {
	res, err := m.Run(ctx, "systemctl", "show", "-p", "LoadState,ActiveState,MainPID", name+".service")
	values := map[string]string{}
	for line := range strings.Lines(res.Stdout) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[key] = value
	}
	return values, err
}

func (s systemd) state(ctx context.Context, m *Machine, name string) (State, error) {
	is, err := s.show(ctx, m, name)
	if err != nil {
		return "", err
	}
	if is["LoadState"] == "not-found" {
		return Absent, nil
	}
	state, ok := map[string]State{
		"active": Running, "reloading": Running, "activating": Starting,
		"inactive": Stopped, "deactivating": Stopped, "failed": Failed,
	}[is["ActiveState"]]
	if !ok {
		return "", fmt.Errorf("%s is %v", name, is)
	}
	return state, nil
}

func (s systemd) pids(ctx context.Context, m *Machine, name string) (main, supervisor int, err error) {
	is, err := s.show(ctx, m, name)
	if err != nil {
		return 0, 0, err
	}
	main, err = strconv.Atoi(is["MainPID"])
	return main, 1, err
}

func (systemd) enabled(m *Machine, name string) (bool, error) {
	return m.Exists(wants + name + ".service"), nil
}

func (systemd) log(ctx context.Context, m *Machine, name string) (string, error) {
	res, err := m.Run(ctx, "journalctl", "-b", "-q", "-o", "cat", "-u", name+".service")
	return res.Stdout, err
}

func (systemd) report(ctx context.Context, m *Machine) string {
	return m.outputs(ctx,
		[]string{"systemctl", "--no-pager", "--failed"},
		[]string{"journalctl", "--no-pager", "-b", "-n", "60", "-o", "short-monotonic"})
}
