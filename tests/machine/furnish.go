package machine

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"tsfunnel.test/world"
)

// Page is a local server of a machine. It runs as a service, so it is there
// again after a reboot.
type Page struct {
	Token  string   // tells its answers from any others
	Listen []string // "host:port" or "unix:/path"
}

// RootsFile is a file in every machine: the certificate authorities of its
// world, which no program there knows of by itself.
const RootsFile = "/etc/tailnet/ca.pem"

const (
	pageProgram   = "/usr/local/lib/page"
	refuseProgram = "/usr/local/lib/refuse"
	flagsFile     = "/etc/tailnet/tailscaled"
	wants         = "/etc/systemd/system/multi-user.target.wants/"
)

// furnish writes to the disk of a machine that is off what makes it one of w.
func (m *Machine) furnish(kit *Kit, w *world.World, o Options) error {
	id := make([]byte, 16)
	rand.Read(id)
	roots, err := roots(w)
	if err != nil {
		return err
	}
	files := map[string]string{
		// Without it systemd takes the boot for the first one and enables
		// every service there is.
		"/etc/machine-id": hex.EncodeToString(id) + "\n",
		"/etc/hostname":   m.Host + "\n",
		RootsFile:         roots,
		"/etc/systemd/system.conf.d/tailnet.conf": environment(w, o),
	}
	if w.Packages != nil && w.Proxy == nil { // a proxy alone knows the names
		files["/etc/hosts"] = hosts(m.Host, w.Packages.Hosts)
	}
	if o.Bare {
		// The release's own defaults would ask for a tun device.
		files[flagsFile] = "FLAGS=--tun=userspace-networking\n"
		files["/etc/systemd/system/service.d/tailnet.conf"] = "[Service]\nEnvironmentFile=-" + flagsFile + "\n"
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
	if len(o.Refuses) > 0 {
		if err := m.CopyIn(kit.Refuse, refuseProgram); err != nil {
			return err
		}
	}
	return m.CopyIn(kit.Page, pageProgram)
}

func pageUnit(p Page) string {
	return fmt.Sprintf("[Service]\nExecStart=%s %s %s\nRestart=always\n", pageProgram, p.Token, strings.Join(p.Listen, " "))
}

// roots returns all certificate authorities of w, PEM.
func roots(w *world.World) (string, error) {
	text, err := os.ReadFile(w.CAFile)
	if err != nil || w.Packages == nil {
		return string(text), err
	}
	more, err := os.ReadFile(w.Packages.CAFile)
	return string(text) + string(more), err
}

// hosts returns /etc/hosts.
func hosts(host string, more map[string]string) string {
	text := "127.0.0.1 localhost " + host + "\n::1 localhost\n"
	for _, name := range slices.Sorted(maps.Keys(more)) {
		text += more[name] + " " + name + "\n"
	}
	return text
}

// environment returns a system.conf that points every service to w and keeps
// it off any real network.
func environment(w *world.World, o Options) string {
	list := []string{
		"TS_DEBUG_ACME_DIRECTORY_URL=" + w.ACMEDirectory,
		"TS_NO_LOGS_NO_SUPPORT=true",
		"TS_DISABLE_PORTMAPPER=1",
		"TS_ASSUME_NETWORK_UP_FOR_TEST=1", // there is only "lo"
		"TS_PANIC_IF_HIT_MAIN_CONTROL=1",
	}
	if w.Proxy != nil {
		// There is a way around the relay, which packets of a tailnet would find.
		list = append(list, "TS_DEBUG_ALWAYS_USE_DERP=1")
	}
	if !o.Rootless {
		list = append(list, "SSL_CERT_FILE="+RootsFile) // for tailscaled's ACME client
	}
	return "[Manager]\nDefaultEnvironment=" + strings.Join(list, " ") + "\n"
}
