package e2e

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
	"tsfunnel.test/world"
)

const (
	exitData = 65

	packageServer = "http://pkgs.test"
	secureServer  = "https://pkgs.test"
)

// release is what a package server has for this architecture.
const release = "tailscale_" + packages.Latest + "_amd64.tgz"

// mirror is what the package servers of all tests serve.
var mirror = sync.OnceValues(func() (string, error) {
	return machine.Mirror(machine.Progress{W: os.Stdout}, latest)
})

// trustingProgram is the program under test but for its root keys, which are
// the tests'.
var trustingProgram = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("TSFUNNEL_TRUSTING"); path != "" {
		return filepath.Abs(path)
	}
	path, err := filepath.Abs("../../build/tsfunnel-trusting")
	if err != nil {
		return "", err
	}
	dir, err := mirror()
	if err != nil {
		return "", err
	}
	return path, machine.Program(machine.Progress{W: os.Stdout}, dir, path)
})

// must1 returns what a call gave that must not fail.
func must1[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func trusting(t *testing.T) string {
	t.Helper()
	path, err := trustingProgram()
	return must1(t, path, err)
}

func served(t *testing.T) string {
	t.Helper()
	dir, err := mirror()
	return must1(t, dir, err)
}

// newBlank boots a machine without Tailscale, in a world with a package
// server, that has the program.
func newBlank(t *testing.T, o machine.Options) *scene {
	t.Helper()
	o.Bare = true
	return newServed(t, o)
}

// newServed is newBlank for any machine.
func newServed(t *testing.T, o machine.Options) *scene {
	t.Helper()
	program, dir := trusting(t), served(t)
	s := newSceneOf(t, o, world.WithPackages(dir))
	s.must(s.CopyIn(program, bin))
	s.must(s.WriteFile(keyFile, []byte(s.world.AuthKey+"\n"), 0o600))
	return s
}

// from adds where Tailscale is to be had from to a command line.
func from(base string, args ...string) []string {
	return append(args, "--base-url", base)
}

// requests returns how many requests came to the package server.
func (s *scene) requests() int {
	s.t.Helper()
	list, err := s.world.Requests()
	s.must(err)
	return len(list)
}

// version returns the version that the machine's CLI says it is.
func (s *scene) version() string {
	s.t.Helper()
	return firstLine(s.run("tailscale", "version"))
}

func firstLine(text string) string {
	for i, c := range text {
		if c == '\n' {
			return text[:i]
		}
	}
	return text
}
