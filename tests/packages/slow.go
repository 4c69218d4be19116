package packages

import (
	"net"
	"net/http"
	"time"
)

// hangTimeout bounds how long the server keeps up what no client should wait
// for.
const hangTimeout = 5 * time.Minute

// slowed returns x's writer, less what faults do to the body's way.
func (x *exchange) slowed() http.ResponseWriter {
	for _, f := range x.faults {
		switch f.Kind {
		case "cut", "reset", "stall":
			return &brief{ResponseWriter: x.w, x: x, left: f.number(), kind: f.Kind}
		case "drip":
			return &drip{ResponseWriter: x.w, x: x, every: time.Duration(f.number()) * time.Millisecond}
		}
	}
	return x.w
}

// brief lets a number of bytes through.
type brief struct {
	http.ResponseWriter
	x    *exchange
	left int
	kind string
}

func (b *brief) Write(p []byte) (int, error) {
	if len(p) <= b.left {
		b.left -= len(p)
		return b.ResponseWriter.Write(p)
	}
	b.ResponseWriter.Write(p[:b.left])
	control := http.NewResponseController(b.ResponseWriter)
	control.Flush()
	switch b.kind {
	case "stall":
		pause(b.x.r.Context(), hangTimeout)
	case "reset":
		if c, _, err := control.Hijack(); err == nil {
			if tcp, ok := c.(*net.TCPConn); ok {
				tcp.SetLinger(0)
			}
			c.Close()
		}
	}
	panic(http.ErrAbortHandler)
}

// drip lets single bytes through.
type drip struct {
	http.ResponseWriter
	x     *exchange
	every time.Duration
}

func (d *drip) Write(p []byte) (int, error) {
	control := http.NewResponseController(d.ResponseWriter)
	for i := range p {
		if _, err := d.ResponseWriter.Write(p[i : i+1]); err != nil {
			return i, err
		}
		if err := control.Flush(); err != nil {
			return i, err
		}
		pause(d.x.r.Context(), d.every)
	}
	return len(p), nil
}
