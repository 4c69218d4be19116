package e2e

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"
	"tailscale.com/net/bakedroots"

	"tsfunnel.test/machine"
)

// caFile is where install puts the roots that are built in.
const caFile = "/var/lib/tsfunnel/ca.pem"

// hedge are the roots beyond Tailscale's own, by their names: of the
// authorities that tailscale.com allows to issue for it.
var hedge = []string{
	"Amazon Root CA 1", "Amazon Root CA 2", "Amazon Root CA 3", "Amazon Root CA 4",
	"DigiCert Global Root G2", "DigiCert Global Root G3",
	"USERTrust RSA Certification Authority", "USERTrust ECC Certification Authority",
	"Sectigo Public Server Authentication Root E46", "Sectigo Public Server Authentication Root R46",
}

type fingerprint [sha256.Size]byte

// mozilla returns the fingerprints of the certificates that Mozilla trusts for
// servers, by their names.
func mozilla(t *testing.T) map[string]fingerprint {
	t.Helper()
	trusted := map[string]fingerprint{}
	for root := range bundle.Roots() {
		c, err := x509.ParseCertificate(root.Certificate)
		must1(t, c, err)
		if root.Constraint == nil {
			trusted[c.Subject.CommonName] = sha256.Sum256(c.Raw)
		}
	}
	return trusted
}

// certificates returns those in text, PEM.
func certificates(t *testing.T, text string) []*x509.Certificate {
	t.Helper()
	var list []*x509.Certificate
	for rest := []byte(text); len(bytes.TrimSpace(rest)) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" || len(block.Headers) > 0 {
			t.Fatalf("what is no certificate: %.200q", rest)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		list = append(list, must1(t, c, err))
	}
	return list
}

// isAuthority ends the test if Go would not believe what c issues.
func isAuthority(t *testing.T, c *x509.Certificate) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(c)
	if _, err := c.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}); err != nil {
		t.Errorf("%s: %v", c.Subject, err)
	}
	if err := c.CheckSignatureFrom(c); err != nil {
		t.Errorf("%s does not sign itself: %v", c.Subject, err)
	}
	if !c.IsCA || !c.BasicConstraintsValid || c.KeyUsage&x509.KeyUsageCertSign == 0 {
		t.Errorf("%s is no authority", c.Subject)
	}
}

// TestEmbeddedRoots: what tailscaled is given on a machine without a CA bundle
// is the user's --cacert and the roots built in, and these are Tailscale's own
// and those of the hedge, each of them once, and nothing else.
func TestEmbeddedRoots(t *testing.T) {
	s := newBlank(t, machine.Options{Rootless: true})
	s.install(home, from(packageServer, "8888", "--cacert", machine.RootsFile)...)
	pid := s.property("tailscaled", "MainPID")
	says(t, s.run("sh", "-c", "tr '\\0' '\\n' </proc/"+pid+"/environ"), "SSL_CERT_FILE="+caFile)
	text, found := strings.CutSuffix(s.read(caFile), s.read(machine.RootsFile))
	if !found {
		t.Fatalf("%s does not end with what --cacert named", caFile)
	}

	wanted, names := map[fingerprint]string{}, mozilla(t)
	for _, name := range hedge {
		sum, found := names[name]
		if !found {
			t.Errorf("Mozilla does not trust %s", name)
		}
		wanted[sum] = name
	}
	tailscales := x509.NewCertPool()
	list := certificates(t, text)
	for _, c := range list {
		isAuthority(t, c)
		if _, found := wanted[sha256.Sum256(c.Raw)]; found {
			delete(wanted, sha256.Sum256(c.Raw))
		} else {
			tailscales.AddCert(c)
		}
	}
	for _, name := range wanted {
		t.Errorf("%s is not there", name)
	}
	if !tailscales.Equal(bakedroots.Get()) {
		t.Error("the others are not those of Tailscale's bakedroots")
	}
	if len(list) != len(hedge)+4 {
		t.Errorf("%d certificates", len(list))
	}
}
