package main

import "context"

// way is one way to keep a port on the internet.
type way struct {
	name  string
	setUp func(ctx context.Context, s *subject) error
	unit  bool // has a unit, and a process in it
}

var ways = []way{
	{"bare unit", setUpRecipe, true},
	{"funnel --bg", setUpBackground, false},
	{"tsfunnel", setUpTsfunnel, true},
}

func setUpRecipe(ctx context.Context, s *subject) error {
	if err := s.login(ctx); err != nil {
		return err
	}
	return s.must(ctx, "sh", "-c", s.program+" unit --plain 8888 >/etc/systemd/system/"+unit+
		" && systemctl daemon-reload && systemctl enable --now "+unit)
}

func setUpBackground(ctx context.Context, s *subject) error {
	if err := s.login(ctx); err != nil {
		return err
	}
	// Where Funnel is not enabled yet it only prints where to enable it.
	return s.try(ctx, "timeout", "3", "tailscale", "funnel", "--bg", "8888")
}

func setUpTsfunnel(ctx context.Context, s *subject) error {
	if err := s.login(ctx); err != nil {
		return err
	}
	return s.try(ctx, s.program, "install", "8888", "--timeout", "0")
}
