// Command world runs one loopback tailnet in the network namespace that it is
// started in, which must be a fresh one. It prints one JSON line when all is
// up and ends when its standard input does.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log"
	"os"

	"tsfunnel.test/tailnet"
)

func main() {
	dir := flag.String("dir", "", "folder for state (required)")
	flag.Parse()
	if *dir == "" {
		log.Fatal("-dir is required")
	}
	log.SetFlags(log.Lmicroseconds)
	if err := run(*dir); err != nil {
		log.Fatal(err)
	}
}

func run(dir string) error {
	if err := tailnet.LoopbackUp(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ready, err := tailnet.Start(ctx, dir, log.Printf)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
