package packages

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"hash/adler32"
	"hash/fnv"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"path"
	"strconv"
	"time"
)

const portalPage = `<!DOCTYPE html>
<html><head><title>Welcome to the hotel's network</title></head>
<body><form action="/login"><input name="room"><button>Log in</button></form></body></html>
`

// answer answers x with body, less what the faults spoil.
func (x *exchange) answer(body []byte) {
	h := x.w.Header()
	if f, ok := x.faults.find("status"); ok {
		if f.number() == http.StatusServiceUnavailable {
			h.Set("Retry-After", "1")
		}
		http.Error(x.w, http.StatusText(f.number()), f.number())
		return
	}
	h.Set("Content-Type", "application/octet-stream")
	if what(x.path) == "index" {
		h.Set("Content-Type", "application/json")
	}
	if x.faults.has("portal") {
		h.Set("Content-Type", "text/html; charset=utf-8")
		body = []byte(portalPage)
	}
	body = x.spoil(body)
	h.Set("ETag", fmt.Sprintf(`"%x"`, adler32.Checksum(body)))
	if x.faults.has("shift") {
		h.Set("ETag", fmt.Sprintf("%q", rand.Text()))
	}
	if x.raw(body) {
		return
	}
	w := x.slowed()
	if x.faults.has("norange") || what(x.path) == "index" {
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if x.r.Method != http.MethodHead {
			w.Write(body)
		}
		return
	}
	http.ServeContent(w, x.r, path.Base(x.path), built, bytes.NewReader(body))
}

// spoil returns body with the changes that the faults ask for.
func (x *exchange) spoil(body []byte) []byte {
	for _, f := range x.faults {
		n := f.number()
		switch f.Kind {
		case "empty":
			body = nil
		case "flip":
			if len(body) > 0 {
				body[n%len(body)] ^= 1
			}
		case "shorten":
			body = body[:max(0, len(body)-n)]
		case "extend":
			body = append(body, make([]byte, n)...)
		case "mutate":
			body = Mutate(body, uint64(n))
		}
	}
	return body
}

// Mutate returns body after the seed-th of a row of random changes, which is
// always another text than body.
func Mutate(body []byte, seed uint64) []byte {
	mix := fnv.New64a()
	mix.Write(body)
	rnd := mathrand.New(mathrand.NewPCG(seed, mix.Sum64()))
	for {
		out := bytes.Clone(body)
		for range 1 + rnd.IntN(3) {
			out = mutateOnce(out, rnd)
		}
		if !bytes.Equal(out, body) {
			return out
		}
	}
}

func mutateOnce(b []byte, rnd *mathrand.Rand) []byte {
	if len(b) == 0 {
		return []byte{byte(rnd.Uint32())}
	}
	at := rnd.IntN(len(b))
	n := min(1+rnd.IntN(16), len(b)-at)
	switch rnd.IntN(6) {
	case 0: // bits
		b[at] ^= 1 << rnd.IntN(8)
	case 1: // bytes
		for i := range n {
			b[at+i] = byte(rnd.Uint32())
		}
	case 2: // cut
		b = b[:at]
	case 3: // gap
		b = append(b[:at], b[at+n:]...)
	case 4: // echo
		b = append(b[:at+n], b[at:]...)
	case 5: // more
		for range n {
			b = append(b, byte(rnd.Uint32()))
		}
	}
	return b
}

// raw answers by its own hand where net/http would refuse to. It reports
// whether it did.
func (x *exchange) raw(body []byte) bool {
	head := "HTTP/1.1 200 OK\r\nContent-Type: " + x.w.Header().Get("Content-Type") + "\r\nConnection: close\r\n"
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n", n) }
	for _, f := range x.faults {
		switch f.Kind {
		case "mute":
			x.hijack(func(c net.Conn) { x.hang(c) })
		case "headers":
			x.hijack(func(c net.Conn) { flood(c, head, "X-More: of the same\r\n") })
		case "longline":
			x.hijack(func(c net.Conn) { flood(c, head+"X-Long: ", "and so on ") })
		case "length":
			x.hijack(func(c net.Conn) { fmt.Fprintf(c, "%s%s%s", head, length(len(body)+f.number()), body) })
		case "chunk":
			x.hijack(func(c net.Conn) { fmt.Fprintf(c, "%sTransfer-Encoding: chunked\r\n\r\n%s\r\n%s", head, f.Value, body) })
		case "chunked":
			x.hijack(func(c net.Conn) { writeChunked(c, head, body) })
		case "continue":
			x.hijack(func(c net.Conn) {
				fmt.Fprintf(c, "HTTP/1.1 100 Continue\r\n\r\n%s%s%s", head, length(len(body)), body)
			})
		case "nolength":
			x.hijack(func(c net.Conn) { fmt.Fprintf(c, "%s\r\n%s", head, body) })
		default:
			continue
		}
		return true
	}
	return false
}

// hijack takes the connection for f and ends it afterwards.
func (x *exchange) hijack(f func(net.Conn)) {
	c, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	f(c)
}

// hang waits for the client to give up.
func (x *exchange) hang(c net.Conn) {
	c.SetReadDeadline(time.Now().Add(hangTimeout))
	c.Read(make([]byte, 1))
}

// flood writes more and more until the client gives up.
func flood(c net.Conn, start, more string) {
	c.SetWriteDeadline(time.Now().Add(hangTimeout))
	_, err := c.Write([]byte(start))
	block := bytes.Repeat([]byte(more), 1000)
	for err == nil {
		_, err = c.Write(block)
	}
}

func writeChunked(c net.Conn, head string, body []byte) {
	fmt.Fprintf(c, "%sTransfer-Encoding: chunked\r\n\r\n", head)
	for size := 1; len(body) > 0; size = min(2*size+1, 1<<16) {
		n := min(size, len(body))
		if _, err := fmt.Fprintf(c, "%x;of=size\r\n%s\r\n", n, body[:n]); err != nil {
			return
		}
		body = body[n:]
	}
	fmt.Fprint(c, "0\r\nX-Trailer: yes\r\n\r\n")
}
