package packages

import (
	"archive/tar"
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
)

// HostileVersion is the version of all hostile tarballs, which claim to be for
// amd64.
const HostileVersion = "1.102.3"

// HostileKinds returns the names of the hostile tarballs. "/hostile/KIND" is,
// on a server, the base of one that has nothing else.
func HostileKinds() []string {
	kinds := slices.AppendSeq(slices.Collect(maps.Keys(hostile)), maps.Keys(broken))
	slices.Sort(kinds)
	return kinds
}

// hostile makes from the members of a good tarball those of a bad one.
var hostile = map[string]func(good []member) []member{
	"symlink": func(m []member) []member {
		m[2] = member{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: m[2].Name, Linkname: "/bin/sh", Mode: 0o777}}
		return m
	},
	"hardlink": func(m []member) []member {
		m[2] = member{Header: tar.Header{Typeflag: tar.TypeLink, Name: m[2].Name, Linkname: m[1].Name, Mode: 0o755}}
		return m
	},
	"device": func(m []member) []member {
		m[2] = member{Header: tar.Header{Typeflag: tar.TypeChar, Name: m[2].Name, Devmajor: 1, Devminor: 3, Mode: 0o666}}
		return m
	},
	"fifo": func(m []member) []member {
		m[2] = member{Header: tar.Header{Typeflag: tar.TypeFifo, Name: m[2].Name, Mode: 0o666}}
		return m
	},
	"folder": func(m []member) []member {
		m[2] = aFolder(m[2].Name)
		return m
	},
	"dot-dot": func(m []member) []member {
		return append(m, aFile("tailscale_1.102.3_amd64/../../etc/owned", 0o644, ours))
	},
	"absolute":    func(m []member) []member { return append(m, aFile("/etc/owned", 0o644, ours)) },
	"duplicate":   func(m []member) []member { return append(m, m[1]) },
	"no-daemon":   func(m []member) []member { return slices.Delete(m, 1, 2) },
	"no-cli":      func(m []member) []member { return slices.Delete(m, 2, 3) },
	"old-version": func(m []member) []member { return renamed(m, "tailscale_1.98.0_amd64") },
	"other-arch":  func(m []member) []member { return renamed(m, "tailscale_1.102.3_arm64") },
	"two-folders": func(m []member) []member { return append(m, aFile("tailscale_1.98.0_amd64/extra", 0o644, ours)) },
	"empty":       func([]member) []member { return nil },
	"empty-daemon": func(m []member) []member {
		m[1] = aFile(m[1].Name, 0o755, nil)
		return m
	},
	"many": func(m []member) []member {
		for i := range 20000 {
			m = append(m, aFile(fmt.Sprintf("tailscale_1.102.3_amd64/systemd/%d", i), 0o644, nil))
		}
		return m
	},
	"bomb": func(m []member) []member { // 512 MiB in half of one
		m[1] = aFile(m[1].Name, 0o755, make([]byte, 512<<20))
		return m
	},
}

var ours = []byte("a tarball wrote this\n")

func renamed(list []member, top string) []member {
	for i := range list {
		_, rest, _ := bytes.Cut([]byte(list[i].Name), []byte("/"))
		list[i].Name = top + "/" + string(rest)
	}
	return list
}

// broken makes from a good tarball a file that is none.
var broken = map[string]func(good []byte) []byte{
	"no-gzip":    func([]byte) []byte { return []byte("this is no archive\n") },
	"cut-gzip":   func(good []byte) []byte { return good[:len(good)/2] },
	"empty-file": func([]byte) []byte { return []byte{0} }, // distsign signs no file of 0 bytes
}

// WriteHostile adds the hostile tarballs to the mirror in dir.
func WriteHostile(dir string) error {
	trusted, err := newAuthority(trustedName)
	if err != nil {
		return err
	}
	r := StandIn("stable", HostileVersion, "amd64")
	good, err := pack(r.members())
	if err != nil {
		return err
	}
	publish := func(kind string, body []byte) error {
		return trusted.publish(filepath.Join(dir, hostileTree, kind, r.Track, r.file()), body)
	}
	for kind, spoil := range hostile {
		body, err := pack(spoil(r.members()))
		if err != nil {
			return fmt.Errorf("hostile tarball %s: %w", kind, err)
		}
		if err := publish(kind, body); err != nil {
			return err
		}
	}
	for kind, spoil := range broken {
		if err := publish(kind, spoil(good)); err != nil {
			return err
		}
	}
	return nil
}
