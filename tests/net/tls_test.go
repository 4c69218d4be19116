// SPDX-License-Identifier: MIT

package net

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

var page = bytes.Repeat([]byte("0123456789abcdef"), 20000)

// serve gives the URL of a TLS server of Go's that sends page.
func serve(t *testing.T, config *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(page)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = config
	s.StartTLS()
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + "/page"
}

func with(certs ...tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: certs}
}

// Chains of every kind of key that is supported, with the root, an intermediate and the leaf.
func TestChainsThatAreAccepted(t *testing.T) {
	for _, kinds := range [][3]string{
		{"rsa4096", "rsa2048", "p256"},
		{"rsa2048", "rsa2048", "rsa2048"},
		{"p384", "p384", "p256"},
		{"p384", "p256", "rsa2048"},
		{"rsa4096", "rsa4096", "rsa4096"},
		{"p256", "p384", "p384"},
	} {
		t.Run(strings.Join(kinds[:], "-"), func(t *testing.T) {
			root := issue(t, nil, "Root", kinds[0], isCA)
			between := issue(t, root, "Between", kinds[1], isCA)
			leaf := issue(t, between, "Leaf", kinds[2], isFor("other", "localhost"))
			url := serve(t, with(chain(leaf, between)))
			drive(t, nil, "--cacert", file(t, "root.pem", false, root), url).mustGive(t, page)
			// An unneeded root that is sent along does no harm.
			url = serve(t, with(chain(leaf, between, root)))
			drive(t, nil, "--cacert", file(t, "root.pem", false, root), url).mustGive(t, page)
		})
	}
}

