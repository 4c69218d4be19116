package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tailscale.com/clientupdate/distsign"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
)

// forged are faults that make a package one that is not as it was signed, or
// that nobody who is trusted has signed.
var forged = []string{
	"flip=0", "flip=200", "flip=0,on=sig", "flip=63,on=sig", "flip=40,on=pub", "flip=0,on=pub.sig",
	"shorten=1", "shorten=1,on=sig", "shorten=1,on=pub", "shorten=1,on=pub.sig",
	"extend=1", "extend=1,on=sig", "extend=1,on=pub", "extend=1,on=pub.sig",
	"stranger,on=sig", "stranger,on=pub", "stranger,on=pub.sig", "stranger,on=pub+stranger,on=pub.sig",
	"version=" + packages.Oldest, "version=" + packages.Oldest + ",on=sig", "arch=arm64", "arch=arm64,on=sig",
	"version=" + packages.Oldest + ",on=any", "empty,on=sig", "empty,on=pub", "empty,on=pub.sig",
}

// TestForged: 65 for each forged twin, and nothing placed.
func TestForged(t *testing.T) {
	d := newDepot(t)
	for _, twin := range forged {
		twin = strings.Replace(twin, "arch=arm64", "arch=amd64", 1)
		if res, files := d.fetchSmall("/fault/" + twin); res.Code != exitData || len(files) > 0 || strings.TrimSpace(res.Stderr) == "" {
			t.Errorf("%s: %d files: %v", twin, len(files), res)
		}
	}
}

// A chain is all of a release that is signed or signs: the package, its
// signature, the signing keys, and their signature.
type chain [4][]byte

const (
	aPackage = iota
	itsSignature
	theKeys
	theirSignature
)

var chainFiles = [...]string{smallPackage, smallPackage + ".sig", "distsign.pub", "distsign.pub.sig"}

// chain returns the genuine one of a release.
func (d *depot) chain(version, arch string) chain {
	d.t.Helper()
	file := "main/stable/tailscale_" + version + "_" + arch + ".tgz"
	return chain{d.stored(file), d.stored(file + ".sig"), d.stored("distsign.pub"), d.stored("distsign.pub.sig")}
}

// with returns c with another part.
func (c chain) with(part int, body []byte) chain {
	c[part] = body
	return c
}

// slips are what may happen to any part.
var slips = map[string]func(b []byte) []byte{
	"first bit flipped":  func(b []byte) []byte { b[0] ^= 1; return b },
	"middle bit flipped": func(b []byte) []byte { b[len(b)/2] ^= 16; return b },
	"last bit flipped":   func(b []byte) []byte { b[len(b)-1] ^= 128; return b },
	"a byte short":       func(b []byte) []byte { return b[:len(b)-1] },
	"half of it":         func(b []byte) []byte { return b[:len(b)/2] },
	"none of it":         func([]byte) []byte { return nil },
	"a zero more":        func(b []byte) []byte { return append(b, 0) },
	"a line end more":    func(b []byte) []byte { return append(b, '\n') },
	"twice":              func(b []byte) []byte { return append(b, b...) },
}

// twins returns chains that are almost the genuine one.
func (d *depot) twins() map[string]chain {
	good := d.chain(packages.Latest, "arm64")
	list := map[string]chain{}
	for part, file := range chainFiles {
		for name, slip := range slips {
			list[file+": "+name] = good.with(part, slip(bytes.Clone(good[part])))
		}
	}
	old, other := d.chain(packages.Oldest, "arm64"), d.chain(packages.Latest, "amd64")
	strangers := chain{
		good[aPackage], d.stored("stranger/stable/" + smallPackage + ".sig"),
		d.stored("stranger/distsign.pub"), d.stored("stranger/distsign.pub.sig"),
	}
	private, _, err := distsign.GenerateRootKey()
	must1(d.t, private, err)
	nobody, err := distsign.ParseRootKey(private)
	must1(d.t, nobody, err)
	byNobody, err := nobody.SignSigningKeys(good[theKeys])
	must1(d.t, byNobody, err)
	for name, twin := range map[string]chain{
		"package of another version":                 good.with(aPackage, old[aPackage]),
		"signature of another version":               good.with(itsSignature, old[itsSignature]),
		"another version, signed":                    old,
		"package of another architecture":            good.with(aPackage, other[aPackage]),
		"signature of another architecture":          good.with(itsSignature, other[itsSignature]),
		"another architecture, signed":               other,
		"signed by a stranger's key":                 good.with(itsSignature, strangers[itsSignature]),
		"signed by the keys' signature":              good.with(itsSignature, good[theirSignature]),
		"a stranger's keys":                          good.with(theKeys, strangers[theKeys]),
		"a stranger's keys, which signed it":         strangers.with(theirSignature, good[theirSignature]),
		"a stranger's keys before ours":              good.with(theKeys, append(bytes.Clone(strangers[theKeys]), good[theKeys]...)),
		"a stranger's keys behind ours":              good.with(theKeys, append(bytes.Clone(good[theKeys]), strangers[theKeys]...)),
		"keys signed by a stranger's root":           good.with(theirSignature, strangers[theirSignature]),
		"keys signed by nobody":                      good.with(theirSignature, byNobody),
		"keys signed with zeros":                     good.with(theirSignature, make([]byte, 64)),
		"keys signed by the package's signature":     good.with(theirSignature, good[itsSignature]),
		"all of a stranger":                          strangers,
		"a stranger's keys, signed by nobody":        strangers.with(theirSignature, byNobody),
		"signature and the keys' signature, swapped": {good[0], good[3], good[2], good[1]},
	} {
		list[name] = twin
	}
	return list
}

