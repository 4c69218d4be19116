// Command prepare builds and caches what the tests run on, telling each long
// step.
//
//	prepare [-trusting PATH]
//
// With -trusting it also packs releases of Tailscale for a package server and
// builds, at PATH, a tsfunnel that trusts the keys these are signed with.
package main

import (
	"flag"
	"fmt"
	"os"

	"tsfunnel.test/machine"
)

func main() {
	trusting := flag.String("trusting", "", "where to build a program that trusts the tests' keys")
	flag.Parse()
	// tests/report.awk shows lines of this mark at once
	if err := prepare(machine.Progress{W: os.Stdout, Mark: "== "}, *trusting); err != nil {
		fmt.Fprintln(os.Stderr, "cannot prepare:", err)
		os.Exit(1)
	}
}

func prepare(p machine.Progress, trusting string) error {
	kit, err := machine.Prepare(p)
	if err != nil || trusting == "" {
		return err
	}
	mirror, err := machine.Mirror(p, kit.Tailscale)
	if err != nil {
		return err
	}
	return machine.Program(p, mirror, trusting)
}
