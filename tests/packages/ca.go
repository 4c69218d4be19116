package packages

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// authorityTLS is what https needs: a certificate below an intermediate one
// below a root.
type authorityTLS struct {
	rootPEM []byte
	leaf    tls.Certificate
}

// newCA makes a root of its own and a certificate for the places, valid a day
// from now on. Like production's roots it is P-384.
func newCA(now time.Time, places ...Place) (*authorityTLS, error) {
	if now.IsZero() {
		now = time.Now()
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, err
	}
	middleKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	root := template("Packages Root", 1, now)
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	middle := template("Packages Intermediate", 2, now)
	middle.IsCA, middle.BasicConstraintsValid, middle.KeyUsage = true, true, x509.KeyUsageCertSign
	leaf := template(places[0].Name, 3, now)
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, p := range places {
		leaf.DNSNames = append(leaf.DNSNames, p.Name)
		leaf.IPAddresses = append(leaf.IPAddresses, net.ParseIP(p.IP))
	}
	rootDER, err := certify(root, root, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	middleDER, err := certify(middle, root, &middleKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	leafDER, err := certify(leaf, middle, &leafKey.PublicKey, middleKey)
	if err != nil {
		return nil, err
	}
	return &authorityTLS{
		rootPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}),
		leaf:    tls.Certificate{Certificate: [][]byte{leafDER, middleDER}, PrivateKey: leafKey},
	}, nil
}

func template(name string, serial int64, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{Organization: []string{"tsfunnel tests"}, CommonName: name},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(24 * time.Hour),
	}
}

func certify(c, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) ([]byte, error) {
	return x509.CreateCertificate(rand.Reader, c, parent, public, signer)
}