func TestChainsThatAreRefused(t *testing.T) {
	root := issue(t, nil, "Root", "p256", isCA)
	fine := func(c *x509.Certificate) { isFor("localhost")(c) }
	leaf := func(kind string, changes ...change) *identity {
		return issue(t, root, "Leaf", kind, append([]change{fine}, changes...)...)
	}
	past := func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Date(2020, 1, 2, 3, 4, 0, 0, time.UTC), time.Date(2021, 2, 3, 4, 5, 0, 0, time.UTC)
	}
	future := func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Date(2090, 1, 2, 3, 4, 0, 0, time.UTC), time.Date(2091, 2, 3, 4, 5, 0, 0, time.UTC)
	}
	rsaRoot := issue(t, nil, "RSA Root", "rsa2048", isCA)
	other := issue(t, nil, "Other Root", "p256", isCA)
	between := issue(t, root, "Between", "p384", isCA)
	constrained := issue(t, root, "Constrained", "p256", isCA, func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical = true
		c.PermittedDNSDomains = []string{"localhost"}
	})
	second := issue(t, between, "Second", "p384", isCA)
	old, young := issue(t, root, "Old", "p384", isCA, past), issue(t, root, "Young", "p384", isCA, future)
	small := issue(t, root, "Small", "rsa1024", isCA)
	pss := func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSAPSS }
	padded := issue(t, rsaRoot, "Padded", "p384", isCA, pss)
	noCA := issue(t, root, "No CA", "p384")

	for _, c := range []struct {
		name  string
		certs tls.Certificate
		words []string
	}{
		{"expired", chain(leaf("p256", past)), []string{"its certificate has expired on 2021-02-03 04:05 UTC, and now it is ", "the server's owner must renew"}},
		{"not yet valid", chain(leaf("p256", future)), []string{"its certificate is not valid before 2090-01-02 03:04 UTC, and now it is ", "is the clock of this machine right?"}},
		{"expired intermediate", chain(issue(t, old, "Leaf", "p256", fine), old), []string{"its certificate has expired on 2021-02-03 04:05 UTC, and now it is "}},
		{"not yet valid intermediate", chain(issue(t, young, "Leaf", "p256", fine), young), []string{"its certificate is not valid before 2090-01-02 03:04 UTC, and now it is "}},
		{"other name", chain(leaf("p256", isFor("other.example"))), []string{"its certificate is for another name than localhost"}},
		{"name below", chain(leaf("p256", isFor("*.localhost"))), []string{"its certificate is for another name than localhost"}},
		{"self-signed", chain(issue(t, nil, "Myself", "p256", fine)), []string{`its certificate is issued by "O=Test Myself, CN=Myself", which is not trusted here`, "--cacert"}},
		{"other root", chain(issue(t, other, "Leaf", "p256", fine), other), []string{`its certificate is issued by "O=Test Other Root, CN=Other Root", which is not trusted here`, "--cacert"}},
		{"missing intermediate", chain(issue(t, between, "Leaf", "p256", fine)), []string{`its certificate is issued by "O=Test Between, CN=Between", which is not trusted here`, "does not send its intermediate certificate"}},
		{"missing second intermediate", chain(issue(t, second, "Leaf", "p256", fine), second), []string{`its certificate is issued by "O=Test Between, CN=Between", which is not trusted here`, "does not send its intermediate certificate"}},
		{"same name, other key", chain(issue(t, issue(t, nil, "Root", "p384", isCA), "Leaf", "p256", fine)), []string{`its certificate is issued by "O=Test Root, CN=Root", which is not trusted here`}},
		{"RSA-1024", chain(leaf("rsa1024")), []string{"its certificate has an RSA key of less than 2048 bits"}},
		{"RSA-1024 above", chain(issue(t, small, "Leaf", "p256", fine), small), []string{"its certificate has an RSA key of less than 2048 bits"}},
		{"P-521", chain(leaf("p521")), []string{"its certificate has a key on the curve P-521, which is not supported"}},
		{"Ed25519", chain(leaf("ed25519")), []string{"its certificate is of Ed25519, which is not supported"}},
		{"P-521 above", chain(issue(t, issue(t, root, "Big", "p521", isCA), "Leaf", "p256", fine), issue(t, root, "Big", "p521", isCA)), []string{"its certificate has a key on the curve P-521, which is not supported"}},
		{"RSA-PSS", chain(issue(t, rsaRoot, "Leaf", "rsa2048", fine, pss)), []string{"its certificate is signed with RSA-PSS, which is not supported"}},
		{"RSA-PSS above", chain(issue(t, padded, "Leaf", "p256", fine), padded), []string{"its certificate is signed with RSA-PSS, which is not supported"}},
		{"critical name constraint", chain(issue(t, constrained, "Leaf", "p256", fine), constrained), []string{"its certificate chain has a critical name constraint, which is not supported", "--cacert"}},
		{"issued by no CA", chain(issue(t, noCA, "Leaf", "p256", fine), noCA), []string{"its certificate is signed by one that is no CA"}},
		{"not in order", chain(issue(t, between, "Leaf", "p256", fine), other, between), []string{"its certificates do not follow one another"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := drive(t, nil, "--cacert", file(t, "roots.pem", false, root, rsaRoot), serve(t, with(c.certs)))
			o.mustRefuse(t, 65, append(c.words, "cure ")...)
			if len(o.body) != 0 {
				t.Error("and yet there is a body")
			}
		})
	}
	// The twin of them all.
	drive(t, nil, "--cacert", file(t, "roots.pem", false, root, rsaRoot),
		serve(t, with(chain(leaf("p256"))))).mustGive(t, page)
}

// BearSSL does not look at name constraints that are not critical; tls.h says so, and this is how
// it would be noticed if that were to change.
func TestNameConstraintsThatAreNotCriticalPass(t *testing.T) {
	root := issue(t, nil, "Root", "p256", isCA)
	between := issue(t, root, "Between", "p384", isCA, func(c *x509.Certificate) {
		c.PermittedDNSDomains = []string{"elsewhere.example"}
	})
	leaf := issue(t, between, "Leaf", "p256", isFor("localhost"))
	drive(t, nil, "--cacert", file(t, "root.pem", false, root),
		serve(t, with(chain(leaf, between)))).mustGive(t, page)
}

func TestVersions(t *testing.T) {
	root := issue(t, nil, "Root", "p256", isCA)
	own := chain(issue(t, root, "Leaf", "rsa2048", isFor("localhost")))
	cacert := file(t, "root.pem", false, root)
	for _, c := range []struct {
		name     string
		min, max uint16
		words    string
	}{
		{"1.0", tls.VersionTLS10, tls.VersionTLS10, "no TLS newer than 1.1"},
		{"1.1", tls.VersionTLS10, tls.VersionTLS11, "no TLS newer than 1.1"},
		{"1.2", tls.VersionTLS12, tls.VersionTLS12, ""},
		{"1.2 and 1.3", tls.VersionTLS12, tls.VersionTLS13, ""},
		{"1.3", tls.VersionTLS13, tls.VersionTLS13, "does not speak TLS 1.2 (only 1.3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := with(own)
			config.MinVersion, config.MaxVersion = c.min, c.max
			o := drive(t, nil, "--cacert", cacert, serve(t, config))
			if c.words == "" {
				o.mustGive(t, page)
			} else {
				o.mustRefuse(t, 69, c.words, "cure ")
			}
		})
	}
}