// shelf serves chains below paths of any name: /NAME/sum with the checksum that
// fits, /NAME/bare without one, so that the signatures alone decide.
func (d *depot) shelf(find func(name string) (chain, bool)) (base string) {
	d.t.Helper()
	return d.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		field := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 3)
		if len(field) == 3 {
			if c, found := find(field[0]); found {
				file := strings.TrimPrefix(field[2], "stable/")
				for part, name := range chainFiles {
					if name == file {
						w.Header().Set("Content-Length", strconv.Itoa(len(c[part])))
						w.Write(c[part])
						return
					}
				}
				if field[1] == "sum" && file == smallPackage+".sha256" {
					sum := sha256.Sum256(c[aPackage])
					w.Write([]byte(hex.EncodeToString(sum[:])))
					return
				}
			}
		}
		http.NotFound(w, r)
	}))
}

// carry runs the program over a chain on disk.
func (d *depot) carry(c chain) (machine.Result, map[string][]byte) {
	d.t.Helper()
	dir, err := os.MkdirTemp(d.t.TempDir(), "")
	must1(d.t, dir, err)
	defer os.RemoveAll(dir)
	for part, name := range chainFiles {
		err := os.WriteFile(filepath.Join(dir, name), c[part], 0o644)
		must1(d.t, name, err)
	}
	return d.run("--arch", "arm64", "--package", filepath.Join(dir, smallPackage))
}

// ways are those that a chain may come.
func (d *depot) ways(shelf string) map[string]func(name string, c chain) (machine.Result, map[string][]byte) {
	from := func(way string) func(string, chain) (machine.Result, map[string][]byte) {
		return func(name string, _ chain) (machine.Result, map[string][]byte) {
			return d.fetch(shelf+"/"+name+way, "--arch", "arm64", "--version", packages.Latest)
		}
	}
	return map[string]func(string, chain) (machine.Result, map[string][]byte){
		"with a checksum": from("/sum"), "without a checksum": from("/bare"),
		"carried": func(_ string, c chain) (machine.Result, map[string][]byte) { return d.carry(c) },
	}
}

// refusal is what a chain is refused with whose signatures are not good.
var refusal = regexp.MustCompile(`cannot trust ` + smallPackage + `: (its signature is not by Tailscale's signing key|it is empty)|` +
	`cannot trust distsign.pub: no root key signed it|it has [0-9]+ bytes, not 64|larger than 65 bytes`)

// TestTwins: of all that is almost a signed release nothing is accepted, from a
// server or from disk, and what is signed is.
func TestTwins(t *testing.T) {
	d := newDepot(t)
	twins := d.twins()
	names := map[string]chain{"genuine": d.chain(packages.Latest, "arm64")}
	title := map[string]string{}
	for name, twin := range twins {
		key := fmt.Sprint("twin", len(title))
		names[key], title[key] = twin, name
	}
	shelf := d.shelf(func(name string) (chain, bool) { c, ok := names[name]; return c, ok })
	for way, get := range d.ways(shelf) {
		if res, files := get("genuine", names["genuine"]); res.Code != exitDone || !bytes.Equal(files[smallPackage], d.small) {
			t.Fatalf("%s: the genuine one: %v", way, res)
		}
		for key, name := range title {
			res, files := get(key, names[key])
			if res.Code != exitData || len(files) > 0 {
				t.Errorf("%s, %s: want exit %d: %d files: %v", name, way, exitData, len(files), res)
			}
			if inside := strings.HasSuffix(name, ", signed"); inside && !strings.Contains(res.Stderr, "lies outside of") ||
				!inside && !refusal.MatchString(res.Stderr) {
				t.Errorf("%s, %s: refused for something else: %v", name, way, res)
			}
		}
	}
}

