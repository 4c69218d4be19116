// Package faults is the matrix: what can happen to a funnel, what has to hold
// afterwards, and the ways to keep a funnel up that go through it. The tests run
// each row once, the benchmark any number of times.
package faults

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tsfunnel.test/machine"
	"tsfunnel.test/outside"
	"tsfunnel.test/tailnet"
	"tsfunnel.test/world"
)

const (
	// Home is the public page before a row renames the machine.
	Home = "https://node." + tailnet.Domain + "/"
	// Unit is the service of those ways that have one.
	Unit = "tailscale-funnel.service"

	command = 90 * time.Second // any command inside a machine ends
	settle  = 20 * time.Second // a state that is waited for comes
)

// Subject is one machine, and around it its world, that goes through one row.
type Subject struct {
	*machine.Machine
	World   *world.World
	Client  *outside.Client
	Token   string // of the page on port 8888
	Program string // tsfunnel, in the machine
	Watcher string // cmd/watch, on this computer
	// Layers with an older Tailscale and with the pinned one, on this computer;
	// for rows that ask for them.
	Elder, Latest string
	Long          bool // faults last as long as they would, not as short as they may
	Fine          bool // watch closely enough to measure our own part

	way        *Way
	url        string
	watch      *watch
	booting    chan error // tells once how a boot went that nothing waits for
	complaints []string
	blank      bool // Tailscale is tsfunnel's to place
}

// complain notes what does not hold.
func (s *Subject) complain(format string, args ...any) {
	s.complaints = append(s.complaints, fmt.Sprintf(format, args...))
}

// try runs a command, whatever its exit code.
func (s *Subject) try(ctx context.Context, args ...string) error {
	_, err := s.result(ctx, args...)
	return err
}

// must runs a command that has to end with 0.
func (s *Subject) must(ctx context.Context, args ...string) error {
	res, err := s.result(ctx, args...)
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("%q: %v", args, res)
	}
	return err
}

func (s *Subject) result(ctx context.Context, args ...string) (machine.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, command)
	defer cancel()
	return s.Run(ctx, args...)
}

// text runs a command and returns what it prints.
func (s *Subject) text(ctx context.Context, args ...string) string {
	res, _ := s.result(ctx, args...)
	return strings.TrimSpace(res.Stdout)
}

// login starts tailscaled, now and at boot, and joins the tailnet.
func (s *Subject) login(ctx context.Context) error {
	return errors.Join(
		s.must(ctx, "systemctl", "enable", "--now", "tailscaled"),
		// Not only what is named: after a logout an older tailscaled has others.
		s.must(ctx, "tailscale", "up", "--reset", "--login-server", s.World.ControlURL, "--auth-key", s.World.AuthKey))
}

// reboot turns the machine off and on; what watches it is in it.
func (s *Subject) reboot(ctx context.Context) error {
	s.watch.stop()
	return errors.Join(s.Reboot(ctx), s.watch.start(ctx))
}

// powerOn does so and returns with the power on: what there is to see comes
// while the machine boots, and some ways hold the boot up.
func (s *Subject) powerOn(ctx context.Context) error {
	s.watch.stop()
	if err := s.Halt(ctx); err != nil {
		return err
	}
	s.booting = make(chan error, 1)
	go func() { s.booting <- errors.Join(s.Boot(ctx), s.watch.start(ctx)) }()
	return nil
}

// booted waits for the end of a boot.
func (s *Subject) booted() error {
	if s.booting == nil {
		return nil
	}
	err := <-s.booting
	s.booting = nil
	return err
}

// span is how long a fault lasts.
func (s *Subject) span(long, short time.Duration) time.Duration {
	if s.Long {
		return long
	}
	return short
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// until polls ok until it holds, for a while.
func until(ctx context.Context, within time.Duration, ok func() bool) bool {
	for end := time.Now().Add(within); !ok(); {
		if time.Now().After(end) || sleep(ctx, pause) != nil {
			return false
		}
	}
	return true
}
