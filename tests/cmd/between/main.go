// Command between stands between tailscaled and its clients and lets something
// happen at a chosen moment: before one request is passed on, a command runs.
//
//	between [-cli] LISTEN CONNECT METHOD PATH COMMAND [ARGUMENT...]
//
// LISTEN and CONNECT are unix sockets. The first request with METHOD whose path
// has PATH in it is the moment; with -cli only requests of Tailscale's own
// programs count.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"os/exec"
	"strings"
	"sync"
)

func main() {
	cli := flag.Bool("cli", false, "only requests of Tailscale's own programs")
	flag.Parse()
	a := flag.Args()
	if len(a) < 5 {
		log.Fatal("usage: between [-cli] LISTEN CONNECT METHOD PATH COMMAND [ARGUMENT...]")
	}
	listen, connect, method, path, command := a[0], a[1], a[2], a[3], a[4:]
	var once sync.Once
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", "tailscaled", "local-tailscaled.sock"
		},
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", connect)
		}},
		FlushInterval: -1, // the bus is a stream
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		log.Println(r.Method, r.URL)
		own := r.Header.Get("Tailscale-Cap") != ""
		if r.Method == method && strings.Contains(r.URL.Path, path) && (own || !*cli) {
			once.Do(func() { run(command) })
		}
		proxy.ServeHTTP(w, r)
	}
	os.Remove(listen)
	ln, err := net.Listen("unix", listen)
	if err == nil {
		err = os.Chmod(listen, 0o666)
	}
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(ln, http.HandlerFunc(handler)))
}

func run(command []string) {
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	log.Printf("%q: %v\n%s", command, err, out)
}
