package e2e

import (
	"bytes"
	"strings"
	"testing"
	"time"

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
