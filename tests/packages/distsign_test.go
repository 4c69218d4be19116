package packages

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"tailscale.com/clientupdate/distsign"
)

const small = "stable/tailscale_1.102.3_arm64.tgz"

// serve starts a server with small releases.
func serve(t *testing.T) *Server {
	t.Helper()
	mirror := t.TempDir()
	err := WriteMirror(mirror,
		StandIn("stable", Oldest, "arm64"), StandIn("stable", Latest, "arm64"), StandIn("stable", Latest, "amd64"),
		StandIn("stable", "1.104.0", "arm64"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Start(t.TempDir(), Options{
		Mirror: mirror, Logf: t.Logf,
		Pkgs: Place{IP: "127.0.0.1", Name: "127.0.0.1"}, Dl: Place{IP: "127.0.0.1", Name: "localhost"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// tailscaleClient returns Tailscale's own client for a server, made to trust
// its root key. The client has no hook for that, hence the reach into its
// field.
func tailscaleClient(t *testing.T, s *Server, base string) *distsign.Client {
	t.Helper()
	c, err := distsign.NewClient(func(string, ...any) {}, base)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(s.RootKey)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	field := reflect.ValueOf(c).Elem().FieldByName("roots")
	*(*[]ed25519.PublicKey)(unsafe.Pointer(field.UnsafeAddr())) = []ed25519.PublicKey{block.Bytes}
	return c
}

// download downloads one file with Tailscale's client.
func download(t *testing.T, s *Server, base, file string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	to := filepath.Join(t.TempDir(), "file")
	if err := tailscaleClient(t, s, base).Download(ctx, file, to); err != nil {
		if _, there := os.Stat(to); there == nil {
			t.Errorf("%s: refused, but there", file)
		}
		return nil, err
	}
	return os.ReadFile(to)
}

// TestTailscaleAccepts: Tailscale's own client takes what is served, over the
// redirect to the second host.
func TestTailscaleAccepts(t *testing.T) {
	t.Parallel()
	s := serve(t)
	want, err := os.ReadFile(filepath.Join(s.o.Mirror, mainTree, small))
	if err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"", "/fault/here", "/fault/back", "/fault/hops=5", "/fault/norange", "/fault/named,on=sha256"} {
		got, err := download(t, s, s.Base+prefix, small)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: %d bytes of %d, error %v", prefix, len(got), len(want), err)
		}
	}
	var hosts []string
	for _, r := range s.Requests()[:6] {
		hosts = append(hosts, fmt.Sprint(r.Host, " ", r.Method, " ", r.Status))
	}
	if got := strings.Join(hosts, ", "); got != "pkgs GET 200, pkgs GET 200, pkgs HEAD 302, dl HEAD 200, pkgs GET 302, dl GET 200" {
		t.Errorf("requests: %s", got)
	}
}

// twins are changes of signed bytes, or of signatures, that no client may
// accept.
var twins = []string{
	"flip=0", "flip=100", "flip=0,on=sig", "flip=63,on=sig", "flip=40,on=pub", "flip=0,on=pub.sig",
	"shorten=1", "shorten=1,on=sig", "shorten=1,on=pub", "shorten=1,on=pub.sig",
	"extend=1", "extend=1,on=pub",
	"stranger,on=sig", "stranger,on=pub", "stranger,on=pub.sig", "stranger,on=pub+stranger,on=pub.sig",
	"version=" + Oldest, "version=" + Oldest + ",on=sig", "arch=amd64", "arch=amd64,on=sig",
	"empty,on=sig", "empty,on=pub", "empty,on=pub.sig", "portal", "portal,on=pub",
	"status=404", "status=404,on=sig", "status=404,on=pub.sig", "cut=10", "cut=10,on=sig", "length=-7", "loop",
}

// TestTailscaleRefuses: the forged twins are forged indeed.
func TestTailscaleRefuses(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, twin := range twins {
		if _, err := download(t, s, s.Base+"/fault/"+twin, small); err == nil {
			t.Errorf("%s: accepted", twin)
		}
	}
	for i := range 100 {
		for _, on := range []string{"tgz", "sig", "pub", "pub.sig"} {
			twin := fmt.Sprintf("mutate=%d,on=%s", i, on)
			got, err := download(t, s, s.Base+"/fault/"+twin, small)
			if err == nil && (on == "tgz" || on == "pub") {
				t.Errorf("%s: accepted %d bytes", twin, len(got))
			} else if err == nil {
				// distsign reads the first 64 bytes of a signature only.
				t.Logf("%s: accepted", twin)
			}
		}
	}
}

// TestRoot: the root key is the same for all mirrors, and no real one.
func TestRoot(t *testing.T) {
	t.Parallel()
	one, err := newAuthority(trustedName)
	if err != nil {
		t.Fatal(err)
	}
	two, err := newAuthority(trustedName)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.rootPublic, two.rootPublic) || !bytes.Equal(one.bundleSig, two.bundleSig) {
		t.Error("the keys are not stable")
	}
	if keys, err := distsign.ParseRootKeyBundle(one.rootPublic); err != nil || len(keys) != 1 {
		t.Errorf("%d root keys, %v", len(keys), err)
	}
	if keys, err := distsign.ParseSigningKeyBundle(one.bundle); err != nil || len(keys) != 2 {
		t.Errorf("%d signing keys, %v", len(keys), err)
	}
	s := serve(t)
	c, err := distsign.NewClient(func(string, ...any) {}, s.Base)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Download(t.Context(), small, filepath.Join(t.TempDir(), "file")); err == nil {
		t.Error("Tailscale's real root keys accept")
	}
}

// get fetches a URL and follows no redirect.
func get(t *testing.T, client *http.Client, url string) (*http.Response, error) {
	t.Helper()
	c := *client
	c.Timeout = 5 * time.Second
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c.Get(url)
}
