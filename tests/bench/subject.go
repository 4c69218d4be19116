package main

import (
	"context"
	"crypto/rand"
	"errors"

	"tsfunnel.test/faults"
	"tsfunnel.test/machine"
	"tsfunnel.test/outside"
	"tsfunnel.test/world"
)

const program = "/root/tsfunnel" // in the machine

type bench struct {
	kit     *machine.Kit
	program string
}

// open boots a machine; what was opened is closed by close, also on error.
func (b *bench) open(ctx context.Context) (s *faults.Subject, err error) {
	s = &faults.Subject{Token: rand.Text(), Program: program, Watcher: b.kit.Watch, Long: true, Fine: true}
	if s.World, err = world.Open(ctx, b.kit.World); err != nil {
		return s, err
	}
	if s.Client, err = outside.New(s.World); err != nil {
		return s, err
	}
	s.Machine, err = machine.New(ctx, b.kit, s.World, machine.Options{
		Pages: []machine.Page{{Token: s.Token, Listen: []string{"127.0.0.1:8888"}}},
	})
	if err != nil {
		return s, err
	}
	return s, s.CopyIn(b.program, program)
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
