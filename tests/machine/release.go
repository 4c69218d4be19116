package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tsfunnel.test/packages"
)

// mirrorRecipe changes when the way a mirror is made does.
const mirrorRecipe = "mirror 2"

// otherVersions are stamps on the same sources as the pinned version, for what
// is older and newer.
var otherVersions = []string{"1.100.0", "1.104.0"}

// Mirror returns a folder for a package server: the pinned Tailscale, and the
// same with the stamp of an older and of a newer version, packed as releases
// for this architecture; stand-ins for another one; hostile tarballs. layer is
// what Tailscale returned.
func Mirror(p Progress, layer string) (string, error) {
	version, source, err := pinned()
	if err != nil {
		return "", err
	}
	if version != packages.Latest {
		return "", fmt.Errorf("tailscale.com is %s: packages.Latest must be, too", version)
	}
	id := digest(mirrorRecipe, filepath.Base(layer), strings.Join(otherVersions, " "))
	return cached("mirror", id, func(dir string) error {
		return p.Step("pack Tailscale's releases", func() error { return fillMirror(dir, layer, source) })
	})
}

func fillMirror(dir, layer, source string) error {
	release := packages.Release{Track: "stable", Version: packages.Latest, Arch: "amd64", Systemd: map[string][]byte{}}
	for _, name := range []string{
		"tailscaled.service", "tailscaled.defaults", "tailscale-online.target", "tailscale-wait-online.service",
	} {
		text, err := os.ReadFile(filepath.Join(source, "cmd/tailscaled", name))
		if err != nil {
			return err
		}
		release.Systemd[name] = text
	}
	if err := programs(&release, layer); err != nil {
		return err
	}
	list := []packages.Release{release, packages.StandIn("stable", packages.Latest, "arm64")}
	for _, version := range otherVersions {
		draft := filepath.Join(dir, "build")
		if err := buildTailscale(draft, stamp(version)); err != nil {
			return err
		}
		other := release
		other.Version = version
		if err := programs(&other, draft); err != nil {
			return err
		}
		if err := os.RemoveAll(draft); err != nil {
			return err
		}
		list = append(list, other, packages.StandIn("stable", version, "arm64"))
	}
	list = append(list,
		packages.StandIn("unstable", "1.105.7", "amd64"), packages.StandIn("unstable", "1.105.7", "arm64"),
		packages.StandIn("release-candidate", "1.104.0", "arm64"),
		stillborn(release))
	if err := packages.WriteMirror(dir, list...); err != nil {
		return err
	}
	return packages.WriteHostile(dir)
}

// stillborn is a release, as good as any to those who verify it, whose
// tailscaled does not come up.
func stillborn(like packages.Release) packages.Release {
	like.Track, like.Version = "unstable", packages.Stillborn
	like.Tailscale = []byte("#!/bin/sh\necho " + packages.Stillborn + "\n")
	like.Tailscaled = []byte("#!/bin/sh\nexit 1\n")
	return like
}

// programs reads the programs from where a root has them.
func programs(r *packages.Release, root string) (err error) {
	if r.Tailscale, err = os.ReadFile(filepath.Join(root, "usr/bin/tailscale")); err != nil {
		return err
	}
	r.Tailscaled, err = os.ReadFile(filepath.Join(root, "usr/sbin/tailscaled"))
	return err
}
