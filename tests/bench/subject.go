package main

import (
	"context"
	"crypto/rand"
	"errors"

	"tsfunnel.test/faults"
	"tsfunnel.test/machine"
	"tsfunnel.test/outside"
	"tsfunnel.test/packages"
	"tsfunnel.test/world"
)

const program = "/root/tsfunnel" // in the machine

type bench struct {
	kit     *machine.Kit
	program string
	// For rows that ask for it:
	elder    string // a layer with an older Tailscale
	mirror   string // what a package server serves
	trusting string // the program that trusts its keys
}

// prepare builds what rows ask for beyond the kit.
func (b *bench) prepare(p machine.Progress, rows []*faults.Row) (err error) {
	for _, r := range rows {
		if r.Elder && b.elder == "" {
			if b.elder, err = machine.Elder(p, packages.Oldest); err != nil {
				return err
			}
		}
		if r.Blank && b.mirror == "" {
			if b.mirror, err = machine.Mirror(p, b.kit.Tailscale); err != nil {
				return err
			}
			b.trusting = b.program + "-trusting"
			if err = machine.Program(p, b.mirror, b.trusting); err != nil {
				return err
			}
		}
	}
	return nil
}

// open boots a machine for a row; what was opened is closed by shut, also on
// error.
func (b *bench) open(ctx context.Context, r *faults.Row) (s *faults.Subject, err error) {
	s = &faults.Subject{
		Token: rand.Text(), Program: program, Watcher: b.kit.Watch, Long: true, Fine: true,
		Elder: b.elder, Latest: b.kit.Tailscale,
	}
	from, of := b.program, []world.Option(nil)
	if r.Blank {
		from, of = b.trusting, []world.Option{world.WithPackages(b.mirror)}
	}
	if s.World, err = world.Open(ctx, b.kit.World, of...); err != nil {
		return s, err
	}
	if s.Client, err = outside.New(s.World); err != nil {
		return s, err
	}
	s.Machine, err = machine.New(ctx, b.kit, s.World, machine.Options{
		Bare:  r.Blank,
		Pages: []machine.Page{{Token: s.Token, Listen: []string{"127.0.0.1:8888"}}},
	})
	if err != nil {
		return s, err
	}
	return s, s.CopyIn(from, program)
}

func shut(s *faults.Subject) error {
	var errs []error
	if s.Machine != nil {
		errs = append(errs, s.Machine.Close())
	}
	if s.World != nil {
		errs = append(errs, s.World.Close())
	}
	return errors.Join(errs...)
}
