package packages

import (
	"encoding/json"
	"path/filepath"
	"regexp"

	"tailscale.com/util/cmpver"
)

// index is what the server answers to /TRACK/?mode=json, named and ordered as
// production's. Only Tarballs and TarballsVersion are for Linux.
type index struct {
	Version         string
	Tarballs        map[string]string
	TarballsVersion string
	Exes            []string
	ExesVersion     string
	MSIs            map[string]string
	MSIsVersion     string
	MacZips         map[string]string
	MacZipsVersion  string
	SPKs            map[string]map[string]string
	SPKsVersion     string
}

var tarball = regexp.MustCompile(`^tailscale_([^_]+)_([^_]+)\.tgz$`)

// indexOf describes the folder of a track. The version is the latest that is
// not above the given one, if there is one.
func indexOf(dir, atMost string) ([]byte, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil {
		return nil, err
	}
	latest := ""
	for _, name := range names {
		m := tarball.FindStringSubmatch(filepath.Base(name))
		if m != nil && cmpver.Compare(m[1], latest) > 0 && (atMost == "" || cmpver.Compare(m[1], atMost) <= 0) {
			latest = m[1]
		}
	}
	in := index{
		Version: latest, TarballsVersion: latest, ExesVersion: latest, MSIsVersion: latest, MacZipsVersion: latest,
		Tarballs: map[string]string{}, Exes: []string{}, MSIs: map[string]string{}, MacZips: map[string]string{},
		SPKs: map[string]map[string]string{},
	}
	for _, name := range names {
		m := tarball.FindStringSubmatch(filepath.Base(name))
		if m != nil && m[1] == latest {
			in.Tarballs[m[2]] = filepath.Base(name)
		}
	}
	text, err := json.MarshalIndent(in, "", "  ")
	return append(text, '\n'), err
}
