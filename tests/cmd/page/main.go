// Command page is the local server that a machine exposes. It answers every
// request with one JSON object: a token that tells it from any other server,
// where it listened, and what reached it.
//
//	page TOKEN ADDRESS...
//
// An ADDRESS is "host:port" or "unix:/path".
package main

import (
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
)

// answer is the page. cmd/page's readers decode it.
type answer struct {
	Token  string      `json:"token"`
	Listen string      `json:"listen"`
	Method string      `json:"method"`
	Path   string      `json:"path"`
	Host   string      `json:"host"`
	Header http.Header `json:"header"`
}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: page TOKEN ADDRESS...")
	}
	failed := make(chan error)
	for _, addr := range os.Args[2:] {
		go func() { failed <- serve(os.Args[1], addr) }()
	}
	log.Fatal(<-failed)
}

func serve(token, addr string) error {
	network := "tcp"
	path, isUnix := strings.CutPrefix(addr, "unix:")
	if isUnix {
		network = "unix"
		os.Remove(path) // left over from before a reboot
	} else {
		path = addr
	}
	ln, err := net.Listen(network, path)
	if err != nil {
		return err
	}
	return http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(answer{token, addr, r.Method, r.URL.Path, r.Host, r.Header})
	}))
}