// rounds is how many random changes each thing goes through.
func rounds() int {
	if testing.Short() {
		return 50
	}
	return 1000
}

// seed is what random changes begin with; TSFUNNEL_SEED chooses others.
func seed(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("TSFUNNEL_SEED"))
	if err != nil {
		n = 1
	}
	t.Logf("TSFUNNEL_SEED=%d", n)
	return n
}

// each calls f with the numbers below n, some at a time.
func each(n, atOnce int, f func(i int)) {
	queue := make(chan int)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for i := range queue {
				f(i)
			}
		})
	}
	for i := range n {
		queue <- i
	}
	close(queue)
	workers.Wait()
}

// TestMutatedChains: of a thousand random changes of each signed thing none is
// accepted; half of them come from a server, half from disk.
func TestMutatedChains(t *testing.T) {
	d := newDepot(t)
	first, good := seed(t), d.chain(packages.Latest, "arm64")
	mutant := func(part, i int) chain {
		return good.with(part, packages.Mutate(good[part], uint64(first+i)))
	}
	shelf := d.shelf(func(name string) (chain, bool) {
		part, i, found := strings.Cut(name, "-")
		p, err := strconv.Atoi(part)
		n, err2 := strconv.Atoi(i)
		if !found || err != nil || err2 != nil {
			return chain{}, false
		}
		return mutant(p, n), true
	})
	ways := d.ways(shelf)
	for part, file := range chainFiles {
		each(rounds(), 4, func(i int) {
			way := []string{"without a checksum", "carried", "with a checksum", "carried"}[i%4]
			res, files := ways[way](fmt.Sprintf("%d-%d", part, i), mutant(part, i))
			if res.Code != exitData || len(files) > 0 || !refusal.MatchString(res.Stderr) {
				t.Errorf("%s, change %d, %s: %d files: %v", file, first+i, way, len(files), res)
			}
		})
	}
}

// changed fetches with a fault of the server's that changes what nobody signs:
// the same bytes come, or none.
func (d *depot) changed(fault string) (accepted bool) {
	d.t.Helper()
	res, files := d.fetch(d.Base+"/fault/"+fault, "--arch", "arm64", "--timeout", "20")
	if res.Code == exitDone && !bytes.Equal(files[smallPackage], d.small) ||
		res.Code != exitDone && len(files) > 0 || res.Code > 128 {
		d.t.Errorf("%s: %d files: %v", fault, len(files), res)
	}
	return res.Code == exitDone
}

// TestMutatedUnsigned: of a thousand random changes of what is not signed each
// one is refused or makes no difference.
func TestMutatedUnsigned(t *testing.T) {
	d := newDepot(t)
	first := seed(t)
	for _, on := range []string{"index", "sha256"} {
		each(rounds(), 4, func(i int) { d.changed(fmt.Sprintf("mutate=%d,on=%s", first+i, on)) })
	}
}

// TestMutatedHeads: likewise the heads of answers and redirects, once each: what
// is tried again then comes as it should.
func TestMutatedHeads(t *testing.T) {
	d := newDepot(t)
	first := seed(t)
	places := []string{
		"index", "pub", "pub.sig", "tgz,host=pkgs", "tgz,host=dl", "sig,host=pkgs", "sig,host=dl",
		"sha256,host=pkgs", "sha256,host=dl",
	}
	var mu sync.Mutex
	accepted := 0
	// Most of the time is spent in pauses before another try.
	each(rounds(), 32, func(i int) {
		if d.changed(fmt.Sprintf("head=%d,times=1,on=%s", first+i, places[i%len(places)])) {
			mu.Lock()
			defer mu.Unlock()
			accepted++
		}
	})
	t.Logf("%d of %d made no difference", accepted, rounds())
	if accepted == 0 || accepted == rounds() {
		t.Error("that cannot be")
	}
}
