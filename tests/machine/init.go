package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// The init systems that a machine can have; Options.Init names one.
const (
	Systemd        = "systemd"         // Debian 13's; what "" stands for
	Systemd252     = "systemd252"      // Debian 12's
	Systemd247     = "systemd247"      // Debian 11's
	OpenRCSysvinit = "openrc-sysvinit" // OpenRC below SysV init, as Debian and Devuan have it
	OpenRCBusybox  = "openrc-busybox"  // OpenRC below BusyBox init and BusyBox's commands, as Alpine has it
	Runit          = "runit"           // runit as Debian has it
	S6             = "s6"              // s6-svscan, started by the usual few lines of shell; no s6-rc
	SysV           = "sysv"            // SysV init with insserv and startpar, as Debian had it
	Busybox        = "busybox"         // BusyBox, and nothing else
)

// initSystem is how one of them is told and asked. Nothing in here depends on
// the program under test: it is what an administrator of such a machine does.
type initSystem interface {
	// image returns the root of such a machine.
	image(kit *Kit) (string, error)
	// program returns what becomes PID 1; without it nspawn looks for systemd.
	program() string
	// configure returns the files that give variables (KEY=VALUE) to every
	// service, beyond those that PID 1 has itself.
	configure(variables []string) []file
	// add writes a service that starts at boot and again whenever it ends. The
	// machine may be off.
	add(m *Machine, name string, args []string) error
	// booted reports whether all that starts at boot has been started.
	booted(ctx context.Context, m *Machine) bool
	// powerOff begins a clean shut-down.
	powerOff(ctx context.Context, m *Machine) error
	// order does verb, "start", "stop" or "restart", to a service.
	order(ctx context.Context, m *Machine, verb, name string) error
	state(ctx context.Context, m *Machine, name string) (State, error)
	// pids returns a service's main process and what starts that again, as the
	// machine numbers them; 0 for one that is not there.
	pids(ctx context.Context, m *Machine, name string) (main, supervisor int, err error)
	enabled(m *Machine, name string) (bool, error)
	log(ctx context.Context, m *Machine, name string) (string, error)
	// report tells what helps to understand a failure.
	report(ctx context.Context, m *Machine) string
}

var initSystems = map[string]initSystem{
	Systemd:        systemd{},
	Systemd252:     systemd{Systemd252, "bookworm"},
	Systemd247:     systemd{Systemd247, "bullseye"},
	OpenRCSysvinit: openrc{make: (*Kit).openrcSysvinit},
	OpenRCBusybox:  openrc{make: (*Kit).openrcBusybox},
	Runit:          runit{},
	S6:             s6{},
	SysV:           sysv{},
	Busybox:        busybox{},
}

// Inits returns the names of all init systems that a machine can have.
func Inits() []string { return slices.Sorted(maps.Keys(initSystems)) }

// file is a file, or a symbolic link, of a machine.
type file struct {
	path, text string
	mode       fs.FileMode // 0644 if 0
	link       string      // where a link leads
}

