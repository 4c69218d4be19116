// SPDX-License-Identifier: MIT

// Package net drives the network code against servers that were written by others: Go's, OpenSSL's
// and nginx. All of it stays in a network namespace that has loopback only.
package net

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The program of tests/net/driver, with sanitizers.
var driver string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "net")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if driver, err = buildDriver(dir); err != nil {
		fmt.Fprintln(os.Stderr, "cannot build the driver:", err)
		return 1
	}
	if os.Getenv(inOwnNetwork) == "" {
		return again()
	}
	if err = furnish(dir); err != nil {
		fmt.Fprintln(os.Stderr, "cannot make a network:", err)
		return 1
	}
	return m.Run()
}

// buildDriver links it with the objects of the unit tests, by the flags these were built with.
func buildDriver(dir string) (string, error) {
	if ready := os.Getenv("NET_DRIVER"); ready != "" {
		return ready, nil
	}
	top, err := filepath.Abs("../..")
	if err != nil {
		return "", err
	}
	units := exec.Command("./build.sh", "units")
	units.Dir = top
	if out, err := units.CombinedOutput(); err != nil {
		return "", fmt.Errorf("./build.sh units: %w\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(top, "build/obj/host/flags"))
	if err != nil {
		return "", err
	}
	words := strings.Fields(string(text))
	program := filepath.Join(dir, "driver")
	arguments := append(words[1:len(words):len(words)], "-o", program,
		"tests/net/driver/driver.c", "build/obj/host/tsfunnel.a")
	for _, w := range words {
		if strings.HasSuffix(w, ".a") {
			arguments = append(arguments, w)
		}
	}
	cc := exec.Command(words[0], arguments...)
	cc.Dir = top
	if out, err := cc.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return program, nil
}

type outcome struct {
	status int
	body   []byte
	words  string // standard error: message, cure, what else there is to say
}

// driveTimeout ends a driver that does not end itself.
const driveTimeout = time.Minute

// drive runs the driver with nothing in its environment but what env says.
func drive(t *testing.T, env []string, arguments ...string) outcome {
	t.Helper()
	var out, words bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), driveTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, driver, arguments...)
	cmd.Env = env
	if env == nil {
		cmd.Env = []string{}
	}
	cmd.Stdout, cmd.Stderr = &out, &words
	err := cmd.Run()
	if _, ended := err.(*exec.ExitError); err != nil && !ended || ctx.Err() != nil {
		t.Fatal(err, ctx.Err(), words.String())
	}
	if strings.Contains(words.String(), "Sanitizer") {
		t.Fatal(words.String())
	}
	return outcome{cmd.ProcessState.ExitCode(), out.Bytes(), words.String()}
}

func (o outcome) mustRefuse(t *testing.T, status int, words ...string) {
	t.Helper()
	if o.status != status {
		t.Errorf("exit status %d instead of %d: %s", o.status, status, o.words)
	}
	for _, w := range words {
		if !strings.Contains(o.words, w) {
			t.Errorf("does not say %q: %s", w, o.words)
		}
	}
}

func (o outcome) mustGive(t *testing.T, body []byte) {
	t.Helper()
	if o.status != 0 {
		t.Fatalf("exit status %d: %s", o.status, o.words)
	}
	if !bytes.Equal(o.body, body) {
		t.Fatalf("%d bytes that are not the %d served: %s", len(o.body), len(body), o.words)
	}
}
