package tailnet

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

var errSniffed = errors.New("ClientHello read")

// sniff reads a TLS ClientHello from c and returns the server name in it and
// all bytes read, which are to be sent on.
func sniff(c net.Conn) (sni string, hello []byte, err error) {
	rec := &recorder{Conn: c}
	err = tls.Server(rec, &tls.Config{
		GetConfigForClient: func(hi *tls.ClientHelloInfo) (*tls.Config, error) {
			sni = hi.ServerName
			return nil, errSniffed
		},
	}).Handshake()
	if !errors.Is(err, errSniffed) {
		return "", nil, fmt.Errorf("no TLS: %w", err)
	}
	if sni == "" {
		return "", nil, errors.New("TLS without SNI")
	}
	return sni, rec.seen.Bytes(), nil
}

// recorder keeps what is read and swallows what is written (an alert).
type recorder struct {
	net.Conn
	seen bytes.Buffer
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.seen.Write(p[:n])
	return n, err
}

func (r *recorder) Write(p []byte) (int, error) { return len(p), nil }
