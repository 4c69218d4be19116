package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tsfunnel.test/packages"
)

// mirrorRecipe changes when the way a mirror is made does.
const mirrorRecipe = "mirror 4"

// newer is a stamp on the same sources as the pinned version.
const newer = "1.104.0"

// Mirror returns a folder for a package server: the pinned Tailscale, an older
// one, and the pinned one with the stamp of a newer version, packed as releases
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
	elder, err := Elder(p, packages.Oldest)
	if err != nil {
		return "", err
	}
	id := digest(mirrorRecipe, filepath.Base(layer), filepath.Base(elder), newer)
	return cached("mirror", id, func(dir string) error {
		return p.Step("pack Tailscale's releases", func() error { return fillMirror(dir, layer, source, elder) })
	})
}

// fillMirror packs the programs in layer, which come from source, and those in
// elder.
func fillMirror(dir, layer, source, elder string) error {
	elderSource, err := elderSource(packages.Oldest)
	if err != nil {
		return err
	}
	draft := filepath.Join(dir, "build")
	if err := buildTailscale(draft, ".", stamp(newer)); err != nil {
		return err
	}
	var list []packages.Release
	for _, r := range []struct{ version, root, source string }{
		{packages.Latest, layer, source}, {packages.Oldest, elder, elderSource}, {newer, draft, source},
	} {
		real, err := release(r.version, r.root, r.source)
		if err != nil {
			return err
		}
		other := packages.StandIn("stable", r.version, "arm64")
		other.Systemd = real.Systemd // so that it can be placed
		list = append(list, real, other)
	}
	if err := os.RemoveAll(draft); err != nil {
		return err
	}
	list = append(list,
		packages.StandIn("unstable", "1.105.7", "amd64"), packages.StandIn("unstable", "1.105.7", "arm64"),
		packages.StandIn("release-candidate", "1.104.0", "arm64"),
		stillborn(list[0]))
	if err := packages.WriteMirror(dir, list...); err != nil {
		return err
	}
	return packages.WriteHostile(dir)
}

// release packs the programs in root with what else their source has for one.
func release(version, root, source string) (packages.Release, error) {
	r := packages.Release{Track: "stable", Version: version, Arch: "amd64", Systemd: map[string][]byte{}}
	for _, name := range packages.SystemdFiles {
		text, err := os.ReadFile(filepath.Join(source, "cmd/tailscaled", name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // the last two came with 1.98
		}
		if err != nil {
			return r, err
		}
		r.Systemd[name] = text
	}
	return r, programs(&r, root)
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
