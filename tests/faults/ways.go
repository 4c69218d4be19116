package faults

import (
	"context"
	"os/exec"
	"strings"

	"tsfunnel.test/packages"
)

// Has is what a way has, and what a row may need.
type Has uint

const (
	// HasUnit: a service, with a process in it.
	HasUnit Has = 1 << iota
	// HasCLI: that process is, or becomes, the tailscale CLI.
	HasCLI
	// HasLauncher: it is started by tsfunnel, which tells the service manager
	// and the log what is the case.
	HasLauncher
)

// Way is one way to keep a port on the internet.
type Way struct {
	Name   string
	Has    Has
	setUp  func(ctx context.Context, s *Subject) error
	option string // of tsfunnel's, which the program must have
}

// Ways are all there are. The first ones are what a user would do without
// tsfunnel.
var Ways = []*Way{
	{Name: "bare unit", Has: HasUnit | HasCLI, setUp: setUpRecipe},
	{Name: "funnel --bg", setUp: setUpBackground},
	CLI,
	Native,
}

var (
	// CLI is tsfunnel with the tailscale CLI.
	CLI = &Way{Name: "tsfunnel", Has: HasUnit | HasCLI | HasLauncher, setUp: setUpTsfunnel}
	// Native is tsfunnel without it.
	Native = &Way{
		Name: "tsfunnel --native", Has: HasUnit | HasLauncher,
		setUp: setUpTsfunnel, option: "--native",
	}
)

// Missing returns why the program at path, on this computer, cannot go this
// way, "" if it can.
func (w *Way) Missing(path string) string {
	if w.option == "" {
		return ""
	}
	help, err := exec.Command(path, "run", "--help").CombinedOutput()
	if err != nil || !strings.Contains(string(help), w.option) {
		return "the program has no " + w.option
	}
	return ""
}

func (w *Way) has(all Has) bool { return w.Has&all == all }

func setUpRecipe(ctx context.Context, s *Subject) error {
	if err := s.login(ctx); err != nil {
		return err
	}
	return s.must(ctx, "sh", "-c", s.Program+" unit --plain 8888 >/etc/systemd/system/"+Unit+
		" && systemctl daemon-reload && systemctl enable --now "+Unit)
}

func setUpBackground(ctx context.Context, s *Subject) error {
	if err := s.login(ctx); err != nil {
		return err
	}
	// Where Funnel is not enabled yet it only prints where to enable it.
	return s.try(ctx, "timeout", "3", "tailscale", "funnel", "--bg", "8888")
}

func setUpTsfunnel(ctx context.Context, s *Subject) error {
	if s.blank {
		return s.install(ctx, packages.Oldest)
	}
	if err := s.login(ctx); err != nil {
		return err
	}
	return s.try(ctx, append([]string{s.Program, "install", "8888", "--timeout", "0"}, s.way.options()...)...)
}

// options are those of tsfunnel.
func (w *Way) options() []string {
	if w.option == "" {
		return nil
	}
	return []string{w.option}
}
