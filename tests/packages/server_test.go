package packages

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestIndex: the index names what is there and hides what is too new.
func TestIndex(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for query, want := range map[string]string{
		"/stable/?mode=json&os=linux":                      Latest,
		"/fault/latest=1.104.0/stable/?mode=json&os=linux": "1.104.0",
		"/fault/latest=1.101.0/stable/?mode=json&os=linux": Oldest,
		"/unstable/?mode=json":                             "",
	} {
		res, err := get(t, http.DefaultClient, s.Base+query)
		if err != nil {
			t.Fatal(err)
		}
		var in index
		err = json.NewDecoder(res.Body).Decode(&in)
		res.Body.Close()
		if err != nil || in.TarballsVersion != want {
			t.Errorf("%s: %q, not %q: %v", query, in.TarballsVersion, want, err)
		}
		if want != "" && in.Tarballs["arm64"] != "tailscale_"+want+"_arm64.tgz" {
			t.Errorf("%s: %v", query, in.Tarballs)
		}
	}
}

// TestLayout: the tarball is laid out as a release.
func TestLayout(t *testing.T) {
	t.Parallel()
	r := StandIn("stable", Latest, "amd64")
	body, err := pack(r.members())
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for archive := tar.NewReader(zip); ; {
		h, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%o %s", h.Mode, strings.TrimPrefix(h.Name, "tailscale_1.102.3_amd64")))
	}
	want := "755 /|755 /tailscaled|755 /tailscale|755 /systemd/|644 /systemd/tailscaled.service|" +
		"644 /systemd/tailscaled.defaults|644 /systemd/tailscale-online.target|644 /systemd/tailscale-wait-online.service"
	if strings.Join(got, "|") != want {
		t.Errorf("layout: %q", got)
	}
}

// TestHTTPS: the chain is complete but for the root, which nobody trusts by
// default.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	s := serve(t)
	if _, err := get(t, http.DefaultClient, s.Secure+"/distsign.pub"); err == nil {
		t.Error("trusted by default")
	}
	text, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	for path, want := range map[string]string{
		"/" + small:                 "https://localhost:",
		"/fault/downgrade/" + small: "http://localhost:",
	} {
		res, err := get(t, client, s.Secure+path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if to := res.Header.Get("Location"); res.StatusCode != http.StatusFound || !strings.HasPrefix(to, want) {
			t.Errorf("%s: %s to %q", path, res.Status, to)
		}
	}
}

// TestRange: a cut file can be had in parts, if the server knows ranges.
func TestRange(t *testing.T) {
	t.Parallel()
	s := serve(t)
	whole, err := os.ReadFile(filepath.Join(s.o.Mirror, mainTree, small))
	if err != nil {
		t.Fatal(err)
	}
	url := s.Base + "/fault/cut=100,times=1+here/" + small
	first, tag, err := part(t, url, 0, "")
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(first) != 100 {
		t.Fatalf("the cut came after %d bytes: %v", len(first), err)
	}
	rest, _, err := part(t, url, 100, tag)
	if err != nil || !bytes.Equal(append(first, rest...), whole) {
		t.Errorf("the rest has %d bytes of %d: %v", len(rest), len(whole)-100, err)
	}
	for _, fault := range []string{"norange", "shift"} {
		all, _, err := part(t, s.Base+"/fault/here+"+fault+"/"+small, 100, tag)
		if err != nil || !bytes.Equal(all, whole) {
			t.Errorf("%s: %d bytes of %d: %v", fault, len(all), len(whole), err)
		}
	}
}

// part asks for a file from an offset on.
func part(t *testing.T, url string, from int, tag string) (body []byte, etag string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if from > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
		req.Header.Set("If-Range", tag)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return body, res.Header.Get("ETag"), err
}

// TestWire reads the first bytes that come for faults on the wire.
func TestWire(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for fault, want := range map[string]string{
		"length=5":                    "\r\nContent-Length: ",
		"chunk=ffffffffffffffff":      "\r\n\r\nffffffffffffffff\r\n",
		"chunked":                     "\r\n\r\n1;of=size\r\n",
		"continue":                    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
		"headers":                     "X-More: of the same\r\nX-More: of the same\r\n",
		"longline":                    "X-Long: and so on and so on ",
		"nolength":                    "Connection: close\r\n\r\n",
		"status=451":                  "HTTP/1.1 451 ",
		"portal":                      "<!DOCTYPE html>",
		"drip=1":                      "\r\nContent-Length: ",
		"stall=10":                    "\r\nContent-Length: ",
		"status=503,on=any,host=pkgs": "HTTP/1.1 503 ",
		"loop":                        "\r\nLocation: ",
		"mute":                        "",
	} {
		prefix := "/fault/here+" + fault
		if got := first(t, strings.TrimPrefix(s.Base, "http://"), prefix+"/"+small); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %.300q", fault, got)
		}
	}
	if err := s.SetFaults("nonsense"); err == nil {
		t.Error("an unknown fault is taken")
	}
}

// TestScrambledHead: the head alone is changed, of answers and of redirects.
func TestScrambledHead(t *testing.T) {
	t.Parallel()
	s := serve(t)
	body, err := os.ReadFile(filepath.Join(s.o.Mirror, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	addr := strings.TrimPrefix(s.Base, "http://")
	seen := map[string]bool{}
	for seed := range 20 {
		got := first(t, addr, fmt.Sprintf("/fault/head=%d,on=pub/%s", seed, keyFile))
		head, found := strings.CutSuffix(got, string(body))
		if !found {
			t.Errorf("seed %d: %q", seed, got)
		}
		seen[head] = true
	}
	if len(seen) < 15 {
		t.Errorf("%d kinds of head in 20", len(seen))
	}
	if got := first(t, addr, "/fault/head=1/"+small); !strings.Contains(got, "/fault/head=1/") || strings.Contains(got, "stand-in") {
		t.Errorf("no redirect: %q", got)
	}
}

// first returns the first bytes of an answer.
func first(t *testing.T, addr, path string) string {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, addr)
	c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	got, _ := io.ReadAll(io.LimitReader(c, 4000))
	return string(got)
}

// TestHostile: the tarballs that mean ill are signed well.
func TestHostile(t *testing.T) {
	t.Parallel()
	s := serve(t)
	if err := WriteHostile(s.o.Mirror); err != nil {
		t.Fatal(err)
	}
	for _, kind := range HostileKinds() {
		if _, err := download(t, s, s.Base+"/hostile/"+kind, "stable/tailscale_1.102.3_amd64.tgz"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
