package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
)

// madeLater is when, by its own word, the program was built that meets a clock
// which is behind: to it this computer's is.
var madeLater = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// laterProgram is trustingProgram, built then.
var laterProgram = sync.OnceValues(func() (string, error) {
	path, err := filepath.Abs("../../build/tsfunnel-later")
	if err != nil {
		return "", err
	}
	dir, err := mirror()
	if err != nil {
		return "", err
	}
	cmd := exec.Command("../../build.sh", "build", "--roots", filepath.Join(dir, packages.RootFile), "--output", path)
	cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", madeLater.Unix()))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build.sh: %w\n%s", err, out)
	}
	return path, nil
})

func later(t *testing.T) string {
	t.Helper()
	path, err := laterProgram()
	return must1(t, path, err)
}

// TestClockBehind: where certificates are not valid because the clock is behind,
// the clock is named, and what can be had without it; that can be had indeed.
func TestClockBehind(t *testing.T) {
	d := newDepotOf(t, packages.Options{Now: madeLater})
	args := []string{"--arch", "arm64", "--cacert", d.CAFile, "--base-url"}
	for _, prefix := range []string{"", "/fault/here"} {
		res, files := d.runs(later(t), append(args, d.Secure+prefix)...)
		if res.Code != exitData || len(files) > 0 {
			t.Errorf("https: %d files: %v", len(files), res)
		}
		says(t, res.Stderr, "cannot trust localhost: the clock of this machine is wrong: it says 20",
			"this program was made on 2100-01-01 00:00 UTC", "set the clock (date -s, or NTP)",
			"use --package FILE or a mirror over http")
	}
	// Without a reason to doubt the clock it is asked about, not blamed.
	res, files := d.run(append(args, d.Secure)...)
	if res.Code != exitData || len(files) > 0 {
		t.Errorf("https, another program: %d files: %v", len(files), res)
	}
	says(t, res.Stderr, "its certificate is not valid before 2099-12-31 23:00 UTC", "is the clock of this machine right?")

	res, files = d.runs(later(t), append(args, d.Base)...)
	if res.Code != exitDone || !bytes.Equal(files[smallPackage], d.small) {
		t.Fatalf("http: %v", res)
	}
	dir := t.TempDir()
	for name, body := range files {
		err := os.WriteFile(filepath.Join(dir, name), body, 0o644)
		must1(t, name, err)
	}
	d.Close()
	res, files = d.runs(later(t), "--arch", "arm64", "--package", filepath.Join(dir, smallPackage))
	if res.Code != exitDone || !bytes.Equal(files[smallPackage], d.small) {
		t.Errorf("carried: %v", res)
	}
}

// TestClockBehindByLittle: certificates that are valid by the clock are taken,
// and others are refused for what they are.
func TestClockBehindByLittle(t *testing.T) {
	d := newDepot(t)
	res, files := d.runs(later(t), "--arch", "arm64", "--cacert", d.CAFile, "--base-url", d.Secure)
	if res.Code != exitDone || !bytes.Equal(files[smallPackage], d.small) {
		t.Errorf("valid: %v", res)
	}
	res, files = d.runs(later(t), "--arch", "arm64", "--base-url", d.Secure)
	if res.Code != exitData || len(files) > 0 {
		t.Errorf("not trusted: %d files: %v", len(files), res)
	}
	says(t, res.Stderr, `is issued by "O=tsfunnel tests, CN=Packages Root", which is not trusted here`)
}

// TestInstallClockBehind: both ways lead to a page.
func TestInstallClockBehind(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"http":    from(packageServer, "8888"),
		"carried": {"8888", "--package", "/root/carried/" + release},
	} {
		t.Run(name, func(t *testing.T) {
			s := newBlank(t, machine.Options{})
			s.must(s.CopyIn(later(t), bin))
			s.does(from(packageServer, "fetch", "--to", "/root/carried")...)
			s.install(home, args...)
			s.page(home, s.token, soon)
		})
	}
}
