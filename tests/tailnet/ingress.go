package tailnet

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strconv"
	"time"

	"tailscale.com/ipn/store/mem"
	"tailscale.com/tailcfg"
	"tailscale.com/tsnet"
)

// ingressName is the host name of the ingress in the tailnet.
const ingressName = "ingress"

// relayTimeout bounds each step of setting a relay up. It is shorter than the
// patience of a client outside, so that a node that is gone is told as such.
const relayTimeout = 6 * time.Second

// startIngress joins the tailnet and opens the public ports.
func (t *Tailnet) startIngress(ctx context.Context, dir string) error {
	t.ingress = &tsnet.Server{
		Dir:        filepath.Join(dir, ingressName),
		Store:      new(mem.Store),
		Ephemeral:  true, // tsnet wants it with a memory store
		Hostname:   ingressName,
		ControlURL: t.gates[0].url(),
		AuthKey:    t.authKey,
		UserLogf:   t.logf,
		Logf:       t.logf,
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	st, err := t.ingress.Up(ctx)
	if err != nil {
		return err
	}
	t.ingressKey.Store(&st.Self.PublicKey)
	// As production's ingress nodes are: unsigned, allowed the PeerAPI only.
	// So no packet filter names it: a node logs "Drop: ... no rules matched" for
	// every connection that comes from here, and takes it to its PeerAPI.
	t.control.SetUnsignedPeerAPIOnly(st.Self.PublicKey, true)
	for _, port := range PublicPorts {
		ln, err := net.Listen("tcp", net.JoinHostPort(PublicIP, strconv.Itoa(int(port))))
		if err != nil {
			return err
		}
		go t.serveIngress(ln, port)
	}
	return nil
}

// serveIngress plays Tailscale's public Funnel ingress on one of its ports.
func (t *Tailnet) serveIngress(ln net.Listener, port uint16) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			if err := t.relay(c, port); err != nil {
				t.logf("ingress: %v to port %d: %v", c.RemoteAddr(), port, err)
			}
		}()
	}
}

// relay carries one public connection to the PeerAPI of the node that its SNI
// names.
func (t *Tailnet) relay(c net.Conn, port uint16) error {
	c.SetReadDeadline(time.Now().Add(relayTimeout))
	sni, hello, err := sniff(c)
	if err != nil {
		return err
	}
	c.SetReadDeadline(time.Time{})
	addr, err := t.route(sni, port)
	if err != nil {
		return err
	}
	up, br, err := t.dialIngress(addr, c.RemoteAddr().String(), net.JoinHostPort(sni, strconv.Itoa(int(port))))
	if err != nil {
		return err
	}
	defer up.Close()
	if _, err := up.Write(hello); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		pipe(up, c)
	}()
	pipe(c, br)
	<-done
	return nil
}

// route returns the PeerAPI address of the node called sni, if the public may
// reach it on port.
func (t *Tailnet) route(sni string, port uint16) (string, error) {
	node := t.nodeNamed(sni)
	if node == nil {
		return "", fmt.Errorf("no node %q", sni)
	}
	// tailscaled itself doesn't look at its "funnel" attribute when ingress
	// comes in: in production it is control and the ingress that refuse.
	if !t.conditions.allows(port) {
		return "", fmt.Errorf("%s may not funnel on %d", sni, port)
	}
	if !node.Hostinfo.Valid() || !node.Hostinfo.IngressEnabled() {
		return "", fmt.Errorf("%s has no funnel on", sni)
	}
	addr, ok := peerAPI(node)
	if !ok {
		return "", fmt.Errorf("%s has no PeerAPI", sni)
	}
	return addr, nil
}

// dialIngress opens a stream through the PeerAPI at addr to the funnel that
// the node has for target ("name:port"). What the node sends is to be read from
// the returned reader.
func (t *Tailnet) dialIngress(addr, src, target string) (net.Conn, *bufio.Reader, error) {
	ctx, cancel := context.WithTimeout(context.Background(), relayTimeout)
	defer cancel()
	up, err := t.ingress.Dial(ctx, "tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	br, err := upgrade(up, addr, src, target)
	if err != nil {
		up.Close()
		return nil, nil, err
	}
	return up, br, nil
}

// upgrade asks the PeerAPI behind up to take the connection as public ingress.
func upgrade(up net.Conn, addr, src, target string) (*bufio.Reader, error) {
	req, err := http.NewRequest("POST", "http://"+addr+"/v0/ingress", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Tailscale-Ingress-Src", src)
	req.Header.Set("Tailscale-Ingress-Target", target)
	up.SetDeadline(time.Now().Add(relayTimeout))
	defer up.SetDeadline(time.Time{})
	if err := req.Write(up); err != nil {
		return nil, err
	}
	br := bufio.NewReader(up)
	res, err := http.ReadResponse(br, req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		msg, _ := io.ReadAll(io.LimitReader(res.Body, 200))
		return nil, fmt.Errorf("%s refused: %s: %s", target, res.Status, bytes.TrimSpace(msg))
	}
	return br, nil
}

// pipe copies until src ends, then ends dst's other half.
func pipe(dst net.Conn, src io.Reader) {
	io.Copy(dst, src)
	if half, ok := dst.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	} else {
		dst.Close()
	}
}

// peerAPI returns the tailnet address of n's PeerAPI.
func peerAPI(n *tailcfg.Node) (string, bool) {
	if !n.Hostinfo.Valid() || len(n.Addresses) == 0 {
		return "", false
	}
	services := n.Hostinfo.Services()
	for i := 0; i < services.Len(); i++ {
		if s := services.At(i); s.Proto == tailcfg.PeerAPI4 {
			return netip.AddrPortFrom(n.Addresses[0].Addr(), s.Port).String(), true
		}
	}
	return "", false
}
