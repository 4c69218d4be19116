package machine

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// runitServices is the folder of what starts at boot, as Debian has it. The
// way by /etc/service leads over absolute links.
const runitServices = "/etc/runit/runsvdir/default/"

type runit struct{}

func (runit) image(kit *Kit) (string, error) { return kit.runit() }

func (runit) program() string { return "/sbin/init" }

func (runit) configure(variables []string) []file { return environment(variables) }

func (runit) add(m *Machine, name string, args []string) error {
	dir := "/etc/sv/" + name
	return m.place([]file{
		{path: dir + "/run", text: "#!/bin/sh\nexec 2>&1\nexec " + quote(args) + "\n", mode: 0o755},
		{path: dir + "/log/run", text: fmt.Sprintf("#!/bin/sh\nmkdir -p /var/log/%[1]s\nexec svlogd -tt /var/log/%[1]s\n", name), mode: 0o755},
		// what runsv notes is no part of a machine's files
		{path: dir + "/supervise", link: "/run/runit/supervise." + name},
		{path: dir + "/log/supervise", link: "/run/runit/supervise." + name + ".log"},
		{path: runitServices + name, link: dir},
	})
}

// booted is true when there is a supervisor, which starts its service at once,
// for every service.
func (runit) booted(ctx context.Context, m *Machine) bool {
	if pid, _ := m.find("runsvdir"); pid == 0 {
		return false
	}
	res, err := m.Run(ctx, "sh", "-c", `for dir in /etc/service/*/; do sv status "$dir"; done`)
	return err == nil && !strings.Contains(res.Stdout, "fail: ") && !strings.Contains(res.Stdout, "warning: ")
}

func (runit) powerOff(ctx context.Context, m *Machine) error {
	_, err := m.Run(ctx, "poweroff") // which is ended with all others
	return err
}

func (runit) order(ctx context.Context, m *Machine, verb, name string) error {
	return m.mustRun(ctx, "sv", "-w", "20", verb, name)
}

// svStatus is what sv says of a service; what follows "; " is of its log.
var svStatus = regexp.MustCompile(`^(run|finish|down): [^:]*: (?:\(pid (\d+)\) )?\d+s([^;]*)`)

func (runit) status(ctx context.Context, m *Machine, name string) (State, int, error) {
	if !m.Exists("/etc/sv/"+name) && !m.Exists(runitServices+name) {
		return Absent, 0, nil
	}
	res, err := m.Run(ctx, "sv", "status", name) // whose exit code tells nothing
	if err != nil {
		return "", 0, err
	}
	if strings.HasPrefix(res.Stdout, "fail: ") || strings.HasPrefix(res.Stdout, "warning: ") {
		return Failed, 0, nil
	}
	says := svStatus.FindStringSubmatch(res.Stdout)
	if says == nil {
		return "", 0, fmt.Errorf("sv status %s: %v", name, res)
	}
	wanted := strings.Contains(says[3], "want up")
	switch {
	case says[1] == "run":
		pid, err := strconv.Atoi(says[2])
		return Running, pid, err
	case wanted, says[1] == "finish" && !strings.Contains(says[3], "want down"):
		return Starting, 0, nil
	}
	return Stopped, 0, nil
}

func (r runit) state(ctx context.Context, m *Machine, name string) (State, error) {
	state, _, err := r.status(ctx, m, name)
	return state, err
}

func (r runit) pids(ctx context.Context, m *Machine, name string) (main, supervisor int, err error) {
	_, main, err = r.status(ctx, m, name)
	_, supervisor = m.find("runsv", name)
	return main, supervisor, err
}

func (runit) enabled(m *Machine, name string) (bool, error) {
	return m.Exists(runitServices+name) && !m.Exists("/etc/sv/"+name+"/down"), nil
}

func (runit) log(_ context.Context, m *Machine, name string) (string, error) {
	return m.lookFor(logFiles(name)...)
}

func (runit) report(ctx context.Context, m *Machine) string {
	return m.outputs(ctx, []string{"sh", "-c", "sv status /etc/service/*/"}, []string{"sh", "-c", "tail -n 30 /var/log/*/current"})
}
