package packages

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"
)

// draft is an answer that nobody has seen yet.
type draft struct {
	head   http.Header
	status int
	body   bytes.Buffer
}

func (d *draft) Header() http.Header    { return d.head }
func (d *draft) WriteHeader(status int) { d.status = status }

func (d *draft) Write(p []byte) (int, error) {
	if d.status == 0 {
		d.status = http.StatusOK
	}
	return d.body.Write(p)
}

// scramble answers what reply does, with a head after the seed-th of a row of
// random changes.
func (x *exchange) scramble(seed uint64, reply func()) {
	w, d := x.w, &draft{head: http.Header{}}
	x.w = d
	reply()
	x.w = w
	d.head.Set("Content-Length", strconv.Itoa(d.body.Len()))
	d.head.Set("Connection", "close")
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", d.status, http.StatusText(d.status))
	d.head.Write(&head)
	head.WriteString("\r\n")
	x.hijack(func(c net.Conn) {
		c.Write(Mutate(head.Bytes(), seed))
		c.Write(d.body.Bytes())
	})
}
