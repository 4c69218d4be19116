// Package world starts loopback tailnets, each as a process of its own in a
// network namespace of its own, and flips their conditions.
package world

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tsfunnel.test/packages"
	"tsfunnel.test/proxy"
	"tsfunnel.test/scratch"
	"tsfunnel.test/tailnet"
)

const startTimeout = time.Minute

// PackagesSocket is the file, in a world's folder, of the unix socket that takes
// the package server's orders.
const PackagesSocket = "packages.sock"

// Ready is what a test needs to know of a world that is up.
type Ready struct {
	tailnet.Ready
	Packages *packages.Where `json:"packages,omitempty"` // nil without a package server
	Proxy    *proxy.Where    `json:"proxy,omitempty"`    // nil if machines are in the world's own network
}

// An Option chooses what a world has beyond a tailnet.
type Option func(arguments []string) []string

// WithPackages adds a package server that serves the mirror in dir.
func WithPackages(dir string) Option {
	return func(arguments []string) []string { return append(arguments, "-packages", dir) }
}

// BehindProxy puts machines into a network of their own, from which nothing but
// a forward proxy can be reached.
func BehindProxy() Option {
	return func(arguments []string) []string { return append(arguments, "-proxy") }
}

// World is a running tailnet.
type World struct {
	Ready
	Dir   string // removed by Close
	Netns string // path of the network namespace
	cmd   *exec.Cmd
	stdin io.Closer // the process ends when this does
	done  chan struct{}
}

// Open starts a world from the program at path binary (cmd/world).
func Open(ctx context.Context, binary string, options ...Option) (*World, error) {
	dir, err := scratch.Dir("world")
	if err != nil {
		return nil, err
	}
	w := &World{Dir: dir, done: make(chan struct{})}
	arguments := []string{"-dir", dir}
	for _, option := range options {
		arguments = option(arguments)
	}
	if err := w.start(ctx, binary, arguments); err != nil {
		err = fmt.Errorf("world: %w\n%s", err, w.Log(20))
		w.Close()
		return nil, err
	}
	return w, nil
}

func (w *World) start(ctx context.Context, binary string, arguments []string) error {
	log, err := os.Create(w.logFile())
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(binary, arguments...)
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL, Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w.cmd, w.stdin = cmd, stdin
	w.Netns = fmt.Sprintf("/proc/%d/ns/net", cmd.Process.Pid)
	ready := make(chan error, 1)
	go func() {
		ready <- json.NewDecoder(out).Decode(&w.Ready)
		io.Copy(io.Discard, out)
		cmd.Wait()
		close(w.done)
	}()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	select {
	case err := <-ready:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends the world and removes its folder.
func (w *World) Close() error {
	if w.cmd != nil {
		w.stdin.Close()
		select {
		case <-w.done:
		case <-time.After(5 * time.Second):
			w.cmd.Process.Kill()
			<-w.done
		}
	}
	return os.RemoveAll(w.Dir)
}

// MachineNetns returns the path of the network namespace that machines are in.
func (w *World) MachineNetns() string {
	if w.Proxy != nil {
		return w.Proxy.Netns
	}
	return w.Netns
}

// Log returns the last n lines that the world logged.
func (w *World) Log(n int) string {
	b, _ := os.ReadFile(w.logFile())
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func (w *World) logFile() string { return filepath.Join(w.Dir, "world.log") }

// SetFunnel grants or revokes the "funnel" attribute.
func (w *World) SetFunnel(on bool) error { return w.order("/funnel", "state", onOff(on)) }

// SetHTTPS grants or revokes the "https" attribute.
func (w *World) SetHTTPS(on bool) error { return w.order("/https", "state", onOff(on)) }

// SetFeature chooses how control answers "how do I enable funnel?": "ask",
// "wait" or "error".
func (w *World) SetFeature(mode string) error { return w.order("/feature", "mode", mode) }

// SetCertificates chooses what becomes of the proof that the authority wants
// for a certificate: "issue", "hold" or "refuse".
func (w *World) SetCertificates(mode string) error {
	return w.order("/certificates", "mode", mode)
}

// SetPorts chooses the public ports that Funnel may use.
func (w *World) SetPorts(ports ...string) error {
	return w.order("/ports", "list", strings.Join(ports, ","))
}

// SetControl opens or cuts the control server's port.
func (w *World) SetControl(up bool) error {
	state := "down"
	if up {
		state = "up"
	}
	return w.order("/control", "state", state)
}

// SetName gives all machines another name in the tailnet, a first label, and
// with it another certificate domain.
func (w *World) SetName(name string) error { return w.order("/name", "name", name) }

// Expire ends the node keys of all machines.
func (w *World) Expire() error { return w.order("/expire", "", "") }

// Status returns what control knows.
func (w *World) Status() (*tailnet.Status, error) {
	res, err := w.adminClient(tailnet.AdminSocket).Get("http://admin/status")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	st := new(tailnet.Status)
	return st, json.NewDecoder(res.Body).Decode(st)
}

// SetFaults chooses what the package server does wrong from now on, in the text
// form of packages.Fault.
func (w *World) SetFaults(text string) error {
	return w.post(PackagesSocket, "/faults", "set", text)
}

// Requests returns what came to the package server.
func (w *World) Requests() ([]packages.Request, error) {
	res, err := w.adminClient(PackagesSocket).Get("http://admin/requests")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var list []packages.Request
	err = json.NewDecoder(res.Body).Decode(&list)
	return list, err
}

func (w *World) order(path, key, value string) error {
	return w.post(tailnet.AdminSocket, path, key, value)
}

func (w *World) post(socket, path, key, value string) error {
	res, err := w.adminClient(socket).PostForm("http://admin"+path, url.Values{key: {value}})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		msg, _ := io.ReadAll(io.LimitReader(res.Body, 1000))
		return fmt.Errorf("%s: %s: %s", path, res.Status, msg)
	}
	return nil
}

func (w *World) adminClient(socket string) *http.Client {
	return &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(w.Dir, socket))
			},
		},
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
