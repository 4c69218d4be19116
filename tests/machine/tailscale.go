package machine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// defaults is /etc/default/tailscaled. Without a tun device of its own the
// machine's tailscaled does its networking in user space.
const defaults = `PORT="41641"
FLAGS="--tun=userspace-networking"
`

// Tailscale returns a root layer that holds what Debian's package of Tailscale
// installs, built from Tailscale's own module as go.sum pins it. The service
// is there, neither enabled nor started.
func Tailscale(p Progress) (string, error) {
	version, dir, err := pinned()
	if err != nil {
		return "", err
	}
	sums, err := moduleFile("go.sum")
	if err != nil {
		return "", err
	}
	flags := stamp(version)
	id := digest("v"+version, string(sums), strings.Join(flags, " "), defaults)
	return cached("tailscale", id, func(root string) error {
		return p.Step("build tailscale "+version, func() error { return layTailscale(root, ".", dir, flags) })
	})
}

// programs returns the layer with the programs alone, for machines whose init
// system has no service of the package.
func (k *Kit) programs() (string, error) {
	return cached("programs", digest(filepath.Base(k.Tailscale)), func(root string) error {
		for _, path := range []string{"usr/bin/tailscale", "usr/sbin/tailscaled"} {
			to := filepath.Join(root, path)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return err
			}
			if err := os.Link(filepath.Join(k.Tailscale, path), to); err != nil {
				return err
			}
		}
		return nil
	})
}

// pinned returns the version of Tailscale's module and the folder of its
// sources.
func pinned() (version, dir string, err error) {
	out, err := goTool("list", "-m", "-f", "{{.Version}}\n{{.Dir}}", "tailscale.com")
	if err != nil {
		return "", "", err
	}
	version, dir, _ = strings.Cut(strings.TrimSpace(out), "\n")
	return strings.TrimPrefix(version, "v"), dir, nil
}

// stamp returns the flags of a build that calls itself version.
func stamp(version string) []string {
	return []string{"-trimpath", "-ldflags", fmt.Sprintf(
		"-s -w -X tailscale.com/version.longStamp=%s -X tailscale.com/version.shortStamp=%s", version, version)}
}

// layTailscale fills root: the programs as the module in folder in pins them,
// the rest from Tailscale's sources in dir.
func layTailscale(root, in, dir string, flags []string) error {
	unit, err := os.ReadFile(filepath.Join(dir, "cmd/tailscaled/tailscaled.service"))
	if err != nil {
		return err
	}
	for path, text := range map[string]string{
		"usr/lib/systemd/system/tailscaled.service": string(unit),
		"etc/default/tailscaled":                    defaults,
	} {
		file := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return buildTailscale(root, in, flags)
}

// buildTailscale builds the two programs, of the version that the module in
// folder in pins, to where the package has them.
func buildTailscale(root, in string, flags []string) error {
	for path, pkg := range map[string]string{
		"usr/bin/tailscale":   "tailscale.com/cmd/tailscale",
		"usr/sbin/tailscaled": "tailscale.com/cmd/tailscaled",
	} {
		args := append([]string{"build", "-C", in, "-o", filepath.Join(root, path)}, flags...)
		if _, err := goTool(append(args, pkg)...); err != nil {
			return err
		}
	}
	return nil
}

// goTool runs the go command in this module, free of C.
func goTool(args ...string) (string, error) {
	name := os.Getenv("GO")
	if name == "" {
		name = "go"
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, lastLines(stderr.String(), 15))
	}
	return string(out), nil
}

// moduleFile reads a file at the top of this module.
func moduleFile(name string) ([]byte, error) {
	mod, err := goTool("env", "GOMOD")
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(filepath.Dir(strings.TrimSpace(mod)), name))
}
