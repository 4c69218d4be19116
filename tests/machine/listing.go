package machine

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// Listing tells, for every path that differs from the root image, what is
// there.
type Listing map[string]Entry

// Entry is one path of a Listing.
type Entry struct {
	What  string // kind, mode, owner and content
	Mtime int64  // in ns
	Image bool   // the image has the same: a copy that the overlay made
}

// Listing lists what this machine's disk has beyond the image: exactly what
// was changed on it. Paths below the given ones are left out.
func (m *Machine) Listing(except ...string) (Listing, error) {
	r, err := os.OpenRoot(fmt.Sprintf("/proc/%d/root%s/upper", m.keeper, m.disk()))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	list := Listing{}
	err = fs.WalkDir(r.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		full := path.Join("/", name)
		if covered(full, except) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		e, err := entry(r, name)
		e.Image = m.inImage(name, e.What)
		list[full] = e
		return err
	})
	return list, err
}

// inImage reports whether the image has the same at name.
func (m *Machine) inImage(name, what string) bool {
	for layer := range strings.SplitSeq(m.lower, ":") {
		r, err := os.OpenRoot(layer)
		if err != nil {
			return false
		}
		e, err := entry(r, name)
		r.Close()
		if err == nil {
			return e.What == what
		}
	}
	return false
}

func covered(p string, except []string) bool {
	return slices.ContainsFunc(except, func(e string) bool { return p == e || strings.HasPrefix(p, e+"/") })
}

func entry(r *os.Root, name string) (Entry, error) {
	info, err := r.Lstat(name)
	if err != nil {
		return Entry{}, err
	}
	sys := info.Sys().(*syscall.Stat_t)
	e := Entry{What: fmt.Sprintf("%v %d:%d", info.Mode(), sys.Uid, sys.Gid), Mtime: info.ModTime().UnixNano()}
	switch {
	case info.Mode().IsRegular():
		f, err := r.Open(name)
		if err != nil {
			return e, err
		}
		defer f.Close()
		sum := sha256.New()
		if _, err := io.Copy(sum, f); err != nil {
			return e, err
		}
		e.What += fmt.Sprintf(" %x", sum.Sum(nil)[:8])
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := r.Readlink(name)
		if err != nil {
			return e, err
		}
		e.What += " -> " + target
	}
	return e, nil
}

// Compare returns a line for each path that is new, gone or other in b, with
// mtimes also for one that was only touched.
func (a Listing) Compare(b Listing, mtimes bool) []string {
	var lines []string
	for _, p := range slices.Sorted(maps.Keys(a)) {
		if _, ok := b[p]; !ok && !a[p].Image {
			lines = append(lines, "gone: "+p)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(b)) {
		was, ok := a[p]
		is := b[p]
		switch {
		case !ok && (mtimes || !is.Image):
			lines = append(lines, "new: "+p+" "+is.What)
		case ok && was.What != is.What:
			lines = append(lines, "other: "+p+" "+was.What+" => "+is.What)
		case ok && mtimes && was.Mtime != is.Mtime:
			lines = append(lines, "touched: "+p)
		}
	}
	return lines
}
