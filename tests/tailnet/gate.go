package tailnet

import (
	"net"
	"net/http"
	"sync"
)

// gate is the control server's TCP port. Cutting it also cuts the connections
// that Noise has taken over, which http.Server.Close alone would leave open.
type gate struct {
	addr    string // the port that ":0" picked, once up
	handler http.Handler

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
	go g.srv.Serve(ln)
	return nil
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
