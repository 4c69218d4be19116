// Command packages runs the stand-in for the package server by hand, on
// addresses of this computer's loopback. It builds what it serves first, prints
// where it is as one JSON line and ends with Ctrl-C.
//
//	packages [-fault FAULTS] [-http PORT] [-https PORT]
//
// Paths below /fault/FAULTS/ see these faults only; below /hostile/KIND/ there
// is one tarball that means ill. The comment at packages.Fault lists FAULTS.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"os"
	"os/signal"
	"syscall"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
	"tsfunnel.test/scratch"
)

func main() {
	fault := flag.String("fault", "", "faults that every request sees")
	plain := flag.Int("http", 0, "port for http; any if 0")
	secure := flag.Int("https", 0, "port for https; any if 0")
	flag.Parse()
	if err := run(*fault, *plain, *secure); err != nil {
		log.Fatal(err)
	}
}

func run(fault string, plain, secure int) error {
	p := machine.Progress{W: os.Stderr}
	layer, err := machine.Tailscale(p)
	if err != nil {
		return err
	}
	mirror, err := machine.Mirror(p, layer)
	if err != nil {
		return err
	}
	dir, err := scratch.Dir("packages")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := packages.Start(dir, packages.Options{
		Mirror: mirror, HTTP: plain, HTTPS: secure, Logf: log.Printf,
		Pkgs: packages.Place{IP: "127.0.0.1", Name: "localhost"},
		Dl:   packages.Place{IP: "127.0.0.1", Name: "localhost"},
	})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.SetFaults(fault); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(s.Where); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
	return nil
}
