// Command bench compares tsfunnel with what a user would do instead, on the
// same machines in the same run.
//
//	bench matrix [--times N] [--rows PATTERN] [--jobs J] PROGRAM
//	bench fetch [--times N] [--rows PATTERN] PROGRAM
//
// matrix: after each fault, the seconds from the moment its cause is gone until
// the public page stays; "dead" when it does not come back within a minute. And
// what of that is tsfunnel's own part, in milliseconds, as a poller in the
// machine sees it. PATTERN is matched against CLASS/NAME of rows.
//
// fetch: a release of Tailscale from a server on loopback to its place, in
// seconds, and the memory that takes. PROGRAM is where a tsfunnel is built that
// trusts the server's keys.
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

const usage = `usage: bench matrix [--times N] [--rows PATTERN] [--jobs J] PROGRAM
       bench fetch [--times N] [--rows PATTERN] PROGRAM`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	switch args[0] {
	case "matrix":
		return runMatrix(ctx, args[1:])
	case "fetch":
		return runFetch(ctx, args[1:])
	case attachVerb: // not for people
		return attach(args[1:])
	}
	return errors.New(usage)
}

// parse reads the options and the one argument, PROGRAM.
func parse(flags *flag.FlagSet, args []string) (program string, err error) {
	if err := flags.Parse(args); err != nil {
		return "", err
	}
	if flags.NArg() != 1 {
		return "", errors.New("PROGRAM is missing")
	}
	return flags.Arg(0), nil
}

func runMatrix(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("matrix", flag.ContinueOnError)
	times := flags.Int("times", 1, "how often each cell is measured")
	rows := flags.String("rows", "", "only rows that match")
	jobs := flags.Int("jobs", 2, "machines side by side")
	program, err := parse(flags, args)
	if err != nil {
		return err
	}
	pattern, err := regexp.Compile(*rows)
	if err != nil {
		return err
	}
	p := machine.Progress{W: os.Stderr}
	kit, err := machine.Prepare(p)
	if err != nil {
		return err
	}
	b := &bench{kit: kit, program: program}
	table := b.empty(pattern)
	if err := b.prepare(p, table.rows); err != nil {
		return err
	}
	b.matrix(ctx, table, *times, *jobs)
	table.print(os.Stdout)
	return ctx.Err()
}
