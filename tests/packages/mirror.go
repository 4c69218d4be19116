package packages

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// A mirror is a folder with what a server serves:
//
//	root.pem                  the public root key
//	distsign.pub{,.sig}       signing keys
//	main/TRACK/FILE{,.sig,.sha256}
//	hostile/KIND/TRACK/...    tarballs that are signed well and mean ill
//	stranger/...              distsign.pub and signatures of keys that nobody trusts
const (
	mainTree     = "main"
	hostileTree  = "hostile"
	strangerTree = "stranger"

	trustedName = "trusted"
)

// WriteMirror fills the folder dir with a mirror that has the releases.
func WriteMirror(dir string, releases ...Release) error {
	trusted, err := newAuthority(trustedName)
	if err != nil {
		return err
	}
	stranger, err := newAuthority(strangerTree)
	if err != nil {
		return err
	}
	for path, body := range map[string][]byte{
		RootFile:                        trusted.rootPublic,
		keyFile:                         trusted.bundle,
		keySigFile:                      trusted.bundleSig,
		strangerTree + "/" + RootFile:   stranger.rootPublic,
		strangerTree + "/" + keyFile:    stranger.bundle,
		strangerTree + "/" + keySigFile: stranger.bundleSig,
	} {
		if err := write(filepath.Join(dir, path), body); err != nil {
			return err
		}
	}
	for _, r := range releases {
		body, err := pack(r.members())
		if err != nil {
			return err
		}
		if err := trusted.publish(filepath.Join(dir, mainTree, r.Track, r.file()), body); err != nil {
			return err
		}
		sig, err := stranger.sign(body)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(dir, strangerTree, r.Track, r.file()+".sig"), sig); err != nil {
			return err
		}
	}
	return nil
}

// publish writes a file and what belongs to it.
func (a *authority) publish(path string, body []byte) error {
	sig, err := a.sign(body)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	for suffix, content := range map[string][]byte{
		"": body, ".sig": sig, ".sha256": []byte(hex.EncodeToString(sum[:])),
	} {
		if err := write(path+suffix, content); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o644)
}

// Latest is the version that the index of the stable track names, also where a
// newer one is there for those who ask for it.
const Latest = "1.102.3"

// Oldest is the version of the oldest release.
const Oldest = "1.80.3"

// LatestUnstable is the same of the unstable track.
const LatestUnstable = "1.105.7"

// Stillborn is the version of a release whose tailscaled does not come up.
const Stillborn = "1.105.9"
