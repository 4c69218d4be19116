package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockTimeout bounds the wait for another process that builds the same thing.
const lockTimeout = 15 * time.Minute

// Progress is where long steps are told: a line when one begins and its
// seconds when it ends.
type Progress struct {
	W    io.Writer
	Mark string // at the start of each line
}

// Step runs f as the step called name.
func (p Progress) Step(name string, f func() error) error {
	fmt.Fprintf(p.W, "%s%s ...\n", p.Mark, name)
	start := time.Now()
	err := f()
	verdict := "done"
	if err != nil {
		verdict = "FAILED"
	}
	fmt.Fprintf(p.W, "%s%s: %s, %.1f s\n", p.Mark, name, verdict, time.Since(start).Seconds())
	return err
}

// cacheDir returns the folder for what is worth keeping between runs.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(base, "tsfunnel")
	return dir, os.MkdirAll(dir, 0o755)
}

// digest names content by the recipe that makes it.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s\n", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// cached returns the folder kind-digest of the cache and lets build fill it
// first if it is not there. A build that fails or is killed leaves nothing
// that would be taken for a result.
func cached(kind, digest string, build func(dir string) error) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(cache, kind+".lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	dir := filepath.Join(cache, kind+"-"+digest)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	draft := dir + ".draft"
	if err := os.RemoveAll(draft); err != nil {
		return "", err
	}
	if err := os.Mkdir(draft, 0o755); err != nil {
		return "", err
	}
	if err := build(draft); err != nil {
		return "", err
	}
	return dir, os.Rename(draft, dir)
}

// lock takes the lock file at path, which lasts no longer than this process.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(lockTimeout); ; time.Sleep(100 * time.Millisecond) {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
			return func() { f.Close() }, nil
		}
		if time.Now().After(end) {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
	}
}
