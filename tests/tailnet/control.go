package tailnet

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"unsafe"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/key"
	"tailscale.com/util/mak"
)

// newControl makes the control server. It is not reachable before its gate is
// up.
func (t *Tailnet) newControl(derpMap *tailcfg.DERPMap, ca *acme) {
	t.control = &testcontrol.Server{
		Logf:           t.logf,
		DERPMap:        derpMap,
		DNSConfig:      &tailcfg.DNSConfig{Proxied: true},
		MagicDNSDomain: Domain,
		RequireAuth:    true, // register lets the auth key through
		AllOnline:      true,
		// Empty, not nil: testcontrol's default would put "funnel" into the
		// legacy Capabilities list, from where it could not be revoked.
		DefaultNodeCapabilities: &tailcfg.NodeCapMap{},
		OnSetDNS: func(r *tailcfg.SetDNSRequest) error {
			if t.conditions.proves() {
				ca.dns.AddDNSOneChallenge(r.Name+".", r.Value)
			}
			return nil
		},
	}
	t.control.SetOnMapRequest(t.polls.saw)
	t.patchMux()
	t.gates = []*gate{{addr: loopback + ":0", handler: t.plain()}}
}

// secureControl adds https at address and returns who vouches for it, PEM.
func (t *Tailnet) secureControl(address string) ([]byte, error) {
	cert, err := selfSigned(address)
	if err != nil {
		return nil, err
	}
	t.gates = append(t.gates, &gate{addr: address + ":443", handler: t.plain(), cert: &cert})
	return anchor(cert), nil
}

// openControl opens the control server's ports.
func (t *Tailnet) openControl() error {
	for _, g := range t.gates {
		if err := g.up(); err != nil {
			return err
		}
	}
	return nil
}

// cutControl closes them, and all connections.
func (t *Tailnet) cutControl() {
	for _, g := range t.gates {
		g.down()
	}
}

// plain serves what control answers in plain HTTP. testcontrol panics in a
// goroutine of its own, so beyond recovery, on a path that it doesn't know:
// nothing else may reach it.
func (t *Tailnet) plain() http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/key", "/ts2021", "/c2n/", "/generate_204"} {
		mux.Handle(path, t.control)
	}
	mux.HandleFunc("/auth/", t.login)
	mux.HandleFunc("/f/funnel", t.enableFunnel)
	return mux
}

// login is the page of a login URL: visiting it logs the node in.
func (t *Tailnet) login(w http.ResponseWriter, r *http.Request) {
	if !t.control.CompleteAuth(r.URL.Path) {
		http.NotFound(w, r)
		return
	}
	fmt.Fprintln(w, "logged in")
}

// patchMux adds routes to the mux that testcontrol serves inside Noise.
// testcontrol has no hook for that, hence the reach into its "mux" field. It
// makes that mux on its first request.
func (t *Tailnet) patchMux() {
	t.control.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/generate_204", nil))
	field := reflect.ValueOf(t.control).Elem().FieldByName("mux")
	mux := *(**http.ServeMux)(unsafe.Pointer(field.UnsafeAddr()))

	t.machine, _ = mux.Handler(httptest.NewRequest("POST", "/machine/register", nil))
	mux.HandleFunc("/machine/register", t.register)
	mux.HandleFunc("/machine/feature/query", t.queryFeature)
	for _, path := range []string{"/machine/audit-log", "/machine/id-token", "/machine/set-device-attr"} {
		mux.HandleFunc(path, http.NotFound)
	}
}

// nodes returns all nodes but the ingress.
func (t *Tailnet) nodes() []*tailcfg.Node {
	ingress := t.ingressKey.Load()
	var nodes []*tailcfg.Node
	for _, n := range t.control.AllNodes() {
		if ingress == nil || n.Key != *ingress {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// nodeNamed returns the node of that name that asked for its map last, nil if
// there is none. testcontrol makes an entry for whoever asks for a login URL,
// and another one of the same name for a node that logs in again or has a
// second profile; control's own do not bear the name before they are logged in.
func (t *Tailnet) nodeNamed(name string) *tailcfg.Node {
	var node *tailcfg.Node
	last := 0
	for _, n := range t.nodes() {
		if at := t.polls.last(n.Key); strings.TrimSuffix(n.Name, ".") == name && at > last {
			node, last = n, at
		}
	}
	return node
}

// polls counts map requests.
type polls struct {
	mu    sync.Mutex
	count int
	at    map[key.NodePublic]int // the last one of each node
}

// saw is called with testcontrol's lock held.
func (p *polls) saw(k key.NodePublic) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	mak.Set(&p.at, k, p.count)
}

// last returns the number of a node's last request, 0 if it never made one.
func (p *polls) last(k key.NodePublic) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at[k]
}

// rename gives the nodes under test another name and certificate domain, as an
// admin of the tailnet can. testcontrol makes the domain from what the node
// calls itself and has no hook for another one, hence the reach for its lock;
// the old domain stays permitted, in the second place.
func (t *Tailnet) rename(name string) {
	name += "." + Domain
	field := reflect.ValueOf(t.control).Elem().FieldByName("mu")
	mu := (*sync.Mutex)(unsafe.Pointer(field.UnsafeAddr()))
	mu.Lock()
	t.control.DNSConfig.CertDomains = []string{name}
	mu.Unlock()
	for _, n := range t.nodes() {
		n.Name = name + "."
		t.control.UpdateNode(n)
	}
}

// set changes conditions and tells every node under test at once.
func (t *Tailnet) set(f func(*conditions)) {
	t.conditions.change(f)
	caps := t.conditions.caps()
	for _, n := range t.nodes() {
		t.control.SetNodeCapMap(n.Key, caps)
	}
}
