// Command demo shows the main job end to end: a throw-away machine that has
// nothing but a minimal Debian and Tailscale's package, one "tsfunnel install"
// in it, and a client outside that fetches the page.
//
//	demo [--keep] PROGRAM
//
// PROGRAM is the tsfunnel to show. With --keep all stays up until Ctrl-C.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"tsfunnel.test/machine"
	"tsfunnel.test/outside"
	"tsfunnel.test/tailnet"
	"tsfunnel.test/world"
)

const (
	installTimeout = 2 * time.Minute
	pageTimeout    = 30 * time.Second

	program = "/root/tsfunnel"
	keyFile = "/root/key"
)

func main() {
	keep := flag.Bool("keep", false, "leave it up until Ctrl-C")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: demo [--keep] PROGRAM")
		os.Exit(64)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := show(ctx, flag.Arg(0), *keep); err != nil {
		fmt.Fprintln(os.Stderr, "demo failed:", err)
		os.Exit(1)
	}
}

// show runs the demo and takes down what it put up.
func show(ctx context.Context, binary string, keep bool) (err error) {
	progress := machine.Progress{W: os.Stdout}
	kit, err := machine.Prepare(progress)
	if err != nil {
		return err
	}
	var w *world.World
	err = progress.Step("start a tailnet on loopback", func() (err error) {
		w, err = world.Open(ctx, kit.World)
		return err
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()

	token := rand.Text()
	page := machine.Page{Token: token, Listen: []string{"127.0.0.1:8888"}}
	var m *machine.Machine
	err = progress.Step("boot a machine without curl and CA bundle", func() (err error) {
		m, err = machine.New(ctx, kit, w, machine.Options{Pages: []machine.Page{page}})
		return err
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()

	url, err := install(ctx, m, w, binary)
	if err != nil {
		return err
	}
	if err := fetch(ctx, w, url, token); err != nil {
		return err
	}
	if keep {
		invite(ctx, w, url)
	}
	return nil
}

// install copies the program in and runs it as a user would.
func install(ctx context.Context, m *machine.Machine, w *world.World, binary string) (url string, err error) {
	if err := m.CopyIn(binary, program); err != nil {
		return "", err
	}
	if err := m.WriteFile(keyFile, []byte(w.AuthKey+"\n"), 0o600); err != nil {
		return "", err
	}
	args := []string{program, "install", "8888", "--auth-key-file", keyFile, "--login-server", w.ControlURL}
	fmt.Printf("\nroot@%s:~# tsfunnel %s\n", m.Host, strings.Join(args[1:], " "))
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	res, err := m.Exec(ctx, machine.Command{Args: args, Tee: os.Stdout})
	if err != nil {
		return "", err
	}
	if res.Code != 0 {
		return "", fmt.Errorf("install ended with exit code %d", res.Code)
	}
	fmt.Printf("(%.1f s)\n\n", res.Took.Seconds())
	lines := strings.Fields(res.Stdout)
	if len(lines) == 0 || !strings.HasPrefix(lines[len(lines)-1], "https://") {
		return "", fmt.Errorf("install did not print the URL last: %q", res.Stdout)
	}
	return lines[len(lines)-1], nil
}

// fetch gets the page from outside and prints what came.
func fetch(ctx context.Context, w *world.World, url, token string) error {
	client, err := outside.New(w)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	start := time.Now()
	page, err := client.Await(ctx, url, token)
	if err != nil {
		return err
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	fmt.Printf("from outside   %s\n", url)
	fmt.Printf("status         %d\n", page.Status)
	fmt.Printf("certificate    verified, issued by %s\n", page.Issuer)
	fmt.Printf("timing         %.0f ms after install; TCP %.1f ms, TLS %.1f ms, page %.1f ms\n",
		ms(time.Since(start)), ms(page.Connected), ms(page.Secured), ms(page.Total))
	fmt.Printf("page           %s\n", strings.TrimSpace(string(page.Body)))
	return nil
}

// invite tells how to try it by hand and waits for the end of ctx.
func invite(ctx context.Context, w *world.World, url string) {
	fmt.Printf("\nIt is up until Ctrl-C. To try it, as root in another terminal:\n\n")
	fmt.Printf("nsenter --net=%s curl -s --cacert %s --connect-to ::%s: %s\n", w.Netns, w.CAFile, tailnet.PublicIP, url)
	<-ctx.Done()
	fmt.Println()
}
