// Package machine runs throw-away machines: a real systemd, or another init
// system, booted by systemd-nspawn from a Debian root with an overlay of its
// own, in the network namespace of a world.
package machine

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tsfunnel.test/scratch"
	"tsfunnel.test/world"
)

const (
	bootTimeout = 60 * time.Second
	haltTimeout = 40 * time.Second
	pollEvery   = 20 * time.Millisecond
)

//go:embed keeper.sh
var keeperScript string

// Options choose what a machine is like.
type Options struct {
	Host string // host name; "node" by default
	// Init names the init system; systemd by default. Its root is made when the
	// first machine asks for it. On a machine with another init than systemd
	// there is Tailscale's package without a service: its programs and
	// /etc/default/tailscaled, which names userspace networking as there is no
	// tun device. It has a CA bundle at the usual place, with its world's
	// authorities, and no machine ID.
	Init     string
	Root     string // another root than that of Init
	Bare     bool   // without Tailscale's package; if it comes, it finds no tun device
	Rootless bool   // without a CA bundle: in the services' environment, or at all
	Pages    []Page // local servers
	// What the kernel refuses to the system manager and all that it starts:
	// parts as cmd/refuse calls them.
	Refuses []string
}

// Machine is a machine, booted or not.
type Machine struct {
	Host string

	dir      string // on this computer: console log, mount point of the disk
	name     string
	system   initSystem
	initName string
	env      []string // of PID 1
	first    []string // what becomes PID 1, if not the system manager at once
	lower    string   // layers of the image, as overlayfs wants them
	unshare  *exec.Cmd
	orders   io.WriteCloser
	words    chan string // what the keeper says
	keeper   int         // PID of keeper.sh
	init     int         // PID of the machine's PID 1, 0 if off
	done     chan struct{}
}

// New makes a machine in w and boots it.
func New(ctx context.Context, kit *Kit, w *world.World, o Options) (*Machine, error) {
	dir, err := scratch.Dir("machine")
	if err != nil {
		return nil, err
	}
	m := &Machine{
		Host: cmp.Or(o.Host, "node"), dir: dir, name: filepath.Base(dir), initName: cmp.Or(o.Init, Systemd),
		words: make(chan string, 16), done: make(chan struct{}),
	}
	err = m.choose(kit, w, o)
	if err == nil {
		err = m.keep(ctx, w.MachineNetns())
	}
	if err == nil {
		err = m.furnish(kit, w, o)
	}
	if err == nil {
		err = m.Boot(ctx)
	}
	if err != nil {
		err = fmt.Errorf("machine: %w\n%s", err, m.Console(20))
		m.Close()
		return nil, err
	}
	return m, nil
}

// choose decides what the machine's disk has in it at first, and what its PID 1
// is.
func (m *Machine) choose(kit *Kit, w *world.World, o Options) (err error) {
	if m.system = initSystems[m.initName]; m.system == nil {
		return fmt.Errorf("there is no init system %q", m.initName)
	}
	if m.lower = o.Root; m.lower == "" {
		if m.lower, err = m.system.image(kit); err != nil {
			return err
		}
	}
	layer := kit.Tailscale
	if !m.hasSystemd() {
		m.env = m.variables(w, o)
		for _, v := range m.env {
			m.first = append(m.first, "--setenv="+v)
		}
		if layer, err = kit.programs(); err != nil {
			return err
		}
	}
	if !o.Bare {
		m.lower = layer + ":" + m.lower
	}
	program := m.system.program()
	switch {
	case len(o.Refuses) > 0:
		program = cmp.Or(program, "/usr/lib/systemd/systemd")
		m.first = slices.Concat(m.first, []string{"--", refuseProgram}, o.Refuses, []string{"--", program})
	case program != "":
		m.first = append(m.first, "--", program)
	}
	return nil
}

// hasSystemd reports whether the machine's init system is systemd, of whatever
// version.
func (m *Machine) hasSystemd() bool {
	_, ok := m.system.(systemd)
	return ok
}

// keep starts the keeper.
func (m *Machine) keep(ctx context.Context, netns string) error {
	if err := os.Mkdir(m.disk(), 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(m.console(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"--net=" + netns, "--",
		"unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--propagation", "private", "--",
		"sh", "-c", keeperScript, "keeper", m.disk(), m.lower, m.name, m.Host, m.console()}
	cmd := exec.Command("nsenter", append(args, m.first...)...)
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if m.orders, err = cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	m.unshare = cmd
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			m.words <- lines.Text()
		}
		close(m.words)
		cmd.Wait()
		close(m.done)
	}()
	if err := m.expect(ctx, "ready", bootTimeout); err != nil {
		return err
	}
	m.keeper = children(cmd.Process.Pid)[0]
	return nil
}

// expect waits for a word of the keeper that starts with prefix.
func (m *Machine) expect(ctx context.Context, prefix string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	select {
	case word, ok := <-m.words:
		if !ok {
			return errors.New("the keeper ended")
		}
		if !strings.HasPrefix(word, prefix) {
			return fmt.Errorf("the keeper says %q, not %q", word, prefix)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for %q: %w", prefix, ctx.Err())
	}
}

// Boot turns the machine on and waits until its init system has started all
// that starts at boot.
func (m *Machine) Boot(ctx context.Context) error {
	if _, err := io.WriteString(m.orders, "boot\n"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	for {
		if m.init == 0 {
			m.init = findInit(m.keeper)
		} else if m.system.booted(ctx, m) {
			return nil
		}
		select {
		case word := <-m.words:
			m.init = 0
			return fmt.Errorf("boot: the machine went %s", word)
		case <-ctx.Done():
			return fmt.Errorf("boot: %w", ctx.Err())
		case <-time.After(pollEvery):
		}
	}
}

// Halt turns the machine off as its power button would, or its administrator.
func (m *Machine) Halt(ctx context.Context) error {
	if m.init == 0 {
		return errors.New("halt: the machine is off")
	}
	if err := m.system.powerOff(ctx, m); err != nil {
		return fmt.Errorf("halt: %w", err)
	}
	if err := m.expect(ctx, "off", haltTimeout); err != nil {
		return fmt.Errorf("halt: %w", err)
	}
	m.init = 0
	return nil
}

// Reboot turns the machine off and on: what is on its disk stays.
func (m *Machine) Reboot(ctx context.Context) error {
	if err := m.Halt(ctx); err != nil {
		return err
	}
	return m.Boot(ctx)
}

// Crash cuts the machine's power.
func (m *Machine) Crash(ctx context.Context) error {
	if m.init == 0 {
		return errors.New("crash: the machine is off")
	}
	if err := unix.Kill(m.init, unix.SIGKILL); err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	if err := m.expect(ctx, "off", haltTimeout); err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	m.init = 0
	return nil
}

// Close ends all processes of the machine at once and removes its disk.
func (m *Machine) Close() error {
	if m.unshare != nil {
		if m.init != 0 {
			unix.Kill(m.init, unix.SIGKILL)
		}
		m.unshare.Process.Kill() // the kernel ends the keeper and all below
		<-m.done
	}
	return errors.Join(dropGroups(m.name), os.RemoveAll(m.dir))
}

// Console returns the last n lines of the machine's console.
func (m *Machine) Console(n int) string {
	text, _ := os.ReadFile(m.console())
	return lastLines(string(text), n)
}

func (m *Machine) disk() string    { return filepath.Join(m.dir, "disk") }
func (m *Machine) console() string { return filepath.Join(m.dir, "console.log") }
