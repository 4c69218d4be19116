package machine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const runlevel = "/etc/runlevels/default/"

// openrc is the same below SysV init and below BusyBox init.
type openrc struct {
	make func(*Kit) (string, error)
}

func (o openrc) image(kit *Kit) (string, error) { return o.make(kit) }

func (openrc) program() string { return "/sbin/init" }

// Every service's script reads that; what it was called with is filtered.
func (openrc) configure(variables []string) []file {
	return []file{{path: "/etc/rc.conf.d/tailnet.conf", text: exports(variables)}}
}

func (openrc) add(m *Machine, name string, args []string) error {
	script := fmt.Sprintf(`#!/sbin/openrc-run
supervisor=supervise-daemon
command=%s
command_args="%s"
respawn_delay=1
respawn_max=0
output_log=/var/log/%s.log
error_log=/var/log/%s.log
`, args[0], strings.Join(args[1:], " "), name, name)
	return m.place([]file{
		{path: "/etc/init.d/" + name, text: script, mode: 0o755},
		{path: runlevel + name, link: "/etc/init.d/" + name},
	})
}

// booted is true when the last runlevel is entered and openrc has left it: the
// mark "rc.starting" stands as long as it starts services.
func (openrc) booted(_ context.Context, m *Machine) bool {
	level, err := m.ReadFile("/run/openrc/softlevel")
	return err == nil && strings.TrimSpace(string(level)) == "default" && !m.Exists("/run/openrc/rc.starting")
}

func (openrc) powerOff(ctx context.Context, m *Machine) error {
	_, err := m.Run(ctx, "poweroff") // which is ended with all others
	return err
}

func (openrc) order(ctx context.Context, m *Machine, verb, name string) error {
	return m.mustRun(ctx, "rc-service", name, verb)
}

// ask runs rc-service, which on a busy computer once in a thousand times never
// ends: openrc-run misses the end of its shell.
func (openrc) ask(ctx context.Context, m *Machine, name string) (Result, error) {
	var res Result
	var err error
	for range 3 {
		soon, cancel := context.WithTimeout(ctx, 5*time.Second)
		res, err = m.Run(soon, "rc-service", name, "status")
		cancel()
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	return res, err
}

// state trusts the exit code, which openrc-run(8) fixes.
func (o openrc) state(ctx context.Context, m *Machine, name string) (State, error) {
	if !m.Exists("/etc/init.d/" + name) {
		return Absent, nil
	}
	res, err := o.ask(ctx, m, name)
	if err != nil {
		return "", err
	}
	state, ok := map[int]State{0: Running, 3: Stopped, 4: Stopped, 8: Starting, 16: Stopped, 32: Failed, 64: Failed}[res.Code]
	if !ok {
		return "", fmt.Errorf("status of %s: %v", name, res)
	}
	return state, nil
}

// pids reads what supervise-daemon keeps for its successor.
func (o openrc) pids(_ context.Context, m *Machine, name string) (main, supervisor int, err error) {
	options := "/run/openrc/options/" + name + "/"
	pidfile, err := m.lookFor(options + "pidfile")
	if err != nil {
		return 0, 0, err
	}
	if pidfile = strings.TrimSpace(pidfile); pidfile == "" {
		pidfile = "/run/" + name + ".pid" // of start-stop-daemon
	}
	text, err := m.lookFor(strings.TrimPrefix(pidfile, "/var")) // /var/run is /run
	if err != nil {
		return 0, 0, err
	}
	if supervisor = m.alive(text); supervisor == 0 {
		return 0, 0, nil // what is left of it is an orphan
	}
	child, err := m.lookFor(options + "child_pid")
	if err != nil || child == "" {
		return supervisor, 0, err
	}
	return m.alive(child), supervisor, nil
}

// alive reads a PID of the machine, 0 if there is no such process.
func (m *Machine) alive(text string) int {
	pid, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || !m.Exists(fmt.Sprintf("/proc/%d", pid)) {
		return 0
	}
	return pid
}

func (openrc) enabled(m *Machine, name string) (bool, error) {
	for _, level := range []string{"default", "boot", "sysinit"} {
		if m.Exists("/etc/runlevels/" + level + "/" + name) {
			return true, nil
		}
	}
	return false, nil
}

func (openrc) log(_ context.Context, m *Machine, name string) (string, error) {
	return m.lookFor(logFiles(name)...)
}

func (openrc) report(ctx context.Context, m *Machine) string {
	return m.outputs(ctx, []string{"rc-status", "-a"}, []string{"sh", "-c", "tail -n 30 /var/log/*.log"})
}
