// Package e2e tests the shipped program on real machines in a real tailnet: a
// booted systemd, tailscaled and the CLI as Tailscale's module builds them,
// and a client outside. Each test has a world and a machine of its own.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tsfunnel.test/machine"
)

// kit is what all tests share; it is never written to.
var kit *machine.Kit

// latest is the layer with the pinned Tailscale, also where the kit's is another.
var latest string

func TestMain(m *testing.M) {
	flag.Parse()
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "cannot run any test:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func prepare() (err error) {
	p := machine.Progress{W: os.Stdout}
	if kit, err = machine.Prepare(p); err != nil {
		return err
	}
	latest = kit.Tailscale
	if version := os.Getenv("TSFUNNEL_TAILSCALE"); version != "" {
		kit.Tailscale, err = machine.Elder(p, version)
	}
	return err
}

// product returns the path of the program under test.
func product(t testing.TB) string {
	t.Helper()
	path := os.Getenv("TSFUNNEL")
	if path == "" {
		path = "../../build/tsfunnel"
	}
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("no program to test (TSFUNNEL names it): %v", err)
	}
	return path
}
