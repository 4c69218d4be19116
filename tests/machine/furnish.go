package machine

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"

	"tsfunnel.test/world"
)

// Page is a local server of a machine. It runs as a service, so it is there
// again after a reboot.
type Page struct {
	Token  string   // tells its answers from any others
	Listen []string // "host:port" or "unix:/path"
}

// RootsFile is a file in every machine: the certificate authorities of its
// world, which with systemd no program there knows of by itself.
const RootsFile = "/etc/tailnet/ca.pem"

const (
	pageProgram   = "/usr/local/lib/page"
	refuseProgram = "/usr/local/lib/refuse"
	flagsFile     = "/etc/tailnet/tailscaled"
	bundleFile    = "/etc/ssl/certs/ca-certificates.crt"
	defaultsFile  = "/etc/default/tailscaled"
)

// furnish writes to the disk of a machine that is off what makes it one of w.
func (m *Machine) furnish(kit *Kit, w *world.World, o Options) error {
	roots, err := roots(w)
	if err != nil {
		return err
	}
	files := []file{{path: "/etc/hostname", text: m.Host + "\n"}, {path: RootsFile, text: roots}}
	if w.Packages != nil && w.Proxy == nil { // a proxy alone knows the names
		files = append(files, file{path: "/etc/hosts", text: hosts(m.Host, w.Packages.Hosts)})
	}
	if m.hasSystemd() {
		files = append(files, ofSystemd(o)...)
	} else {
		files = append(files, ofOthers(o, roots)...)
	}
	files = append(files, m.system.configure(m.variables(w, o))...)
	if err := m.place(files); err != nil {
		return err
	}
	for i, p := range o.Pages {
		if err := m.AddService(fmt.Sprintf("page%d", i), slices.Concat([]string{pageProgram, p.Token}, p.Listen)...); err != nil {
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

// ofSystemd returns what only a machine with systemd has.
func ofSystemd(o Options) []file {
	id := make([]byte, 16)
	rand.Read(id)
	// Without it systemd takes the boot for the first one and enables every
	// service there is.
	files := []file{{path: "/etc/machine-id", text: hex.EncodeToString(id) + "\n"}}
	if o.Bare {
		// The release's own defaults would ask for a tun device.
		files = append(files,
			file{path: flagsFile, text: "FLAGS=--tun=userspace-networking\n"},
			file{path: "/etc/systemd/system/service.d/tailnet.conf", text: "[Service]\nEnvironmentFile=-" + flagsFile + "\n"})
	}
	return files
}

// ofOthers returns what only a machine without systemd has.
func ofOthers(o Options, roots string) []file {
	var files []file
	if !o.Rootless {
		files = append(files, file{path: bundleFile, text: roots})
	}
	if !o.Bare {
		files = append(files, file{path: defaultsFile, text: defaults})
	}
	return files
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

// variables point every service to w and keep it off any real network.
func (m *Machine) variables(w *world.World, o Options) []string {
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
	if m.hasSystemd() && !o.Rootless {
		list = append(list, "SSL_CERT_FILE="+RootsFile) // for tailscaled's ACME client
	}
	return list
}
