// Command world runs one loopback tailnet in the network namespace that it is
// started in, which must be a fresh one. It prints one JSON line when all is
// up and ends when its standard input does.
//
// With -packages, the folder of a mirror, there is a package server too. With
// -proxy there is a second network, from which control, DERP, ACME and the
// package server can be reached through a forward proxy only.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"tsfunnel.test/packages"
	"tsfunnel.test/proxy"
	"tsfunnel.test/tailnet"
	"tsfunnel.test/world"
)

// places are the addresses of what a machine asks for.
type places struct{ services, pkgs, dl string }

var (
	onLoopback = places{"", "127.1.2.1", "127.1.2.2"}
	// Not loopback's, for which no program would ask a proxy.
	behindProxy = places{"192.0.2.1", "192.0.2.2", "192.0.2.3"}
)

// usable is an address of lo in a world without a proxy. Without one an older
// tailscaled, of 1.90 say, takes the network for down and asks for no relay,
// whatever its environment says (magicsock.networkDown).
const usable = "192.0.2.9"

func main() {
	dir := flag.String("dir", "", "folder for state (required)")
	mirror := flag.String("packages", "", "folder of what a package server is to serve")
	proxied := flag.Bool("proxy", false, "reachable through a forward proxy only")
	flag.Parse()
	if *dir == "" {
		log.Fatal("-dir is required")
	}
	log.SetFlags(log.Lmicroseconds)
	if err := run(*dir, *mirror, *proxied); err != nil {
		log.Fatal(err)
	}
}

func run(dir, mirror string, proxied bool) error {
	if err := tailnet.LoopbackUp(); err != nil {
		return err
	}
	at, addresses := onLoopback, []string{usable}
	if proxied {
		at = behindProxy
		addresses = []string{at.services, at.pkgs, at.dl}
	}
	for _, ip := range addresses {
		if err := proxy.AddAddress(ip); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tailnet, err := tailnet.Start(ctx, dir, tailnet.Options{Address: at.services}, log.Printf)
	if err != nil {
		return err
	}
	ready := world.Ready{Ready: *tailnet}
	hosts := map[string]string{}
	if mirror != "" {
		if ready.Packages, err = servePackages(dir, mirror, at); err != nil {
			return fmt.Errorf("packages: %w", err)
		}
		hosts = ready.Packages.Hosts
	}
	if proxied {
		if ready.Proxy, err = proxy.Start(dir, hosts); err != nil {
			return fmt.Errorf("proxy: %w", err)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// servePackages starts the package server, with names and ports as production
// has them.
func servePackages(dir, mirror string, at places) (*packages.Where, error) {
	s, err := packages.Start(dir, packages.Options{
		Mirror: mirror, HTTP: 80, HTTPS: 443, Logf: log.Printf,
		Pkgs: packages.Place{IP: at.pkgs, Name: "pkgs.test"},
		Dl:   packages.Place{IP: at.dl, Name: "dl.test"},
	})
	if err != nil {
		return nil, err
	}
	orders, err := net.Listen("unix", filepath.Join(dir, world.PackagesSocket))
	if err != nil {
		return nil, err
	}
	go http.Serve(orders, s.Admin())
	return &s.Where, nil
}
