// Command record writes what a real tailscaled answers, for the unit tests:
// whole HTTP answers, NAME-VERSION.http in DIR.
//
//	record VERSION DIR
//
// VERSION is one of those that the machines can have.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
	"tsfunnel.test/world"
)

const (
	// What the launcher asks for, src/localapi/bus.h.
	bus = "watch-ipn-bus?mask=8342"

	settle = 3 * time.Second // all that follows from a step has been told
	limit  = 20 * time.Second
)

// ask is a program of any Debian's: it prints an answer as it comes.
const ask = `$| = 1; $s = IO::Socket::UNIX->new("/run/tailscale/tailscaled.sock") or die $!;
print $s "GET /localapi/v0/$ARGV[0] HTTP/1.0\r\n\r\n"; $s->flush;
while (sysread $s, $b, 65536) { print $b }`

func main() {
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: record VERSION DIR")
		os.Exit(64)
	}
	if err := run(context.Background(), flag.Arg(0), flag.Arg(1)); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, version, dir string) (err error) {
	kit, err := machine.Prepare(machine.Progress{W: os.Stderr})
	if err != nil {
		return err
	}
	if version != packages.Latest {
		if kit.Tailscale, err = machine.Elder(machine.Progress{W: os.Stderr}, version); err != nil {
			return err
		}
	}
	r := &recorder{version: version, dir: dir}
	if r.world, err = world.Open(ctx, kit.World); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.world.Close()) }()
	if r.Machine, err = machine.New(ctx, kit, r.world, machine.Options{}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for _, f := range []func(context.Context) error{r.beforeLogin, r.serving, r.afterwards} {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

type recorder struct {
	*machine.Machine
	version, dir string
	world        *world.World
}

// beforeLogin records a node that nobody has logged in, and the way to that.
func (r *recorder) beforeLogin(ctx context.Context) error {
	return errors.Join(
		r.sh(ctx, "systemctl start tailscaled"), pause(),
		r.keep(ctx, "status-fresh", "status?peers=false"),
		r.stream(ctx, "bus-bad-key", "tailscale up --auth-key nonsense --timeout 2s --login-server "+r.world.ControlURL),
		r.sh(ctx, "systemctl restart tailscaled; tailscale up --timeout 1s --login-server "+r.world.ControlURL),
		r.keep(ctx, "status-needs-login", "status?peers=false"),
		r.stream(ctx, "bus-needs-login", ":"),
	)
}

// serving records one that serves.
func (r *recorder) serving(ctx context.Context) error {
	up := "tailscale up --login-server " + r.world.ControlURL
	err := errors.Join(
		r.stream(ctx, "bus-running", up+" --auth-key "+r.world.AuthKey+"; sleep 1; tailscale down"),
		r.sh(ctx, "tailscale up"), pause(), r.keep(ctx, "status-running", "status?peers=false"),
		r.keep(ctx, "prefs", "prefs"),
		r.keep(ctx, "serve-config-none", "serve-config"),
	)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if _, err := r.Start(ctx, machine.Command{Args: []string{"tailscale", "funnel", "8888"}}); err != nil {
		return err
	}
	return errors.Join(
		pause(), r.keep(ctx, "serve-config-foreground", "serve-config"),
		r.sh(ctx, "tailscale serve --bg --https 8443 text:hello"),
		r.keep(ctx, "serve-config-mixed", "serve-config"),
	)
}

// afterwards records one that serves no more.
func (r *recorder) afterwards(ctx context.Context) error {
	return errors.Join(
		r.sh(ctx, "tailscale set --shields-up"), r.keep(ctx, "prefs-shields-up", "prefs"),
		r.sh(ctx, "tailscale down"), r.keep(ctx, "status-stopped", "status?peers=false"),
		r.sh(ctx, "tailscale up --reset --login-server "+r.world.ControlURL),
		r.world.SetFunnel(false), pause(), r.keep(ctx, "status-no-funnel", "status?peers=false"),
		r.world.Expire(), pause(), r.keep(ctx, "status-expired", "status?peers=false"),
		r.sh(ctx, "tailscale logout"), pause(), r.keep(ctx, "status-logged-out", "status?peers=false"),
	)
}

func pause() error {
	time.Sleep(settle)
	return nil
}

// sh runs a command line, whatever its exit code.
func (r *recorder) sh(ctx context.Context, line string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	res, err := r.Run(ctx, "sh", "-c", line)
	fmt.Fprintf(os.Stderr, "%s\n%v\n", line, res)
	return err
}

// keep writes an answer.
func (r *recorder) keep(ctx context.Context, name, question string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	res, err := r.Run(ctx, "perl", "-MIO::Socket::UNIX", "-e", ask, question)
	if err != nil || res.Code != 0 {
		return fmt.Errorf("%s: %v, %w", name, res, err)
	}
	return r.write(name, res.Stdout)
}

// stream writes what the bus tells while a command line runs.
func (r *recorder) stream(ctx context.Context, name, line string) error {
	listening, cancel := context.WithCancel(ctx)
	defer cancel()
	p, err := r.Start(listening, machine.Command{Args: []string{"perl", "-MIO::Socket::UNIX", "-e", ask, bus}})
	if err != nil {
		return err
	}
	err = errors.Join(pause(), r.sh(ctx, line), pause())
	text := p.Stdout()
	cancel()
	<-p.Done()
	return errors.Join(err, r.write(name, text))
}

func (r *recorder) write(name, text string) error {
	if !strings.HasPrefix(text, "HTTP/1.0 200 ") {
		return fmt.Errorf("%s: %q", name, text)
	}
	return os.WriteFile(filepath.Join(r.dir, name+"-"+r.version+".http"), []byte(text), 0o644)
}
