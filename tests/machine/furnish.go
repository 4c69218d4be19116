package machine

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"tsfunnel.test/world"
)

// Page is a local server of a machine. It runs as a service, so it is there
// again after a reboot.
type Page struct {
	Token  string   // tells its answers from any others
	Listen []string // "host:port" or "unix:/path"
}

const (
	pageProgram = "/usr/local/lib/page"
	rootsFile   = "/etc/tailnet/ca.pem"
	wants       = "/etc/systemd/system/multi-user.target.wants/"
)

// furnish writes to the disk of a machine that is off what makes it one of w.
func (m *Machine) furnish(kit *Kit, w *world.World, o Options) error {
	id := make([]byte, 16)
	rand.Read(id)
	roots, err := os.ReadFile(w.CAFile)
	if err != nil {
		return err
	}
	files := map[string]string{
		// Without it systemd takes the boot for the first one and enables
		// every service there is.
		"/etc/machine-id": hex.EncodeToString(id) + "\n",
		"/etc/hostname":   m.Host + "\n",
		rootsFile:         string(roots),
		"/etc/systemd/system.conf.d/tailnet.conf": environment(w),
	}
	for i, p := range o.Pages {
		unit := fmt.Sprintf("page%d.service", i)
		files["/etc/systemd/system/"+unit] = pageUnit(p)
		if err := m.Symlink("../"+unit, wants+unit); err != nil {
			return err
		}
	}
	for path, text := range files {
		if err := m.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return m.CopyIn(kit.Page, pageProgram)
}

func pageUnit(p Page) string {
	return fmt.Sprintf("[Service]\nExecStart=%s %s %s\nRestart=always\n", pageProgram, p.Token, strings.Join(p.Listen, " "))
}

// environment returns a system.conf that points every service to w and keeps
// it off any real network.
func environment(w *world.World) string {
	return "[Manager]\nDefaultEnvironment=" + strings.Join([]string{
		"TS_DEBUG_ACME_DIRECTORY_URL=" + w.ACMEDirectory,
		"SSL_CERT_FILE=" + rootsFile, // for tailscaled's ACME client
		"TS_NO_LOGS_NO_SUPPORT=true",
		"TS_DISABLE_PORTMAPPER=1",
		"TS_ASSUME_NETWORK_UP_FOR_TEST=1", // there is only "lo"
		"TS_PANIC_IF_HIT_MAIN_CONTROL=1",
	}, " ") + "\n"
}
