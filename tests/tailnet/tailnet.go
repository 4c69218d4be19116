// Package tailnet plays, on loopback only, every part of the outside world that
// a node needs for a real Tailscale Funnel:
//
//   - the control server (testcontrol), which also accepts one auth key, serves
//     login URLs and answers "is funnel enabled?" queries;
//   - a DERP relay and a STUN server;
//   - an ACME certificate authority (Pebble) with the DNS server it validates
//     against, filled by the node through control's set-dns call;
//   - the public Funnel ingress: TCP ports that read the SNI of a connection
//     and relay it over the tailnet to the node's PeerAPI.
//
// The node under test is a real tailscaled in another process. Each Tailnet
// has a network namespace to itself, so its public ports are the real ones.
package tailnet

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"tailscale.com/envknob"
	"tailscale.com/net/netns"
	"tailscale.com/tsnet"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/key"
)

const (
	// PublicIP is where clients outside connect to: the ingress.
	PublicIP = "127.1.1.1"
	// Domain ends the name of every node.
	Domain = "e2e.ts.net"
	// AdminSocket is the file, in the tailnet's folder, of the unix socket that
	// takes orders.
	AdminSocket = "admin.sock"

	loopback = "127.0.0.1"
)

// PublicPorts are the ports that the ingress routes.
var PublicPorts = []uint16{443, 8443, 10000}

// Logf logs one line.
type Logf = func(format string, args ...any)

// Ready is what a test needs to know of a Tailnet that is up.
type Ready struct {
	ControlURL    string `json:"control_url"`
	AuthKey       string `json:"auth_key"`
	ACMEDirectory string `json:"acme_directory"` // TS_DEBUG_ACME_DIRECTORY_URL for tailscaled
	DERP          string `json:"derp"`           // URL of the relay
	CAFile        string `json:"ca_file"`        // for clients outside, and SSL_CERT_FILE for tailscaled
}

// Options choose where a tailnet's services are.
type Options struct {
	// Address is the IP address of control, DERP and ACME; loopback if empty.
	// Control is served over https there, and by loopback's address over http.
	Address string
}

// Tailnet is the simulated world.
type Tailnet struct {
	logf       Logf
	authKey    string // the one key that control accepts
	conditions conditions
	control    *testcontrol.Server
	polls      polls
	machine    http.Handler // testcontrol's own handler of /machine/*, inside Noise
	gates      []*gate      // the control server's TCP ports, which can be cut
	ingress    *tsnet.Server
	ingressKey atomic.Pointer[key.NodePublic]
}

// Start brings a tailnet up that lasts until the process ends. Its files are
// below dir.
func Start(ctx context.Context, dir string, o Options, logf Logf) (*Ready, error) {
	seclude()
	address := cmp.Or(o.Address, loopback)
	t := &Tailnet{
		logf:    logf,
		authKey: "tskey-auth-" + rand.Text(),
		conditions: conditions{
			funnel: true, https: true, feature: "ask", ports: slices.Clone(PublicPorts), certificates: "issue",
		},
	}
	derpMap, err := startDERP(ctx, address, logf)
	if err != nil {
		return nil, fmt.Errorf("DERP: %w", err)
	}
	ca, err := startACME(address, logf)
	if err != nil {
		return nil, fmt.Errorf("ACME: %w", err)
	}
	t.newControl(derpMap, ca)
	roots := ca.rootPEM
	if o.Address != "" {
		own, err := t.secureControl(address)
		if err != nil {
			return nil, err
		}
		roots = append(roots, own...)
	}
	caFile := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(caFile, roots, 0o644); err != nil {
		return nil, err
	}
	if err := t.openControl(); err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	t.control.ExplicitBaseURL = t.gates[len(t.gates)-1].url()
	if err := t.startIngress(ctx, dir); err != nil {
		return nil, fmt.Errorf("ingress: %w", err)
	}
	orders, err := net.Listen("unix", filepath.Join(dir, AdminSocket))
	if err != nil {
		return nil, err
	}
	go http.Serve(orders, t.admin())
	return &Ready{
		ControlURL:    t.control.ExplicitBaseURL,
		AuthKey:       t.authKey,
		ACMEDirectory: ca.directory,
		DERP:          relayURL(derpMap),
		CAFile:        caFile,
	}, nil
}

// seclude keeps this process, which runs a tailnet node too (the ingress), off
// the outside network. envknob.Setenv also updates knobs read at start-up.
func seclude() {
	envknob.Setenv("TS_NO_LOGS_NO_SUPPORT", "true")
	envknob.Setenv("TS_DISABLE_PORTMAPPER", "true")
	envknob.Setenv("TS_PANIC_IF_HIT_MAIN_CONTROL", "true")
	envknob.Setenv("TS_ASSUME_NETWORK_UP_FOR_TEST", "true") // there is only "lo"
	netns.SetEnabled(false)                                 // no SO_MARK, no SO_BINDTODEVICE
}
