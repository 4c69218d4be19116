package tailnet

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/letsencrypt/challtestsrv"
	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
)

// acme is a running certificate authority.
type acme struct {
	directory string // URL, over TLS
	dns       *challtestsrv.ChallSrv
	rootPEM   []byte // trust anchors: of issued certificates, and of directory
}

// startACME runs Pebble, and the DNS server that it asks, until the process
// ends. Its tls-alpn-01 checks connect to the public ingress.
//
// Pebble is v2.8.0 on purpose: v2.9.0 leaves the Location header out of its
// answer to "finalize", which tailscaled's ACME client can't do without (Let's
// Encrypt sends it).
func startACME(address string, logf Logf) (*acme, error) {
	os.Setenv("PEBBLE_VA_NOSLEEP", "1")
	os.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	os.Setenv("PEBBLE_AUTHZREUSE", "0")
	logger := log.New(logWriter(logf), "", 0)

	dnsAddr, err := freePort()
	if err != nil {
		return nil, err
	}
	dns, err := challtestsrv.New(challtestsrv.Config{DNSOneAddrs: []string{dnsAddr}, Log: logger})
	if err != nil {
		return nil, err
	}
	dns.SetDefaultDNSIPv4(PublicIP)
	dns.SetDefaultDNSIPv6("")
	dns.Run()

	store := db.NewMemoryStore()
	issuer := ca.New(logger, store, "", 0, 1, map[string]ca.Profile{"default": {Description: "loopback"}})
	validator := va.New(logger, 80, 443, false, dnsAddr, store)
	front := wfe.New(logger, store, validator, issuer, false, false, 1, 1)
	ln, err := net.Listen("tcp", address+":0")
	if err != nil {
		return nil, err
	}
	// Pebble wants signed requests to name https URLs, so plain HTTP won't do.
	cert, err := selfSigned(address)
	if err != nil {
		return nil, err
	}
	srv := &http.Server{
		Handler:   &turns{front: front.Handler(), store: store, logf: logf},
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}},
		ErrorLog:  logger,
	}
	go srv.ServeTLS(ln, "", "")
	return &acme{
		directory: fmt.Sprintf("https://%s%s", ln.Addr(), wfe.DirectoryPath),
		dns:       dns,
		rootPEM:   append(issuer.GetRootCert(0).PEM(), anchor(cert)...),
	}, nil
}

// freePort returns an address whose port was free for TCP a moment ago.
func freePort() (string, error) {
	ln, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

// logWriter makes a Logf out of what Pebble's logger writes.
type logWriter Logf

func (f logWriter) Write(p []byte) (int, error) {
	f("acme: %s", bytes.TrimSpace(p))
	return len(p), nil
}
