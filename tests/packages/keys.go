// Package packages stands in for Tailscale's package server: real tarballs in
// the release layout, signed by Tailscale's own distsign code under keys of the
// tests, an index, a redirect to a second host, and everything that can go
// wrong on the way, on demand.
package packages

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/pem"

	"tailscale.com/clientupdate/distsign"
)

// RootFile is the file, in a mirror, with the public root key: what a program
// under test is built to trust.
const RootFile = "root.pem"

const (
	keyFile    = "distsign.pub"
	keySigFile = keyFile + ".sig"
)

// authority signs as the keepers of Tailscale's keys do.
type authority struct {
	rootPublic []byte // PEM
	bundle     []byte // the signing keys that are in force, PEM
	bundleSig  []byte // the root's signature of bundle
	signing    *distsign.SigningKey
}

// newAuthority makes the authority of that name. Its keys follow from the name,
// so that a program built with its root stays good. They guard nothing.
func newAuthority(name string) (*authority, error) {
	rootPrivate, rootPublic := keyPair("ROOT", name)
	root, err := distsign.ParseRootKey(rootPrivate)
	if err != nil {
		return nil, err
	}
	// The bundle holds the next key beside the one that signs.
	_, next := keyPair("SIGNING", name+" next")
	private, public := keyPair("SIGNING", name)
	a := &authority{rootPublic: rootPublic, bundle: append(next, public...)}
	if a.signing, err = distsign.ParseSigningKey(private); err != nil {
		return nil, err
	}
	a.bundleSig, err = root.SignSigningKeys(a.bundle)
	return a, err
}

// sign signs a file as a release is.
func (a *authority) sign(body []byte) ([]byte, error) {
	h := distsign.NewPackageHash()
	h.Write(body)
	return a.signing.SignPackageHash(h.Sum(nil), h.Len())
}

// keyPair returns the keys that follow from a name, in distsign's PEM.
func keyPair(kind, name string) (private, public []byte) {
	seed := sha256.Sum256([]byte("tsfunnel tests: " + kind + " " + name))
	key := ed25519.NewKeyFromSeed(seed[:])
	private = pem.EncodeToMemory(&pem.Block{Type: kind + " PRIVATE KEY", Bytes: key})
	public = pem.EncodeToMemory(&pem.Block{Type: kind + " PUBLIC KEY", Bytes: key.Public().(ed25519.PublicKey)})
	return private, public
}
