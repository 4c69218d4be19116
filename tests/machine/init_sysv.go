package machine

import (
	"context"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// sysvBooted is there when the scripts of the runlevel have been run.
const sysvBooted = "/run/booted"

// sysvScript is a service in the form of the LSB. SysV init starts nothing
// again, so the script leaves a shell that does.
const sysvScript = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          NAME
# Required-Start:    $remote_fs
# Required-Stop:     $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: NAME
### END INIT INFO
pidfile=/run/NAME.pid
case $1 in
start)
	start-stop-daemon --start --quiet --oknodo --background --make-pidfile --pidfile $pidfile \
		--output /var/log/NAME.log --startas /etc/init.d/NAME -- watch
	;;
watch)
	trap 'exit 0' TERM INT
	while :; do
		COMMAND &
		child=$!
		trap 'kill $child 2>/dev/null; wait $child; exit 0' TERM INT
		wait $child
		sleep 1 &
		wait $!
	done
	;;
stop) start-stop-daemon --stop --quiet --oknodo --retry TERM/20/KILL/1 --remove-pidfile --pidfile $pidfile ;;
restart | force-reload)
	"$0" stop
	"$0" start
	;;
status)
	start-stop-daemon --status --pidfile $pidfile
	;;
*) exit 3 ;;
esac
`

type sysv struct{}

func (sysv) image(kit *Kit) (string, error) { return kit.sysv() }

func (sysv) program() string { return "/sbin/init" }

func (sysv) configure(variables []string) []file { return environment(variables) }

// add enables by insserv: startpar ignores links that others made.
func (sysv) add(m *Machine, name string, args []string) error {
	script := strings.NewReplacer("NAME", name, "COMMAND", quote(args)).Replace(sysvScript)
	if err := m.place([]file{{path: "/etc/init.d/" + name, text: script, mode: 0o755}}); err != nil {
		return err
	}
	target, root := m.init, "/"
	if target == 0 {
		target, root = m.keeper, filepath.Join(m.disk(), "root")
	}
	cmd := exec.Command("nsenter", "--mount", "--target", strconv.Itoa(target), "--", "chroot", root, "/usr/sbin/insserv", name)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("insserv: %w\n%s", err, out)
	}
	return nil
}

func (sysv) booted(_ context.Context, m *Machine) bool { return m.Exists(sysvBooted) }

func (sysv) powerOff(ctx context.Context, m *Machine) error {
	_, err := m.Run(ctx, "poweroff")
	return err
}

func (sysv) order(ctx context.Context, m *Machine, verb, name string) error {
	return m.mustRun(ctx, "service", name, verb)
}

// state trusts the exit code, which the LSB fixes.
func (sysv) state(ctx context.Context, m *Machine, name string) (State, error) {
	if !m.Exists("/etc/init.d/" + name) {
		return Absent, nil
	}
	res, err := m.Run(ctx, "service", name, "status")
	if err != nil {
		return "", err
	}
	state, ok := map[int]State{0: Running, 1: Failed, 2: Failed, 3: Stopped}[res.Code]
	if !ok {
		return "", fmt.Errorf("status of %s: %v", name, res)
	}
	return state, nil
}

// pids: a shell that the pidfile names starts what is below it.
func (sysv) pids(_ context.Context, m *Machine, name string) (main, supervisor int, err error) {
	text, err := m.lookFor("/run/" + name + ".pid")
	if err != nil {
		return 0, 0, err
	}
	first := m.alive(text)
	if first == 0 {
		return 0, 0, nil
	}
	outer := m.Outside(first)
	if name := program(outer); name != "dash" && name != "sh" {
		return first, 0, nil
	}
	for _, child := range children(outer) {
		if program(child) != "sleep" {
			_, main = pidDepth(child)
			break
		}
	}
	return main, first, nil
}

// enabled is not only a matter of links: where insserv has noted what starts,
// nothing else does.
func (sysv) enabled(m *Machine, name string) (bool, error) {
	r, err := m.root()
	if err != nil {
		return false, err
	}
	defer r.Close()
	links, err := fs.Glob(r.FS(), "etc/rc2.d/S[0-9][0-9]"+name)
	if err != nil || len(links) == 0 {
		return false, err
	}
	noted, err := m.lookFor("/etc/init.d/.depend.start")
	first, _, _ := strings.Cut(noted, "\n")
	return noted == "" || slices.Contains(strings.Fields(first), name), err
}

func (sysv) log(_ context.Context, m *Machine, name string) (string, error) {
	return m.lookFor(logFiles(name)...)
}

func (sysv) report(ctx context.Context, m *Machine) string {
	return m.outputs(ctx, []string{"service", "--status-all"}, []string{"sh", "-c", "tail -n 30 /var/log/*.log"})
}
