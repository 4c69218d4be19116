package machine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"tsfunnel.test/packages"
)

// Program builds, at path, a tsfunnel that trusts the keys of mirror instead of
// Tailscale's.
func Program(p Progress, mirror, path string) error {
	mod, err := goTool("env", "GOMOD")
	if err != nil {
		return err
	}
	build := filepath.Join(filepath.Dir(strings.TrimSpace(mod)), "..", "build.sh")
	return p.Step("build a tsfunnel that trusts the tests' keys", func() error {
		// Not one that an older build left.
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return err
		}
		cmd := exec.Command(build, "build", "--roots", filepath.Join(mirror, packages.RootFile), "--output", path)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build.sh: %w\n%s", err, lastLines(string(out), 15))
		}
		_, err := os.Stat(path)
		return err
	})
}
