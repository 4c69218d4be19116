// SPDX-License-Identifier: MIT

package net

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// listenAt serves page at one address.
func listenAt(t *testing.T, address string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/page" {
			w.WriteHeader(http.StatusUnavailableForLegalReasons)
		}
		_, _ = w.Write(page)
	})}
	t.Cleanup(func() { s.Close() })
	go func() { _ = s.Serve(l) }()
}

// mute takes a port of 127.0.0.9 such that connections to it get no answer: its queue is full.
func mute(t *testing.T, port int) {
	t.Helper()
	for i := range 4 {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		at := &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 9}}
		if i > 0 {
			_ = unix.Connect(fd, at) // EINPROGRESS
		} else if err = unix.Bind(fd, at); err == nil {
			err = unix.Listen(fd, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Of a name with several addresses the one that answers is found, whichever it is; with the
// resolver of the libraries and with musl's.
func TestNextAddress(t *testing.T) {
	for _, c := range []struct{ name, host, address string }{
		{"IPv4 of both", "both.test", "127.0.0.1"},
		{"IPv6 of both", "both.test", "[::1]"},
		{"IPv6 alone", "six.test", "[::1]"},
		{"IPv6 by number", "[::1]", "[::1]"},
		{"the second refuses", "dead-last.test", "127.0.0.1"},
		{"the first refuses", "dead-first.test", "127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			port := freePort(t)
			listenAt(t, c.address+":"+port)
			drive(t, nil, "--tries", "1", "http://"+c.host+":"+port+"/page").mustGive(t, page)
			fetch(t, "http://"+c.host+":"+port).mustRefuse(t, 69, "HTTP 451")
		})
	}
}

// An address that says nothing uses up its share of the time, not all of it.
func TestNextAddressAfterSilence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	mute(t, port)
	_, text, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	drive(t, nil, "--tries", "1", "--stall", "1000", "http://127.0.0.9:"+text+"/page").
		mustRefuse(t, 75, "cannot connect to 127.0.0.9:"+text+": no answer in time", "cure ")
	listenAt(t, "127.0.0.1:"+text)
	for _, host := range []string{"dead-first.test", "dead-last.test"} {
		drive(t, nil, "--tries", "1", "--stall", "3000", "http://"+host+":"+text+"/page").mustGive(t, page)
	}
	fetch(t, "http://dead-first.test:"+text, "--timeout", "10").mustRefuse(t, 69, "HTTP 451")
	fetch(t, "http://dead-last.test:"+text, "--timeout", "10").mustRefuse(t, 69, "HTTP 451")
}

// Where none answers, the host is named once, with what the first said.
func TestNoAddressAnswers(t *testing.T) {
	port := freePort(t)
	for _, host := range []string{"both.test", "six.test", "dead-first.test"} {
		words := "cannot connect to " + host + ":" + port + ": Connection refused"
		drive(t, nil, "--tries", "1", "http://"+host+":"+port+"/").mustRefuse(t, 69, words, "cure check the network")
		o := fetch(t, "http://"+host+":"+port, "--timeout", "3")
		o.mustRefuse(t, 69, words, "its firewall")
		if lines := strings.Count(o.words, "\n"); lines != 1 {
			t.Errorf("%d lines beside the message: %s", lines, o.words)
		}
	}
}
