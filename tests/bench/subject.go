package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"tsfunnel.test/machine"
	"tsfunnel.test/outside"
	"tsfunnel.test/tailnet"
	"tsfunnel.test/world"
)

const (
	home    = "https://node." + tailnet.Domain + "/"
	unit    = "tailscale-funnel.service"
	command = 90 * time.Second
)

type bench struct {
	kit     *machine.Kit
	program string
}

// subject is one machine whose port 8888 one of the ways puts on the internet.
type subject struct {
	*machine.Machine
	world   *world.World
	client  *outside.Client
	program string
	token   string
}

// open boots a machine; what was opened is closed by close, also on error.
func (b *bench) open(ctx context.Context) (s *subject, err error) {
	s = &subject{program: b.program, token: rand.Text()}
	if s.world, err = world.Open(ctx, b.kit.World); err != nil {
		return s, err
	}
	if s.client, err = outside.New(s.world); err != nil {
		return s, err
	}
	s.Machine, err = machine.New(ctx, b.kit, s.world, machine.Options{
		Pages: []machine.Page{{Token: s.token, Listen: []string{"127.0.0.1:8888"}}},
	})
	return s, err
}

func (s *subject) close() error {
	var errs []error
	if s.Machine != nil {
		errs = append(errs, s.Machine.Close())
	}
	if s.world != nil {
		errs = append(errs, s.world.Close())
	}
	return errors.Join(errs...)
}

// try runs a command, whatever its exit code.
func (s *subject) try(ctx context.Context, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, command)
	defer cancel()
	_, err := s.Run(ctx, args...)
	return err
}

// must runs a command that has to end with 0.
func (s *subject) must(ctx context.Context, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, command)
	defer cancel()
	res, err := s.Run(ctx, args...)
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("%q: %v", args, res)
	}
	return err
}

// login starts tailscaled at boot and joins the tailnet, as the user of the
// other ways has to do by hand.
func (s *subject) login(ctx context.Context) error {
	return errors.Join(
		s.must(ctx, "systemctl", "enable", "--now", "tailscaled"),
		s.must(ctx, "tailscale", "up", "--login-server", s.world.ControlURL, "--auth-key", s.world.AuthKey))
}
