package machine

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// root opens the machine's file tree as a process in it sees it; of a machine
// that is off, its disk.
func (m *Machine) root() (*os.Root, error) {
	if m.init != 0 {
		return os.OpenRoot(fmt.Sprintf("/proc/%d/root", m.init))
	}
	return os.OpenRoot(fmt.Sprintf("/proc/%d/root%s/root", m.keeper, m.disk()))
}

func relative(path string) string { return strings.TrimPrefix(path, "/") }

// ReadFile reads a file of the machine.
func (m *Machine) ReadFile(path string) ([]byte, error) {
	r, err := m.root()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.ReadFile(relative(path))
}

// WriteFile writes a file of the machine, with the folders to it.
func (m *Machine) WriteFile(path string, data []byte, perm fs.FileMode) error {
	r, err := m.root()
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.MkdirAll(filepath.Dir(relative(path)), 0o755); err != nil {
		return err
	}
	if err := r.WriteFile(relative(path), data, perm); err != nil {
		return err
	}
	return r.Chmod(relative(path), perm) // whatever the umask
}

// CopyIn copies a program of this computer into the machine.
func (m *Machine) CopyIn(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return m.WriteFile(to, data, 0o755)
}

// Symlink makes a symbolic link in the machine.
func (m *Machine) Symlink(target, path string) error {
	r, err := m.root()
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.MkdirAll(filepath.Dir(relative(path)), 0o755); err != nil {
		return err
	}
	return r.Symlink(target, relative(path))
}

// Remove removes a file of the machine.
func (m *Machine) Remove(path string) error {
	r, err := m.root()
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Remove(relative(path))
}

// Exists reports whether path is there, be it a link to nowhere.
func (m *Machine) Exists(path string) bool {
	r, err := m.root()
	if err != nil {
		return false
	}
	defer r.Close()
	_, err = r.Lstat(relative(path))
	return err == nil
}
