package e2e

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tsfunnel.test/machine"
	"tsfunnel.test/netns"
	"tsfunnel.test/packages"
)

// These cases need no machine: the program fetches as any process of this
// computer, in a network that has a package server and nothing else.

const (
	smallPackage = "tailscale_" + packages.Latest + "_arm64.tgz" // a stand-in
	fetchTimeout = 90 * time.Second
)

// depot is a server, and folders for what is fetched from it.
type depot struct {
	*packages.Server
	t       *testing.T
	program string
	network string // for netns.Do
	small   []byte
}

func newDepot(t *testing.T) *depot {
	t.Helper()
	return newDepotOf(t, packages.Options{})
}

// newDepotOf also says what the server is like.
func newDepotOf(t *testing.T, o packages.Options) *depot {
	t.Helper()
	t.Parallel()
	ns, err := netns.New()
	must1(t, ns, err)
	t.Cleanup(func() { ns.Close() })
	d := &depot{t: t, program: trusting(t), network: netns.Path(ns)}
	place := packages.Place{IP: "127.0.0.1", Name: "localhost"}
	o.Mirror, o.Pkgs, o.Dl = served(t), place, place
	err = netns.Do(d.network, func() error {
		d.Server, err = packages.Start(t.TempDir(), o)
		return err
	})
	must1(t, d.Server, err)
	t.Cleanup(d.Server.Close)
	d.small = d.stored("main/stable/" + smallPackage)
	return d
}

// stored returns a file of the mirror.
func (d *depot) stored(path string) []byte {
	d.t.Helper()
	body, err := os.ReadFile(filepath.Join(served(d.t), path))
	return must1(d.t, body, err)
}

// serve serves h in the depot's network and returns its URL.
func (d *depot) serve(h http.Handler) string {
	d.t.Helper()
	var ln net.Listener
	err := netns.Do(d.network, func() (err error) {
		ln, err = net.Listen("tcp", "127.0.0.1:0")
		return err
	})
	must1(d.t, ln, err)
	srv := &http.Server{Handler: h}
	d.t.Cleanup(func() { srv.Close() })
	go srv.Serve(ln)
	return "http://" + ln.Addr().String()
}

// run runs the program's verb fetch with a folder for what it places and
// returns what is there afterwards.
func (d *depot) run(args ...string) (res machine.Result, files map[string][]byte) {
	d.t.Helper()
	return d.runs(d.program, args...)
}

// runs is run of another program.
func (d *depot) runs(program string, args ...string) (res machine.Result, files map[string][]byte) {
	d.t.Helper()
	to, err := os.MkdirTemp(d.t.TempDir(), "")
	must1(d.t, to, err)
	defer os.RemoveAll(to)
	ctx, cancel := context.WithTimeout(d.t.Context(), fetchTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{"fetch", "--to", to}, args...)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + to, "LANG=C.UTF-8"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	if err = netns.Do(d.network, cmd.Start); err == nil {
		err = cmd.Wait()
	}
	res = machine.Result{Stdout: stdout.String(), Stderr: stderr.String(), Took: time.Since(start)}
	if cmd.ProcessState != nil {
		res.Code = cmd.ProcessState.ExitCode()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil || res.Code < 0 {
		d.t.Fatalf("%q: %v: %v", args, err, res)
	}
	files = map[string][]byte{}
	entries, err := os.ReadDir(to)
	must1(d.t, entries, err)
	for _, e := range entries {
		body, err := os.ReadFile(filepath.Join(to, e.Name()))
		files[e.Name()] = must1(d.t, body, err)
	}
	return res, files
}

// fetch fetches from base.
func (d *depot) fetch(base string, args ...string) (machine.Result, map[string][]byte) {
	d.t.Helper()
	return d.run(append(args, "--base-url", base)...)
}

// fetchSmall fetches the small package.
func (d *depot) fetchSmall(prefix string) (machine.Result, map[string][]byte) {
	d.t.Helper()
	return d.fetch(d.Base+prefix, "--arch", "arm64")
}

// accepts ends in the small package, whatever the way.
func (d *depot) accepts(prefix string) {
	d.t.Helper()
	res, files := d.fetchSmall(prefix)
	if res.Code != exitDone || !bytes.Equal(files[smallPackage], d.small) {
		d.t.Errorf("%s: %d bytes of %d: %v", prefix, len(files[smallPackage]), len(d.small), res)
	}
}
