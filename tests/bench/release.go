package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
)

// release packs Tailscale as it is released, which is with its symbols, into a
// mirror in dir.
func release(p machine.Progress, dir string) error {
	source, err := goTool("list", "-m", "-f", "{{.Dir}}", "tailscale.com")
	if err != nil {
		return err
	}
	r := packages.Release{Track: "stable", Version: packages.Latest, Arch: runtime.GOARCH, Systemd: map[string][]byte{}}
	for _, name := range []string{"tailscaled.service", "tailscaled.defaults"} {
		if r.Systemd[name], err = os.ReadFile(filepath.Join(source, "cmd/tailscaled", name)); err != nil {
			return err
		}
	}
	return p.Step("build and pack Tailscale with symbols", func() error {
		stamp := "-X tailscale.com/version.longStamp=" + r.Version + " -X tailscale.com/version.shortStamp=" + r.Version
		programs := filepath.Join(dir, "programs")
		if _, err := goTool("build", "-trimpath", "-ldflags", stamp, "-o", programs+"/",
			"tailscale.com/cmd/tailscale", "tailscale.com/cmd/tailscaled"); err != nil {
			return err
		}
		if r.Tailscale, err = os.ReadFile(filepath.Join(programs, "tailscale")); err != nil {
			return err
		}
		if r.Tailscaled, err = os.ReadFile(filepath.Join(programs, "tailscaled")); err != nil {
			return err
		}
		if err := os.RemoveAll(programs); err != nil {
			return err
		}
		return packages.WriteMirror(dir, r)
	})
}

// tarball is the file of the release.
var tarball = "tailscale_" + packages.Latest + "_" + runtime.GOARCH + ".tgz"

// goTool runs the go command in this module, free of C.
func goTool(args ...string) (string, error) {
	cmd := exec.Command(cmp.Or(os.Getenv("GO"), "go"), args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}
