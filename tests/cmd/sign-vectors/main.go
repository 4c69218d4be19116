// Command sign-vectors writes tests/unit/testdata/distsign: keys, lists of
// keys and signatures made by Tailscale's own clientupdate/distsign package
// under roots of our own. The same bytes each time.
//
//	sign-vectors DIR
//
// zip215.bin holds what only a forger would make: records of public key (32
// bytes) and signature (64) over zip215Message that Tailscale's verifier
// accepts, and a stricter one may refuse.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/pem"
	"log"
	"os"
	"path/filepath"

	"filippo.io/edwards25519"
	"github.com/hdevalence/ed25519consensus"
	"tailscale.com/clientupdate/distsign"
)

const zip215Message = "tsfunnel"

// key is an Ed25519 key that follows from its name.
func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("tsfunnel test key " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(name string) []byte { return key(name).Public().(ed25519.PublicKey) }

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

func block(kind string, data []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data})
}

func root(name string) *distsign.RootKey {
	return must(distsign.ParseRootKey(block("ROOT PRIVATE KEY", key(name))))
}

func signing(name string) *distsign.SigningKey {
	return must(distsign.ParseSigningKey(block("SIGNING PRIVATE KEY", key(name))))
}

// bundle is a distsign.pub with these keys.
func bundle(separator string, names ...string) []byte {
	var blocks [][]byte
	for _, name := range names {
		blocks = append(blocks, block("SIGNING PUBLIC KEY", public(name)))
	}
	return bytes.Join(blocks, []byte(separator))
}

// sign signs data as Tailscale's release tool does; more is added to the length.
func sign(name string, data []byte, more int64) []byte {
	h := distsign.NewPackageHash()
	h.Write(data)
	return must(signing(name).SignPackageHash(h.Sum(nil), h.Len()+more))
}

// content is what a package holds: n bytes that follow from its name.
func content(name string, n int) []byte {
	var out []byte
	for sum := sha256.Sum256([]byte(name)); len(out) < n; sum = sha256.Sum256(sum[:]) {
		out = append(out, sum[:]...)
	}
	return out[:n]
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: sign-vectors DIR")
	}
	one, two := content("package one", 1000), content("package two", 1000)
	files := map[string][]byte{
		"root-a.key":    public("root a"),
		"root-b.key":    public("root b"),
		"one.tgz":       one,
		"one.tgz.sig":   sign("signing 1", one, 0),
		"one.second":    sign("signing 2", one, 0),
		"one.stranger":  sign("stranger", one, 0),
		"one.longer":    sign("signing 1", one, 1),
		"two.tgz":       two,
		"two.tgz.sig":   sign("signing 1", two, 0),
		"one.by-root":   sign("root a", one, 0),
		"zip215.bin":    zip215(),
		"short.tgz":     one[:1],
		"short.tgz.sig": sign("signing 1", one[:1], 0),
	}
	lists := map[string][]byte{
		"distsign.pub":  bundle("", "signing 1", "signing 2"),
		"blank.pub":     bundle("\n", "signing 1", "signing 2"),
		"single.pub":    bundle("", "signing 2"),
		"strangers.pub": bundle("", "stranger"),
	}
	for name, list := range lists {
		files[name] = list
		files[name+".sig"] = must(root("root a").SignSigningKeys(list))
		files[name+".sig-b"] = must(root("root b").SignSigningKeys(list))
		files[name+".nobody"] = must(root("root nobody").SignSigningKeys(list))
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), data, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// smallOrder are all 14 encodings of the 8 points whose order divides 8, six
// of them not canonical.
func smallOrder() (all [][]byte) {
	// A point of order 8, as in RFC 8032's curve.
	generator := must(new(edwards25519.Point).SetBytes([]byte{
		0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}))
	p := edwards25519.NewIdentityPoint()
	for range 8 {
		all = append(all, p.Bytes())
		p = new(edwards25519.Point).Add(p, generator)
	}
	// y = p, p+1 and p-1, 0, 1 with either sign, as far as they are not above.
	for _, low := range []byte{0x00, 0x01, 0xec, 0xed, 0xee} {
		for _, sign := range []byte{0, 0x80} {
			y := bytes.Repeat([]byte{0}, 32)
			if low > 1 {
				y = bytes.Repeat([]byte{0xff}, 32)
				y[31] = 0x7f
			}
			y[0], y[31] = low, y[31]|sign
			known := false
			for _, a := range all {
				known = known || bytes.Equal(a, y)
			}
			if _, err := new(edwards25519.Point).SetBytes(y); err == nil && !known {
				all = append(all, y)
			}
		}
	}
	return all
}

// zip215 is every pair of such points with S = 0, and signatures of an honest
// key whose R has a part of small order.
func zip215() (out []byte) {
	add := func(public, sig []byte) {
		if !ed25519consensus.Verify(public, []byte(zip215Message), sig) {
			log.Fatalf("no vector: %x %x", public, sig)
		}
		out = append(append(out, public...), sig...)
	}
	points := smallOrder()
	for _, a := range points {
		for _, r := range points {
			add(a, append(bytes.Clone(r), make([]byte, 32)...))
		}
	}
	for _, torsion := range points[1:8] {
		add(mixedOrder(must(new(edwards25519.Point).SetBytes(torsion))))
	}
	return out
}

// mixedOrder signs with R = rB + torsion.
func mixedOrder(torsion *edwards25519.Point) (pub, sig []byte) {
	seed := sha512.Sum512(key("root a").Seed())
	a := must(edwards25519.NewScalar().SetBytesWithClamping(seed[:32]))
	r := must(edwards25519.NewScalar().SetUniformBytes(bytes.Repeat([]byte{7}, 64)))
	point := new(edwards25519.Point).ScalarBaseMult(r)
	encoded := point.Add(point, torsion).Bytes()
	sum := sha512.Sum512(bytes.Join([][]byte{encoded, public("root a"), []byte(zip215Message)}, nil))
	k := must(edwards25519.NewScalar().SetUniformBytes(sum[:]))
	s := edwards25519.NewScalar().MultiplyAdd(k, a, r)
	return public("root a"), append(encoded, s.Bytes()...)
}