// place writes files to the machine.
func (m *Machine) place(files []file) error {
	for _, f := range files {
		var err error
		switch {
		case f.link != "":
			err = m.Symlink(f.link, f.path)
		case f.mode == 0:
			err = m.WriteFile(f.path, []byte(f.text), 0o644)
		default:
			err = m.WriteFile(f.path, []byte(f.text), f.mode)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// State is what an init system says of a service, whatever its words are.
type State string

const (
	Absent   State = "absent"   // it does not know it
	Stopped  State = "stopped"  // it is not to run, or has ended for good
	Starting State = "starting" // it is to run, and at the moment does not
	Running  State = "running"  // it runs
	Failed   State = "failed"   // it was given up, or what watches over it is gone
)

// Service is a service of a machine, in the idiom of its init system: all
// verbs do, and ask, what an administrator of such a machine would.
type Service struct {
	m    *Machine
	name string
}

// Service returns the service called name, without any suffix: the unit
// NAME.service, the script /etc/init.d/NAME. It need not be there.
func (m *Machine) Service(name string) *Service {
	return &Service{m, strings.TrimSuffix(name, ".service")}
}

// AddService writes a service that runs args, an absolute path first, from the
// next boot on and again whenever it ends. What it prints goes to its log.
func (m *Machine) AddService(name string, args ...string) error {
	return m.system.add(m, name, args)
}

// Start starts it; one that runs stays as it is.
func (s *Service) Start(ctx context.Context) error {
	return s.m.system.order(ctx, s.m, "start", s.name)
}

// Stop is the administrator's stop: it ends and is not started again, by
// whatever happens to its processes, before someone starts it or the machine
// boots.
func (s *Service) Stop(ctx context.Context) error { return s.m.system.order(ctx, s.m, "stop", s.name) }

// Restart stops it if it runs, and starts it.
func (s *Service) Restart(ctx context.Context) error {
	return s.m.system.order(ctx, s.m, "restart", s.name)
}

// State asks the init system, never the processes.
func (s *Service) State(ctx context.Context) (State, error) {
	return s.m.system.state(ctx, s.m, s.name)
}

// MainPID returns its main process, as the machine numbers it; 0 while there
// is none. What only starts it again is not it.
func (s *Service) MainPID(ctx context.Context) (int, error) {
	pid, _, err := s.m.system.pids(ctx, s.m, s.name)
	return pid, err
}

// SupervisorPID returns the process that starts the main one again when it
// ends, 1 if that is the init system itself; 0 while there is none.
func (s *Service) SupervisorPID(ctx context.Context) (int, error) {
	_, pid, err := s.m.system.pids(ctx, s.m, s.name)
	return pid, err
}

// Enabled reports whether it starts at boot.
func (s *Service) Enabled() (bool, error) { return s.m.system.enabled(s.m, s.name) }

// Log returns what it has printed since the machine's last boot or longer,
// from where such a machine keeps it.
func (s *Service) Log(ctx context.Context) (string, error) { return s.m.system.log(ctx, s.m, s.name) }

// Init returns the name of the machine's init system.
func (m *Machine) Init() string { return m.initName }

// Report tells what helps to understand a failure: services, log, console.
func (m *Machine) Report(ctx context.Context) string {
	text := "console:\n" + m.Console(15)
	if m.init == 0 {
		return "off\n" + text
	}
	return m.system.report(ctx, m) + text
}

// outputs runs commands and returns all that they print, under their names.
func (m *Machine) outputs(ctx context.Context, commands ...[]string) string {
	var text strings.Builder
	for _, args := range commands {
		if res, err := m.Run(ctx, args...); err == nil {
			fmt.Fprintf(&text, "%s\n%s%s", strings.Join(args, " "), res.Stdout, res.Stderr)
		}
	}
	return text.String()
}

// mustRun runs a command that must succeed.
func (m *Machine) mustRun(ctx context.Context, args ...string) error {
	res, err := m.Run(ctx, args...)
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("%q: %v", args, res)
	}
	return err
}

// lookFor returns the text of the first of the files that is there.
func (m *Machine) lookFor(paths ...string) (string, error) {
	for _, path := range paths {
		text, err := m.ReadFile(path)
		if err == nil {
			return string(text), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", nil
}

// environmentFile has a line KEY=VALUE, free of blanks, for each variable that
// services are to have. What reads it is in the root.
const environmentFile = "/etc/tailnet/environment"

func environment(variables []string) []file {
	return []file{{path: environmentFile, text: strings.Join(variables, "\n") + "\n"}}
}

// loginVariables are what every command gets, as by a file /etc/environment:
// with SysV init the one that starts a service hands it its own environment.
func (m *Machine) loginVariables() []string {
	if m.initName == SysV {
		return m.env
	}
	return nil
}

// logFiles are where a service that no journal collects from keeps its log.
func logFiles(name string) []string {
	return []string{"/var/log/" + name + ".log", "/var/log/" + name + "/current"}
}

// quote returns words as a shell reads them back.
func quote(words []string) string {
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, "'"+strings.ReplaceAll(w, "'", `'\''`)+"'")
	}
	return strings.Join(quoted, " ")
}

// exports returns lines of a shell script that set variables for all below.
func exports(variables []string) string {
	var text strings.Builder
	for _, v := range slices.Sorted(slices.Values(variables)) {
		key, value, _ := strings.Cut(v, "=")
		fmt.Fprintf(&text, "export %s=%s\n", key, quote([]string{value}))
	}
	return text.String()
}
