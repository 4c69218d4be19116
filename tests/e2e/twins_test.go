package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
)

// These cases need no machine: the program fetches as any process of this
// computer, from a server on its loopback, the small package of another
// architecture.

const (
	smallPackage = "tailscale_" + packages.Latest + "_arm64.tgz"
	fetchTimeout = 60 * time.Second
)

// forged are faults that make a package one that is not as it was signed, or
// that nobody who is trusted has signed.
var forged = []string{
	"flip=0", "flip=200", "flip=0,on=sig", "flip=63,on=sig", "flip=40,on=pub", "flip=0,on=pub.sig",
	"shorten=1", "shorten=1,on=sig", "shorten=1,on=pub", "shorten=1,on=pub.sig",
	"extend=1", "extend=1,on=sig", "extend=1,on=pub", "extend=1,on=pub.sig",
	"stranger,on=sig", "stranger,on=pub", "stranger,on=pub.sig", "stranger,on=pub+stranger,on=pub.sig",
	"version=1.100.0", "version=1.100.0,on=sig", "arch=arm64", "arch=arm64,on=sig",
	"version=1.100.0,on=any", "empty,on=sig", "empty,on=pub", "empty,on=pub.sig",
}

// depot is a server, and folders for what is fetched from it.
type depot struct {
	*packages.Server
	t       *testing.T
	program string
	small   []byte
}

func newDepot(t *testing.T) *depot {
	t.Helper()
	t.Parallel()
	dir := served(t)
	place := packages.Place{IP: "127.0.0.1", Name: "localhost"}
	s, err := packages.Start(t.TempDir(), packages.Options{Mirror: dir, Pkgs: place, Dl: place})
	must1(t, s, err)
	t.Cleanup(s.Close)
	small, err := os.ReadFile(filepath.Join(dir, "main/stable", smallPackage))
	return &depot{Server: s, t: t, program: trusting(t), small: must1(t, small, err)}
}

// fetch fetches from base and returns what was placed.
func (d *depot) fetch(base string, args ...string) (res machine.Result, files map[string][]byte) {
	d.t.Helper()
	to, err := os.MkdirTemp(d.t.TempDir(), "")
	must1(d.t, to, err)
	defer os.RemoveAll(to)
	ctx, cancel := context.WithTimeout(d.t.Context(), fetchTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.program, append([]string{"fetch", "--base-url", base, "--to", to}, args...)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + to, "LANG=C.UTF-8"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err = cmd.Run()
	res = machine.Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode(), Took: time.Since(start)}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil || res.Code < 0 {
		d.t.Fatalf("%s: %v: %v", base, err, res)
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

// TestFetchWays: the same bytes by each way that a server may choose.
func TestFetchWays(t *testing.T) {
	d := newDepot(t)
	for _, way := range []string{
		"", "/fault/here", "/fault/back", "/fault/hops=10", "/fault/named,on=sha256", "/fault/status=404,on=sha256",
		"/fault/chunked", "/fault/continue", "/fault/chunked,on=index", "/fault/continue,on=pub", "/fault/chunked,on=sig",
		"/fault/cut=100,times=1", "/fault/cut=64", "/fault/reset=100,times=1", "/fault/cut=100,times=1+norange",
		"/fault/cut=100,times=1+shift", "/fault/cut=10,times=1,on=sig", "/fault/cut=10,times=1,on=index",
		"/fault/status=503,times=1", "/fault/status=503,times=1,on=index",
	} {
		d.accepts(way)
	}
	ranges := 0
	for _, r := range d.Requests() {
		if r.Range != "" && r.IfRange != "" {
			ranges++
		}
	}
	if ranges == 0 {
		t.Error("no request for the rest of a file")
	}
}

// TestFetchFiles: what is fetched for another machine is the whole chain.
func TestFetchFiles(t *testing.T) {
	d := newDepot(t)
	_, files := d.fetchSmall("")
	for _, name := range []string{smallPackage, smallPackage + ".sig", "distsign.pub", "distsign.pub.sig"} {
		if len(files[name]) == 0 {
			t.Errorf("no %s", name)
		}
		delete(files, name)
	}
	for name := range files {
		if name != smallPackage+".sha256" {
			t.Errorf("beyond need: %s", name)
		}
	}
}

// TestFetchTracks: tracks and versions are chosen by the index, or by hand.
func TestFetchTracks(t *testing.T) {
	d := newDepot(t)
	for args, want := range map[string]string{
		"--arch arm64":                           packages.Latest,
		"--arch arm64 --track unstable":          "1.105.7",
		"--arch arm64 --track release-candidate": "1.104.0",
		"--arch arm64 --version 1.104.0":         "1.104.0",
		"--arch arm64 --version 1.100.0":         "1.100.0",
		"--arch amd64 --track unstable":          "1.105.7",
	} {
		res, files := d.fetch(d.Base, strings.Fields(args)...)
		arch := strings.Fields(args)[1]
		if name := "tailscale_" + want + "_" + arch + ".tgz"; res.Code != exitDone || len(files[name]) == 0 {
			t.Errorf("%s: no %s: %v", args, name, res)
		}
	}
	for _, args := range []string{"--arch mips", "--arch arm64 --version 1.90.0", "--arch arm64 --track unstable --version 1.105.9"} {
		if res, files := d.fetch(d.Base, strings.Fields(args)...); res.Code == exitDone || len(files) > 0 {
			t.Errorf("%s: %v", args, res)
		}
	}
}

// TestForged: 65 for each forged twin, and nothing placed.
func TestForged(t *testing.T) {
	d := newDepot(t)
	for _, twin := range forged {
		twin = strings.Replace(twin, "arch=arm64", "arch=amd64", 1)
		if res, files := d.fetchSmall("/fault/" + twin); res.Code != exitData || len(files) > 0 || strings.TrimSpace(res.Stderr) == "" {
			t.Errorf("%s: %d files: %v", twin, len(files), res)
		}
	}
}

// TestMutations: of a thousand random changes of each signed thing none is
// accepted; of the unsigned ones the same bytes come, or none.
func TestMutations(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	d := newDepot(t)
	type work struct{ on, fault string }
	queue := make(chan work)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for w := range queue {
				res, files := d.fetchSmall("/fault/" + w.fault)
				signed := w.on != "index" && w.on != "sha256"
				if res.Code == exitDone && (signed || !bytes.Equal(files[smallPackage], d.small)) ||
					res.Code != exitDone && len(files) > 0 || res.Code > 128 {
					t.Errorf("%s: %d files: %v", w.fault, len(files), res)
				}
			}
		})
	}
	for _, on := range []string{"tgz", "sig", "pub", "pub.sig", "index", "sha256"} {
		for i := range rounds {
			queue <- work{on, fmt.Sprintf("mutate=%d,on=%s", i, on)}
		}
	}
	close(queue)
	workers.Wait()
}

