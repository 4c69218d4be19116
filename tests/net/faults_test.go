// SPDX-License-Identifier: MIT

package net

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A file that has no period which a wrong resume could hide in.
var large = func() []byte {
	b := make([]byte, 1<<20)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}()

// cutting wraps a writer that ends the connection after so many bytes.
type cutting struct {
	http.ResponseWriter
	left int
}

func (c *cutting) Write(p []byte) (int, error) {
	if c.left < len(p) {
		_, _ = c.ResponseWriter.Write(p[:c.left])
		c.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(p)
	return c.ResponseWriter.Write(p)
}

func TestCutEvery64KiB(t *testing.T) {
	for _, validator := range []string{"ETag", "Last-Modified"} {
		t.Run(validator, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				modified := time.Time{}
				if validator == "ETag" {
					w.Header().Set("ETag", `"v1"`)
				} else {
					modified = time.Unix(1700000000, 0)
				}
				http.ServeContent(&cutting{w, 65536}, r, "file.tgz", modified, bytes.NewReader(large))
			}))
			defer s.Close()
			o := drive(t, nil, s.URL)
			o.mustGive(t, large)
			if !strings.Contains(o.words, "tries 16 restarts 0") {
				t.Error(o.words)
			}
		})
	}
}

// A file that changes while it is fetched is fetched anew, and never a mixture of both.
func TestFileChangesUnderWay(t *testing.T) {
	var asked atomic.Int32
	other := bytes.Repeat([]byte("other"), 50000)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.Header().Set("ETag", `"v1"`)
			http.ServeContent(&cutting{w, 65536}, r, "file.tgz", time.Time{}, bytes.NewReader(large))
			return
		}
		w.Header().Set("ETag", `"v2"`)
		http.ServeContent(w, r, "file.tgz", time.Time{}, bytes.NewReader(other))
	}))
	defer s.Close()
	o := drive(t, nil, s.URL)
	o.mustGive(t, other)
	if !strings.Contains(o.words, "tries 2 restarts 1") {
		t.Error(o.words)
	}
}

// A server that cannot go on, and cuts each time at the same place, is given up.
func TestServerWithoutRange(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(large)))
		c := &cutting{w, len(large)}
		if asked.Add(1) < 4 {
			c.left = 65536
		}
		_, _ = c.Write(large)
	}))
	defer s.Close()
	o := drive(t, nil, s.URL)
	o.mustGive(t, large)
	if !strings.Contains(o.words, "tries 4 restarts 3") {
		t.Error(o.words)
	}
	asked.Store(-100)
	drive(t, nil, s.URL).mustRefuse(t, 69, "before it was complete")
}

// raw answers each connection with what answer writes, and then waits to be left.
func raw(t *testing.T, answer func(w io.Writer)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				answer(c)
				_, _ = io.Copy(io.Discard, c)
			}()
		}
	}()
	return "http://" + l.Addr().String() + "/"
}

func TestServersThatWasteTime(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	endless := func(begin, more string, pause time.Duration) func(io.Writer) {
		return func(w io.Writer) {
			_, err := io.WriteString(w, begin)
			for err == nil {
				_, err = io.WriteString(w, more)
				time.Sleep(pause)
			}
		}
	}
	for _, c := range []struct {
		name   string
		answer func(io.Writer)
		status int
		words  string
	}{
		{"silence", func(io.Writer) {}, 75, "no answer in time"},
		{"stall in the head", func(w io.Writer) { _, _ = io.WriteString(w, ok) }, 75, "no answer in time"},
		{"stall in the body", func(w io.Writer) { _, _ = io.WriteString(w, ok+"Content-Length: 9\r\n\r\nabc") }, 75, "no answer in time"},
		{"slow drip", endless(ok+"\r\n", "x", 20*time.Millisecond), 75, "no answer in time"},
		{"endless headers", endless(ok, "X: y\r\n", 0), 65, "head is too large"},
		{"endless header", endless(ok+"X: ", "yyyyyyyy", 0), 65, "head is too large"},
		{"endless body", endless(ok+"\r\n", strings.Repeat("x", 4096), 0), 65, "larger than 100000 bytes"},
		{"endless chunks", endless(ok+"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", 0), 65, "larger than 100000 bytes"},
		{"endless extension", endless(ok+"Transfer-Encoding: chunked\r\n\r\n1;", "xxxxxxxx", 0), 65, "too much between two chunks"},
		{"endless trailers", endless(ok+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n", 0), 65, "too much between two chunks"},
		{"huge chunk", func(w io.Writer) {
			_, _ = io.WriteString(w, ok+"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n")
		}, 65, "senseless size"},
		{"huge length", func(w io.Writer) { _, _ = io.WriteString(w, ok+"Content-Length: 999999999999999999\r\n\r\n") }, 65, "larger than 100000 bytes"},
		{"endless 100", endless("", "HTTP/1.1 100 Continue\r\n\r\n", 0), 65, "preliminary"},
	} {
		t.Run(c.name, func(t *testing.T) {
			drive(t, nil, "--deadline", "1500", "--stall", "400", "--tries", "2", "--max", "100000", raw(t, c.answer)).
				mustRefuse(t, c.status, c.words)
		})
	}
}
