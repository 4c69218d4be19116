// Package outside is a client on the public side of a world: it reaches a node
// through the Funnel ingress only, and believes only certificates of the
// world's authority.
package outside

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"time"

	"tsfunnel.test/netns"
	"tsfunnel.test/tailnet"
	"tsfunnel.test/world"
)

// attempt bounds one fetch. The ingress gives a node up sooner.
const attempt = 15 * time.Second

// Client fetches public pages of one world.
type Client struct {
	netns string
	roots *x509.CertPool
}

// Page is what came back.
type Page struct {
	Status    int
	Header    http.Header
	Body      []byte
	Issuer    string        // of the node's certificate, verified
	Connected time.Duration // until TCP stood
	Secured   time.Duration // until TLS stood
	Total     time.Duration // until the body ended
}

// ErrNoPage means that the ingress is there but lets nobody through to the
// node: it took the TCP connection and ended it before TLS stood.
var ErrNoPage = errors.New("the ingress closed the connection")

// New returns a client of w.
func New(w *world.World) (*Client, error) {
	pem, err := os.ReadFile(w.CAFile)
	if err != nil {
		return nil, err
	}
	c := &Client{netns: w.Netns, roots: x509.NewCertPool()}
	if !c.roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", w.CAFile)
	}
	return c, nil
}

// Get fetches an https URL as the public does: every name is at PublicIP.
func (c *Client) Get(ctx context.Context, url string) (*Page, error) {
	return c.get(ctx, url, func(_, port string) string { return net.JoinHostPort(tailnet.PublicIP, port) })
}

// Visit fetches a URL of the world's own services, such as a login page.
func (c *Client) Visit(ctx context.Context, url string) (*Page, error) {
	return c.get(ctx, url, net.JoinHostPort)
}

func (c *Client) get(ctx context.Context, url string, where func(host, port string) string) (*Page, error) {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	start := time.Now()
	page := new(Page)
	tr := &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: c.roots},
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			conn, err := netns.Dial(ctx, c.netns, where(host, port))
			page.Connected = time.Since(start)
			return conn, err
		},
	}
	var shaken error
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			shaken, page.Secured = err, time.Since(start)
		},
	})
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return nil, err
	}
	res, err := tr.RoundTrip(req)
	if err != nil {
		if errors.Is(shaken, io.EOF) {
			return nil, ErrNoPage
		}
		return nil, err
	}
	defer res.Body.Close()
	page.Status, page.Header = res.StatusCode, res.Header
	if res.TLS != nil {
		page.Issuer = res.TLS.PeerCertificates[0].Issuer.CommonName
	}
	page.Body, err = io.ReadAll(io.LimitReader(res.Body, 1<<20))
	page.Total = time.Since(start)
	return page, err
}

// Has reports whether the page came well and holds text.
func (p *Page) Has(text string) bool {
	return p.Status == http.StatusOK && bytes.Contains(p.Body, []byte(text))
}
