package faults

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"tsfunnel.test/packages"
)

// versions is what the rows that change Tailscale's version go from and to.
const versions = packages.Oldest + " to " + packages.Latest

// keyFile is where a blank machine has the key, as an install takes it.
const keyFile = "/root/key"

// programs are Tailscale's, by their names in a machine.
var programs = []string{"/usr/bin/tailscale", "/usr/sbin/tailscaled"}

// aside is the name of a program that is to take over.
func aside(program string) string { return program + ".newer" }

// becomeElder gives a machine on which nothing has run yet the older programs,
// and puts the pinned ones beside them.
func (s *Subject) becomeElder() error {
	for _, path := range programs {
		err := errors.Join(s.CopyIn(filepath.Join(s.Elder, path), path), s.CopyIn(filepath.Join(s.Latest, path), aside(path)))
		if err != nil {
			return err
		}
	}
	return nil
}

// replace does, by sh, what an upgrade of Tailscale's package does.
func replace(ctx context.Context, s *Subject) error {
	for _, path := range programs {
		if err := s.must(ctx, "mv", aside(path), path); err != nil {
			return err
		}
	}
	return s.must(ctx, "systemctl", "try-restart", "tailscaled")
}

// install has tsfunnel place a version of Tailscale, log in with it and hold
// the funnel.
func (s *Subject) install(ctx context.Context, version string) error {
	if err := s.WriteFile(keyFile, []byte(s.World.AuthKey+"\n"), 0o600); err != nil {
		return err
	}
	args := []string{s.Program, "install", "8888", "--base-url", s.World.Packages.Base, "--version", version,
		"--auth-key-file", keyFile, "--login-server", s.World.ControlURL}
	return s.must(ctx, append(args, s.way.options()...)...)
}

// upgrade has tsfunnel replace it.
func upgrade(ctx context.Context, s *Subject) error {
	return s.install(ctx, packages.Latest)
}

// runs demands that CLI and running tailscaled are of a version.
func runs(version string) step {
	return func(ctx context.Context, s *Subject) error {
		text := s.text(ctx, "tailscale", "version", "--daemon")
		for _, who := range []string{"Client: ", "Daemon: "} {
			if !strings.Contains(text, who+version) {
				return fmt.Errorf("not both are %s: %s", version, text)
			}
		}
		return nil
	}
}