// TestServerFaults: what goes wrong is named, within bounded time, and nothing
// is placed.
func TestServerFaults(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]struct {
		code int
		word string
	}{
		"status=404,on=any,host=pkgs": {exitUnavailable, "404"},
		"status=404":                  {exitUnavailable, "404"},
		"status=451,on=any,host=pkgs": {exitUnavailable, "451"},
		"status=403,on=index":         {exitUnavailable, "403"},
		"status=500":                  {exitUnavailable, "500"},
		"status=503,on=index":         {exitUnavailable, "503"},
		"portal,on=any,host=pkgs":     {exitData, "web page"},
		"portal":                      {exitData, "web page"},
		"portal,on=pub":               {exitData, "web page"},
		"loop":                        {exitData, "circle"},
		"hops=11":                     {exitData, "redirects"},
		"length=-7":                   {exitData, ""},
		"length=7":                    {0, ""},
		"chunk=ffffffffffffffff":      {exitData, ""},
		"chunk=80000000":              {0, ""},
		"chunk=zz":                    {exitData, ""},
		"headers":                     {exitData, ""},
		"longline":                    {exitData, ""},
		"headers,on=index":            {exitData, ""},
		"cut=0":                       {exitUnavailable, ""},
		"empty,on=index":              {exitData, ""},
		"empty":                       {exitData, ""},
	} {
		t.Run(fault, func(t *testing.T) {
			d := newDepot(t)
			res, files := d.fetchSmall("/fault/" + fault)
			if res.Code == exitDone || want.code != 0 && res.Code != want.code || len(files) > 0 {
				t.Fatalf("want exit %d: %d files: %v", want.code, len(files), res)
			}
			says(t, res.Stderr, "cannot ", want.word)
		})
	}
}

// TestSlowServers: a server that stalls is given up in bounded time.
func TestSlowServers(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"mute", "stall=100", "drip=1000"} {
		t.Run(fault, func(t *testing.T) {
			d := newDepot(t)
			res, files := d.fetch(d.Base+"/fault/"+fault, "--arch", "arm64", "--timeout", "10")
			if res.Code == exitDone || len(files) > 0 || res.Took > 20*time.Second {
				t.Errorf("%d files: %v", len(files), res)
			}
			says(t, res.Stderr, "cannot ")
		})
	}
}

// TestSecureFetch: TLS with a known authority and without.
func TestSecureFetch(t *testing.T) {
	d := newDepot(t)
	res, files := d.fetch(d.Secure, "--arch", "arm64", "--cacert", d.CAFile)
	if res.Code != exitDone || !bytes.Equal(files[smallPackage], d.small) {
		t.Errorf("known: %v", res)
	}
	res, files = d.fetch(d.Secure, "--arch", "arm64")
	if res.Code != exitData || len(files) > 0 {
		t.Errorf("unknown: %v", res)
	}
	says(t, res.Stderr, "Packages Root")
	res, files = d.fetch(d.Secure+"/fault/downgrade", "--arch", "arm64", "--cacert", d.CAFile)
	if res.Code != exitData || len(files) > 0 {
		t.Errorf("downgrade: %v", res)
	}
	says(t, res.Stderr, "https to http")
}

// TestNobodyThere: a server that is not there is named.
func TestNobodyThere(t *testing.T) {
	d := newDepot(t)
	d.Close()
	res, files := d.fetchSmall("")
	if res.Code != exitUnavailable || len(files) > 0 {
		t.Errorf("%v", res)
	}
	says(t, res.Stderr, "localhost", "refused")
}
