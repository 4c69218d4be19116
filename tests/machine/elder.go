package machine

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"tsfunnel.test/packages"
)

// Between is a version between the oldest that is tried and the pinned one.
const Between = "1.90.9"

// elders are the sums of their sources, as a go.sum has them. A source brings
// the sums of all that it is built from in a go.sum of its own.
var elders = map[string]string{
	packages.Oldest: "h1:uGLWZdl61YbhvhoU6qdnHPF7zuuqGGRaTfbECur035Y=",
	Between:         "h1:foPasfgXCey5TGEFNeJbm2YeoyCYcrsg0TEHFrPhckA=",
}

// Elder returns a layer like that of Tailscale, of a version before the pinned
// one.
func Elder(p Progress, version string) (string, error) {
	flags := stamp(version)
	id := digest("v"+version, elders[version], strings.Join(flags, " "), defaults)
	return cached("tailscale", id, func(root string) error {
		return p.Step("build tailscale "+version, func() error {
			dir, err := elderSource(version)
			if err != nil {
				return err
			}
			return layTailscale(root, dir, dir, flags)
		})
	})
}

// elderSource returns the folder of an older version's sources.
func elderSource(version string) (string, error) {
	// In a module, even in this one, go would mind what that one needs.
	empty, err := os.MkdirTemp("", "")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(empty)
	out, err := goTool("mod", "download", "-C", empty, "-json", "tailscale.com@v"+version)
	if err != nil {
		return "", err
	}
	var module struct{ Dir, Sum string }
	if err := json.Unmarshal([]byte(out), &module); err != nil {
		return "", err
	}
	if module.Sum != elders[version] {
		return "", fmt.Errorf("tailscale.com %s has the sum %s, not %s", version, module.Sum, elders[version])
	}
	return module.Dir, nil
}
