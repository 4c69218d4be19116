// Command prepare builds and caches what the tests run on, telling each long
// step.
package main

import (
	"fmt"
	"os"

	"tsfunnel.test/machine"
)

func main() {
	if _, err := machine.Prepare(machine.Progress{W: os.Stdout}); err != nil {
		fmt.Fprintln(os.Stderr, "cannot prepare:", err)
		os.Exit(1)
	}
}
