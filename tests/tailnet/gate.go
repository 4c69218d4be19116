package tailnet

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"sync"
)

// gate is the control server's TCP port. Cutting it also cuts the connections
// that Noise has taken over, which http.Server.Close alone would leave open.
type gate struct {
	addr    string // the port that ":0" picked, once up
	handler http.Handler
	cert    *tls.Certificate // https, if set

	mu    sync.Mutex
	srv   *http.Server
	conns map[net.Conn]bool
}

func (g *gate) up() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.srv != nil {
		return nil
	}
	ln, err := net.Listen("tcp", g.addr)
	if err != nil {
		return err
	}
	g.addr = ln.Addr().String()
	g.conns = map[net.Conn]bool{}
	g.srv = &http.Server{Handler: g.handler, ConnState: g.track}
	if g.cert == nil {
		go g.srv.Serve(ln)
		return nil
	}
	g.srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*g.cert}}
	// Noise takes over the connection: no HTTP/2.
	g.srv.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	go g.srv.ServeTLS(ln, "", "")
	return nil
}

// url returns where control is, once up.
func (g *gate) url() string {
	if g.cert != nil {
		return "https://" + strings.TrimSuffix(g.addr, ":443")
	}
	return "http://" + g.addr
}

func (g *gate) down() {
	g.mu.Lock()
	srv, conns := g.srv, g.conns
	g.srv, g.conns = nil, map[net.Conn]bool{}
	g.mu.Unlock()
	if srv != nil {
		srv.Close()
	}
	for c := range conns {
		c.Close()
	}
}

func (g *gate) isUp() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.srv != nil
}

func (g *gate) track(c net.Conn, state http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch state {
	case http.StateNew:
		g.conns[c] = true
	case http.StateClosed: // never reported for a hijacked connection
		delete(g.conns, c)
	}
}
