package machine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

const (
	s6Services = "/etc/services.d/" // what starts at boot
	s6Scanned  = "/run/service/"    // where it is while the machine runs
)

type s6 struct{}

func (s6) image(kit *Kit) (string, error) { return kit.s6() }

func (s6) program() string { return "/sbin/init" }

// All services inherit PID 1's.
func (s6) configure([]string) []file { return nil }

func (s6) add(m *Machine, name string, args []string) error {
	dir := s6Services + name
	return m.place([]file{
		{path: dir + "/run", text: "#!/bin/sh\nexec 2>&1\nexec " + quote(args) + "\n", mode: 0o755},
		{path: dir + "/log/run", text: fmt.Sprintf("#!/bin/sh\nmkdir -p /var/log/%[1]s\nexec s6-log -b n5 s1000000 T /var/log/%[1]s\n", name), mode: 0o755},
	})
}

func (s6) booted(ctx context.Context, m *Machine) bool {
	if program(m.init) != "s6-svscan" {
		return false
	}
	res, err := m.Run(ctx, "sh", "-ec", "for dir in "+s6Scanned+"*/; do s6-svok $dir; done")
	return err == nil && res.Code == 0
}

func (s6) powerOff(ctx context.Context, m *Machine) error {
	_, err := m.Run(ctx, "s6-svscanctl", "-t", s6Scanned)
	return err
}

func (s s6) order(ctx context.Context, m *Machine, verb, name string) error {
	args := map[string][]string{
		"start": {"-wu", "-T", "20000", "-u"},
		"stop":  {"-wD", "-T", "5000", "-d"}, // lost if s6-supervise is killed meanwhile
	}
	verbs := []string{verb}
	if verb == "restart" {
		verbs = []string{"stop", "start"}
	}
	for _, v := range verbs {
		if err := m.mustRun(ctx, append(append([]string{"s6-svc"}, args[v]...), s6Scanned+name)...); err != nil {
			return err
		}
	}
	return nil
}

func (s6) status(ctx context.Context, m *Machine, name string) (State, int, error) {
	if !m.Exists(s6Scanned + name) {
		return Absent, 0, nil
	}
	res, err := m.Run(ctx, "s6-svstat", "-o", "up,wantedup,pid", s6Scanned+name)
	if err != nil {
		return "", 0, err
	}
	if res.Code == 1 {
		return Failed, 0, nil // no s6-supervise
	}
	says := strings.Fields(res.Stdout)
	if res.Code != 0 || len(says) != 3 {
		return "", 0, fmt.Errorf("s6-svstat of %s: %v", name, res)
	}
	switch {
	case says[0] == "true":
		pid, err := strconv.Atoi(says[2])
		return Running, pid, err
	case says[1] == "true":
		return Starting, 0, nil
	}
	return Stopped, 0, nil
}

func (s s6) state(ctx context.Context, m *Machine, name string) (State, error) {
	state, _, err := s.status(ctx, m, name)
	return state, err
}

func (s s6) pids(ctx context.Context, m *Machine, name string) (main, supervisor int, err error) {
	_, main, err = s.status(ctx, m, name)
	_, supervisor = m.find("s6-supervise", name)
	return main, supervisor, err
}

func (s6) enabled(m *Machine, name string) (bool, error) {
	return m.Exists(s6Services+name) && !m.Exists(s6Services+name+"/down"), nil
}

func (s6) log(_ context.Context, m *Machine, name string) (string, error) {
	return m.lookFor(logFiles(name)...)
}

func (s6) report(ctx context.Context, m *Machine) string {
	return m.outputs(ctx, []string{"sh", "-c", "for dir in " + s6Scanned + "*/; do echo $dir; s6-svstat $dir; done"},
		[]string{"sh", "-c", "tail -n 30 /var/log/*/current"})
}
