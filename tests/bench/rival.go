package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tsfunnel.test/packages"
)

// byHand is what a user types who reads how to install from a tarball: TRACK-URL
// TARBALL CURL-OPTION... The last step is for those who want to have it still
// after a power cut, as tsfunnel does.
const byHand = `
track=$1 file=$2
shift 2
curl -fsSL "$@" -O "$track/$file" -O "$track/$file.sha256"
echo "$(cat "$file.sha256")  $file" | sha256sum --check --quiet
tar xzf "$file"
echo unpacked
sync "${file%.tgz}/tailscale" "${file%.tgz}/tailscaled"
`

// rivals are the programs in it.
var rivals = []string{"curl", "sha256sum", "tar", "gzip"}

// rival runs it with this computer's programs, where the machine would write,
// and measures up to the end of tar and up to that of sync.
func (c *contest) rival(ctx context.Context, base string, r *sample) error {
	dir := filepath.Join(c.root, work, "rival")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	args := []string{"--net=" + c.world.Netns, "--", "sh", "-euc", byHand, "sh", base + "/stable", tarball}
	cmd := exec.CommandContext(ctx, "nsenter", append(args, curlOptions(c.world.Packages)...)...)
	cmd.Dir = dir
	cmd.WaitDelay = 2 * time.Second // for what the shell started, when all is to end
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	r.unpacked = time.Since(start)
	err = cmd.Wait()
	r.synced = time.Since(start)
	r.rivalBusy = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if err == nil && strings.TrimSpace(line) != "unpacked" {
		err = fmt.Errorf("it says %q", line)
	}
	if err != nil {
		err = fmt.Errorf("curl, sha256sum, tar: %w\n%s", err, stderr.String())
	}
	return err
}

// curlOptions tell curl what the machine has in its files.
func curlOptions(s *packages.Where) []string {
	options := []string{"--cacert", s.CAFile}
	for name, ip := range s.Hosts {
		for _, port := range []string{"80", "443"} {
			options = append(options, "--resolve", net.JoinHostPort(name, port)+":"+ip)
		}
	}
	return options
}

// versions tells which programs the rivals are here.
func versions() string {
	var list []string
	for _, name := range rivals {
		out, _ := exec.Command(name, "--version").Output()
		first, _, _ := strings.Cut(string(out), "\n")
		if words := strings.Fields(first); name == "curl" && len(words) > 2 {
			first = strings.Join(words[:2], " ") // the rest is libraries
		}
		list = append(list, first)
	}
	return strings.Join(list, ", ")
}
