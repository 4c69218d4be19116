// Command world runs one loopback tailnet in the network namespace that it is
// started in, which must be a fresh one. It prints one JSON line when all is
// up and ends when its standard input does. With -packages, the folder of a
// mirror, there is a package server too.
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
	"tsfunnel.test/tailnet"
	"tsfunnel.test/world"
)

func main() {
	dir := flag.String("dir", "", "folder for state (required)")
	mirror := flag.String("packages", "", "folder of what a package server is to serve")
	flag.Parse()
	if *dir == "" {
		log.Fatal("-dir is required")
	}
	log.SetFlags(log.Lmicroseconds)
	if err := run(*dir, *mirror); err != nil {
		log.Fatal(err)
	}
}

func run(dir, mirror string) error {
	if err := tailnet.LoopbackUp(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var ready world.Ready
	tailnet, err := tailnet.Start(ctx, dir, log.Printf)
	if err != nil {
		return err
	}
	ready.Ready = *tailnet
	if mirror != "" {
		if ready.Packages, err = servePackages(dir, mirror); err != nil {
			return err
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
func servePackages(dir, mirror string) (*packages.Where, error) {
	s, err := packages.Start(dir, packages.Options{
		Mirror: mirror, HTTP: 80, HTTPS: 443, Logf: log.Printf,
		Pkgs: packages.Place{IP: "127.1.2.1", Name: "pkgs.test"},
		Dl:   packages.Place{IP: "127.1.2.2", Name: "dl.test"},
	})
	if err != nil {
		return nil, fmt.Errorf("packages: %w", err)
	}
	orders, err := net.Listen("unix", filepath.Join(dir, world.PackagesSocket))
	if err != nil {
		return nil, err
	}
	go http.Serve(orders, s.Admin())
	return &s.Where, nil
}
