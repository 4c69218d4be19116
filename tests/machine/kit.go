package machine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Kit is all that machines and worlds are made of.
type Kit struct {
	Root      string // a bare Debian
	Tailscale string // the layer over it with Tailscale's package
	World     string // the program that plays the tailnet
	Page      string // the program that serves a machine's page
	Killat    string // the program that kills another at a chosen point
	Watch     string // the program that tells what a machine's tailscaled does
	Probe     string // the program that tells what a service may do
	Refuse    string // the program that refuses parts of a sandbox
	Between   string // the program that stands between tailscaled and its clients

	progress Progress // of what is made only when a test asks for it
}

// Prepare builds what the cache lacks.
func Prepare(p Progress) (*Kit, error) {
	if err := able(); err != nil {
		return nil, err
	}
	if err := sweep(); err != nil {
		return nil, err
	}
	kit := &Kit{progress: p}
	var err error
	if kit.Root, err = Root(p); err != nil {
		return nil, err
	}
	if kit.Tailscale, err = Tailscale(p); err != nil {
		return nil, err
	}
	return kit, p.Step("build the tailnet and the page server", kit.build)
}

// able tells what this computer lacks to run machines at all.
func able() error {
	if os.Geteuid() != 0 {
		return errors.New("machines need root: run this as root")
	}
	for _, tool := range []string{"systemd-nspawn", "debootstrap", "unshare", "nsenter", "mount", "apt-get"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("machines need %s: %w", tool, err)
		}
	}
	return nil
}

// build makes the programs. They are not kept by content: the go command
// itself knows whether they are up to date.
func (k *Kit) build() error {
	mod, err := goTool("env", "GOMOD")
	if err != nil {
		return err
	}
	top := filepath.Dir(strings.TrimSpace(mod))
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	unlock, err := lock(filepath.Join(cache, "tools.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	dir := filepath.Join(cache, "tools-"+digest(top))
	args := []string{"build", "-C", top, "-o", dir + "/"}
	for name, path := range map[string]*string{
		"world": &k.World, "page": &k.Page, "killat": &k.Killat, "watch": &k.Watch, "probe": &k.Probe, "refuse": &k.Refuse,
		"between": &k.Between,
	} {
		*path = filepath.Join(dir, name)
		args = append(args, "./cmd/"+name)
	}
	_, err = goTool(args...)
	return err
}