func TestCiphers(t *testing.T) {
	root := issue(t, nil, "Root", "p256", isCA)
	cacert := file(t, "root.pem", false, root)
	for _, c := range []struct {
		kind  string
		suite uint16
		fine  bool
	}{
		{"rsa2048", tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, true},
		{"rsa2048", tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, true},
		{"rsa2048", tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, true},
		{"p256", tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, true},
		{"p256", tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, true},
		{"p384", tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, true},
		{"rsa2048", tls.TLS_RSA_WITH_AES_128_GCM_SHA256, false},
		{"rsa2048", tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, false},
	} {
		t.Run(tls.CipherSuiteName(c.suite), func(t *testing.T) {
			config := with(chain(issue(t, root, "Leaf", c.kind, isFor("localhost"))))
			config.CipherSuites, config.MaxVersion = []uint16{c.suite}, tls.VersionTLS12
			o := drive(t, nil, "--cacert", cacert, serve(t, config))
			if c.fine {
				o.mustGive(t, page)
			} else {
				o.mustRefuse(t, 69, "none of the ciphers")
			}
		})
	}
}

// The server is told which host is wanted.
func TestServerName(t *testing.T) {
	root := issue(t, nil, "Root", "p256", isCA)
	config := &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		c := chain(issue(t, root, "Leaf", "p256", isFor(h.ServerName)))
		return &c, nil
	}}
	drive(t, nil, "--cacert", file(t, "root.pem", false, root), serve(t, config)).mustGive(t, page)
}

func TestWhereRootsComeFrom(t *testing.T) {
	root := issue(t, nil, "Root", "p256", isCA)
	other := issue(t, nil, "Other", "p256", isCA)
	url := serve(t, with(chain(issue(t, root, "Leaf", "p256", isFor("localhost")))))
	good, bad := file(t, "good.pem", false, root), file(t, "bad.pem", false, other)
	both := file(t, "both.pem", false, other, root)
	dir := t.TempDir()
	if err := os.Link(good, dir+"/good.0"); err != nil {
		t.Fatal(err)
	}
	empty := file(t, "empty.pem", false)

	drive(t, []string{"SSL_CERT_FILE=" + good}, url).mustGive(t, page)
	drive(t, []string{"SSL_CERT_FILE=" + both}, url).mustGive(t, page)
	drive(t, []string{"SSL_CERT_DIR=" + dir}, url).mustGive(t, page)
	drive(t, []string{"SSL_CERT_FILE=" + bad, "SSL_CERT_DIR=/nowhere:" + dir}, url).mustGive(t, page)
	drive(t, []string{"SSL_CERT_FILE=" + bad}, "--cacert", good, url).mustGive(t, page)
	drive(t, []string{"SSL_CERT_FILE=" + bad}, url).mustRefuse(t, 65, "not trusted")
	drive(t, nil, url).mustRefuse(t, 65, "not trusted")
	drive(t, []string{"SSL_CERT_FILE=/nowhere"}, url).mustRefuse(t, 74, "SSL_CERT_FILE", "/nowhere")
	drive(t, []string{"SSL_CERT_FILE=" + empty}, url).mustRefuse(t, 65, "SSL_CERT_FILE", "none in it")
	drive(t, []string{"SSL_CERT_DIR=/nowhere"}, url).mustRefuse(t, 74, "SSL_CERT_DIR", "/nowhere")
	drive(t, nil, "--cacert", empty, url).mustRefuse(t, 65, empty, "none in it")
	drive(t, nil, "--cacert", "/dev/zero", url).mustRefuse(t, 65, "no file")
}

func TestAddressesHaveNoTLS(t *testing.T) {
	drive(t, nil, "https://127.0.0.1:1/").mustRefuse(t, 65, "certificates of addresses")
	drive(t, nil, "https://[::1]:1/").mustRefuse(t, 65, "certificates of addresses")
}

func TestOtherSideSpeaksNoTLS(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	url := strings.Replace(strings.Replace(s.URL, "http:", "https:", 1), "127.0.0.1", "localhost", 1)
	drive(t, nil, url).mustRefuse(t, 69, "does not speak TLS")
}
