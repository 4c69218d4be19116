package main

import (
	"context"
	"errors"
	"time"
)

// fault is one row. do returns when the cause is gone.
type fault struct {
	name string
	// before, if there is one, comes before the funnel is set up; the page is
	// then not waited for.
	before func(ctx context.Context, s *subject) error
	do     func(ctx context.Context, s *subject) error
	unit   bool // makes sense only where there is a unit
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// commands makes a fault of command lines for sh.
func commands(lines ...string) func(context.Context, *subject) error {
	return func(ctx context.Context, s *subject) error {
		var errs []error
		for _, line := range lines {
			errs = append(errs, s.try(ctx, "sh", "-c", line))
		}
		return errors.Join(errs...)
	}
}

const mainPID = `$(systemctl show --value -p MainPID ` + unit + `)`

var faults = []fault{
	{name: "CLI killed (KILL)", do: commands("kill -9 " + mainPID), unit: true},
	{name: "CLI ended (TERM)", do: commands("kill " + mainPID), unit: true},
	{name: "tailscaled killed (KILL)", do: commands("kill -9 $(systemctl show --value -p MainPID tailscaled)")},
	{name: "tailscaled restarted", do: commands("systemctl restart tailscaled")},
	{name: "tailscaled stopped, started 8 s later", do: commands("systemctl stop tailscaled", "sleep 8", "systemctl start tailscaled")},
	{name: "`tailscale funnel reset`", do: commands("tailscale funnel reset")},
	{name: "`tailscale down`, `up`", do: commands("tailscale down", "sleep 2", "tailscale up")},
	{name: "logout, login again", do: func(ctx context.Context, s *subject) error {
		return errors.Join(s.try(ctx, "tailscale", "logout"), s.login(ctx))
	}},
	{name: "control away while tailscaled restarts", do: func(ctx context.Context, s *subject) error {
		return errors.Join(s.world.SetControl(false), s.try(ctx, "systemctl", "restart", "tailscaled"),
			wait(ctx, 8*time.Second), s.world.SetControl(true))
	}},
	{name: "Funnel enabled 10 s after the start", before: func(_ context.Context, s *subject) error {
		return s.world.SetFunnel(false)
	}, do: func(ctx context.Context, s *subject) error {
		return errors.Join(wait(ctx, 10*time.Second), s.world.SetFunnel(true))
	}},
	{name: "HTTPS enabled 10 s after the start", before: func(_ context.Context, s *subject) error {
		return s.world.SetHTTPS(false)
	}, do: func(ctx context.Context, s *subject) error {
		return errors.Join(wait(ctx, 10*time.Second), s.world.SetHTTPS(true))
	}},
	{name: "reboot", do: func(ctx context.Context, s *subject) error { return s.Reboot(ctx) }},
}
