// Command bench compares tsfunnel with what a user would do instead, on the
// same machines in the same run.
//
//	bench matrix [--times N] [--rows PATTERN] [--jobs J] PROGRAM
//
// matrix: after each fault, the seconds from the moment its cause is gone until
// the public page stays; "dead" when it does not come back within a minute.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"

	"tsfunnel.test/machine"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "matrix" {
		return errors.New("usage: bench matrix [--times N] [--rows PATTERN] [--jobs J] PROGRAM")
	}
	flags := flag.NewFlagSet("matrix", flag.ContinueOnError)
	times := flags.Int("times", 1, "how often each cell is measured")
	rows := flags.String("rows", "", "only rows that match")
	jobs := flags.Int("jobs", 2, "machines side by side")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	pattern, err := regexp.Compile(*rows)
	if err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("PROGRAM is missing")
	}
	kit, err := machine.Prepare(machine.Progress{W: os.Stderr})
	if err != nil {
		return err
	}
	b := &bench{kit: kit, program: flags.Arg(0)}
	table := b.matrix(ctx, pattern, *times, *jobs)
	table.print(os.Stdout)
	return ctx.Err()
}
