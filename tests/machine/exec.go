package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Command is something to run in a machine, as root.
type Command struct {
	Args  []string
	Env   []string // beyond PATH, HOME and LANG
	Stdin string
	// If set, Tee gets all output as it comes: both streams through one pipe,
	// so in the order in which it was written, and all of it is Stdout.
	Tee io.Writer
}

// Result is what a command came to.
type Result struct {
	Stdout, Stderr string
	Code           int // 128+N after signal N
	Took           time.Duration
}

// String shows the result as a test's log should.
func (r Result) String() string {
	return fmt.Sprintf("exit %d after %v\nstdout: %s\nstderr: %s", r.Code, r.Took.Round(time.Millisecond), r.Stdout, r.Stderr)
}

// Process is a command that runs.
type Process struct {
	cmd            *exec.Cmd
	start          time.Time
	stdout, stderr output
	done           chan struct{}
	err            error
}

// Run runs a command to its end. Only a failure to run it is an error.
func (m *Machine) Run(ctx context.Context, args ...string) (Result, error) {
	return m.Exec(ctx, Command{Args: args})
}

// Exec is Run with everything that can be chosen.
func (m *Machine) Exec(ctx context.Context, c Command) (Result, error) {
	p, err := m.Start(ctx, c)
	if err != nil {
		return Result{}, err
	}
	return p.Wait()
}

// Start starts a command, which is killed when ctx ends.
func (m *Machine) Start(ctx context.Context, c Command) (*Process, error) {
	if m.init == 0 {
		return nil, errors.New("the machine is off")
	}
	return m.start(ctx, c, "--all", "--target", strconv.Itoa(m.init))
}

// start starts a command where nsenter finds it.
func (m *Machine) start(ctx context.Context, c Command, where ...string) (*Process, error) {
	args := append(append(where, "--"), c.Args...)
	p := &Process{cmd: exec.CommandContext(ctx, "nsenter", args...), start: time.Now(), done: make(chan struct{})}
	p.cmd.Env = slices.Concat([]string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
	}, m.loginVariables(), c.Env)
	p.cmd.Stdin = strings.NewReader(c.Stdin)
	p.stdout.tee = c.Tee
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if c.Tee != nil {
		p.cmd.Stderr = p.cmd.Stdout // the same value: one pipe for both
	}
	p.cmd.WaitDelay = 2 * time.Second
	p.cmd.Cancel = func() error {
		// nsenter waits for the command, which is in the machine's PID
		// namespace and would outlive it.
		for _, pid := range descendants(p.cmd.Process.Pid) {
			unix.Kill(pid, unix.SIGKILL)
		}
		return p.cmd.Process.Kill()
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		if ctx.Err() != nil {
			p.err = fmt.Errorf("%q did not end: %w", c.Args, ctx.Err())
		}
		close(p.done)
	}()
	return p, nil
}

// Wait waits for the end of p.
func (p *Process) Wait() (Result, error) {
	<-p.done
	r := Result{Stdout: p.Stdout(), Stderr: p.Stderr(), Took: time.Since(p.start)}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		return r, p.err
	}
	if r.Code = p.cmd.ProcessState.ExitCode(); r.Code < 0 {
		r.Code = 128 + int(p.cmd.ProcessState.Sys().(interface{ Signal() unix.Signal }).Signal())
	}
	return r, nil
}

// Done is closed when p has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stdout returns what p has written so far.
func (p *Process) Stdout() string { return p.stdout.String() }

// Stderr returns what p has written so far.
func (p *Process) Stderr() string { return p.stderr.String() }

// output collects what a process writes and may be read meanwhile.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
	tee io.Writer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.tee != nil {
		o.tee.Write(p)
	}
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
