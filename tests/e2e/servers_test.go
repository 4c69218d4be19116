package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tsfunnel.test/packages"
)

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
		"--arch arm64":                              packages.Latest,
		"--arch arm64 --track unstable":             packages.LatestUnstable,
		"--arch arm64 --track release-candidate":    "1.104.0",
		"--arch arm64 --version 1.104.0":            "1.104.0",
		"--arch arm64 --version " + packages.Oldest: packages.Oldest,
		"--arch amd64 --track unstable":             packages.LatestUnstable,
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

// cures are what a person is told to do, after the reason.
const (
	cureChoice  = "check version, track and architecture, and --base-url"
	cureCarry   = "bring the package from elsewhere, with --package"
	cureLater   = "that may pass: run it again later"
	cureLogin   = "log in to the network with a browser"
	cureDamaged = "the download is damaged; try again"
)

// TestServerFaults: what goes wrong is named, with what to do where there is
// something, and nothing is placed.
func TestServerFaults(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]struct {
		code  int
		words []string
	}{
		"status=404,on=any,host=pkgs": {exitUnavailable, []string{"the package index", "the server does not have it (HTTP 404)", cureChoice}},
		"status=404":                  {exitUnavailable, []string{smallPackage, "the server does not have it (HTTP 404)", cureChoice}},
		"status=404,on=sig":           {exitUnavailable, []string{"the signature of the package", "(HTTP 404)", cureChoice}},
		"status=404,on=pub":           {exitUnavailable, []string{"the signing keys", "(HTTP 404)", cureChoice}},
		"status=451,on=any,host=pkgs": {exitUnavailable, []string{"for legal reasons (HTTP 451)", cureCarry}},
		"status=451,host=dl":          {exitUnavailable, []string{"for legal reasons (HTTP 451)", cureCarry}},
		"status=403,on=index":         {exitUnavailable, []string{"the server forbids it (HTTP 403)", "ask its owner, or bring the package yourself with --package"}},
		"status=429,on=pub":           {exitUnavailable, []string{"asked too often from this address (HTTP 429)", "wait some minutes"}},
		"status=500":                  {exitUnavailable, []string{"the server is in trouble (HTTP 500)", cureLater}},
		"status=503,on=index":         {exitUnavailable, []string{"the server is in trouble (HTTP 503)", cureLater}},
		"status=511,on=index":         {exitUnavailable, []string{"captive portal", "(HTTP 511)", cureLogin}},
		"portal,on=any,host=pkgs":     {exitData, []string{"the package index", "a web page came instead", cureLogin}},
		"portal":                      {exitData, []string{smallPackage, "a web page came instead", cureLogin}},
		"portal,on=sig":               {exitData, []string{"the signature of the package", "a web page came instead", cureLogin}},
		"portal,on=pub":               {exitData, []string{"the signing keys", "a web page came instead", cureLogin}},
		"loop":                        {exitData, []string{"the servers redirect in a circle"}},
		"hops=11":                     {exitData, []string{"more than 10 redirects"}},
		"length=-7":                   {exitData, []string{"its SHA-256 sum is another one", cureDamaged}},
		"length=-7,on=sig":            {exitData, []string{"the signature of the package: it has 57 bytes, not 64"}},
		"length=-7,on=index":          {exitData, []string{"the index of packages: not JSON"}},
		"length=7":                    {exitUnavailable, []string{"the connection ended before it was complete"}},
		"length=999999999999":         {exitData, []string{"it is larger than 536870912 bytes"}},
		"chunk=ffffffffffffffff":      {exitData, []string{"a chunk of senseless size"}},
		"chunk=80000000":              {exitUnavailable, []string{"the connection ended before it was complete"}},
		"chunk=zz":                    {exitData, []string{"a chunk without a size"}},
		"headers":                     {exitData, []string{"its head is too large"}},
		"longline":                    {exitData, []string{"its head is too large"}},
		"headers,on=index":            {exitData, []string{"the package index", "its head is too large"}},
		"headers,on=sig":              {exitData, []string{"the signature of the package", "its head is too large"}},
		"cut=0":                       {exitUnavailable, []string{"the connection ended before it was complete"}},
		"empty,on=index":              {exitData, []string{"the index of packages: not JSON"}},
		"empty":                       {exitData, []string{"its SHA-256 sum is another one", cureDamaged}},
	} {
		t.Run(fault, func(t *testing.T) {
			d := newDepot(t)
			res, files := d.fetchSmall("/fault/" + fault)
			if res.Code != want.code || len(files) > 0 {
				t.Fatalf("want exit %d: %d files: %v", want.code, len(files), res)
			}
			says(t, res.Stderr, append(want.words, "cannot ")...)
		})
	}
}

