// SPDX-License-Identifier: MIT

package net

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A CA, or a certificate that one has issued.
type identity struct {
	cert *x509.Certificate
	key  crypto.Signer
}

type change func(*x509.Certificate)

var keys = map[string]crypto.Signer{}

// key makes one of each kind and keeps it: RSA of 4096 bits takes its time.
func key(t *testing.T, kind string) crypto.Signer {
	t.Helper()
	if k := keys[kind]; k != nil {
		return k
	}
	var k crypto.Signer
	var err error
	switch kind {
	case "rsa1024":
		k, err = rsa.GenerateKey(rand.Reader, 1024)
	case "rsa2048":
		k, err = rsa.GenerateKey(rand.Reader, 2048)
	case "rsa4096":
		k, err = rsa.GenerateKey(rand.Reader, 4096)
	case "p256":
		k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "p384":
		k, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "p521":
		k, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "ed25519":
		_, k, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	keys[kind] = k
	return k
}

var serial int64

// issue signs a certificate for kind's key; by is nil for one that signs itself.
func issue(t *testing.T, by *identity, name, kind string, changes ...change) *identity {
	t.Helper()
	serial++
	k := key(t, kind)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"Test " + name}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	for _, f := range changes {
		f(c)
	}
	parent, signer := c, k
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, k.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return &identity{c, k}
}

func isCA(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid = true, true
	c.KeyUsage = x509.KeyUsageCertSign
}

func isFor(names ...string) change {
	return func(c *x509.Certificate) { c.DNSNames = names }
}

// chain is what a server sends: its own certificate first.
func chain(own *identity, above ...*identity) tls.Certificate {
	c := tls.Certificate{Certificate: [][]byte{own.cert.Raw}, PrivateKey: own.key}
	for _, i := range above {
		c.Certificate = append(c.Certificate, i.cert.Raw)
	}
	return c
}

// file writes certificates as PEM, and a key if asked for.
func file(t *testing.T, name string, withKey bool, ids ...*identity) string {
	t.Helper()
	var text []byte
	for _, i := range ids {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw})...)
	}
	if withKey {
		der, err := x509.MarshalPKCS8PrivateKey(ids[0].key)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