// TestSlowServers: a server that says too little is given up when the time is
// over, however little comes: the program itself ends.
func TestSlowServers(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"mute", "mute,on=index", "stall=100", "drip=1000", "drip=1000,on=index"} {
		t.Run(fault, func(t *testing.T) {
			d := newDepot(t)
			res, files := d.fetch(d.Base+"/fault/"+fault, "--arch", "arm64", "--timeout", "5")
			if res.Code != exitTimeout || len(files) > 0 {
				t.Errorf("%d files: %v", len(files), res)
			}
			says(t, res.Stderr, "cannot fetch ", "no answer in time")
		})
	}
}

const cutAt = 64 << 10

// TestCutEvery64KiB: the whole package, although no connection brings more than
// 64 KiB of it; each byte of it is sent once. Over TLS, where handshakes take
// most of the time, more of it.
func TestCutEvery64KiB(t *testing.T) {
	d := newDepot(t)
	whole := d.stored("main/stable/" + release)
	for base, cut := range map[string]int{d.Base: cutAt, d.Secure: 16 * cutAt} {
		before := len(d.Requests())
		res, files := d.fetch(fmt.Sprintf("%s/fault/cut=%d", base, cut), "--arch", "amd64", "--cacert", d.CAFile)
		if res.Code != exitDone || !bytes.Equal(files[release], whole) {
			t.Fatalf("%s: %d bytes of %d: %v", base, len(files[release]), len(whole), res)
		}
		sent, at := 0, 0
		for _, r := range d.Requests()[before:] {
			if r.Host != "dl" || !strings.HasSuffix(r.URI, ".tgz") {
				continue
			}
			if want := fmt.Sprintf("bytes=%d-", at); at > 0 && (r.Range != want || r.IfRange == "" || r.Status != http.StatusPartialContent) {
				t.Fatalf("%s: not asked for %s: %+v", base, want, r)
			}
			at += cut
			sent += r.Bytes
		}
		if tries := (len(whole) + cut - 1) / cut; at != tries*cut || sent != len(whole) {
			t.Errorf("%s: %d tries and %d bytes, not %d and %d", base, at/cut, sent, tries, len(whole))
		}
	}
}

// TestCutWithoutRange: a server that cannot go on is asked for all of it again;
// one that is cut each time is given up.
func TestCutWithoutRange(t *testing.T) {
	t.Parallel()
	for _, cannot := range []string{"norange", "shift"} {
		t.Run(cannot, func(t *testing.T) {
			d := newDepot(t)
			res, files := d.fetch(fmt.Sprintf("%s/fault/cut=%d,times=2+%s", d.Base, cutAt, cannot), "--arch", "amd64")
			if whole := d.stored("main/stable/" + release); res.Code != exitDone || !bytes.Equal(files[release], whole) {
				t.Errorf("%d bytes of %d: %v", len(files[release]), len(whole), res)
			}
			before := len(d.Requests())
			res, files = d.fetch(fmt.Sprintf("%s/fault/cut=%d+%s", d.Base, cutAt, cannot), "--arch", "amd64")
			if res.Code != exitUnavailable || len(files) > 0 {
				t.Errorf("%d files: %v", len(files), res)
			}
			says(t, res.Stderr, "cannot fetch "+release, "the connection ended before it was complete")
			tries := 0
			for _, r := range d.Requests()[before:] {
				if r.Host == "dl" && strings.HasSuffix(r.URI, ".tgz") {
					tries++
				}
			}
			if tries != 6 { // the first brings bytes, five more bring no new ones
				t.Errorf("%d tries", tries)
			}
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
