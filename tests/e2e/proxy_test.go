package e2e

import (
	"os"
	"strings"
	"testing"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
	"tsfunnel.test/proxy"
	"tsfunnel.test/world"
)

// connected ends the test if the proxy was not asked for a connection to each
// of targets.
func (s *scene) connected(targets ...string) {
	s.t.Helper()
	log, err := os.ReadFile(s.world.Proxy.Log)
	s.must(err)
	for _, target := range targets {
		if !strings.Contains(string(log), "CONNECT "+target) {
			s.t.Errorf("no CONNECT %s in:\n%s", target, log)
		}
	}
}

// hostPort returns the host and port of a URL.
func hostPort(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// TestProxyByHand: with the proxy in tailscaled's environment the release makes
// a page, and without it tailscaled reaches nothing.
func TestProxyByHand(t *testing.T) {
	s := newSceneOf(t, machine.Options{}, world.BehindProxy())
	up := []string{"tailscale", "up", "--login-server", s.world.ControlURL, "--auth-key", s.world.AuthKey}
	s.run("systemctl", "start", "tailscaled")
	if res := s.try(append(up, "--timeout", "5s")...); res.Code == 0 {
		t.Fatalf("there is a way around the proxy: %v", res)
	}
	s.write("/etc/systemd/system/tailscaled.service.d/proxy.conf", "[Service]\nEnvironment=HTTPS_PROXY="+s.world.Proxy.URL+"\n")
	s.run("systemctl", "daemon-reload")
	s.run("systemctl", "restart", "tailscaled")
	s.run(up...)
	s.run("tailscale", "funnel", "--bg", "8888")
	s.page(home, s.token, soon)
	s.connected(hostPort(s.world.ControlURL)+":443", hostPort(s.world.ACMEDirectory), hostPort(s.world.DERP))
}

// TestBehindProxy is the whole job on a machine without Tailscale and without a
// CA bundle that reaches nothing but a proxy that wants a password.
func TestBehindProxy(t *testing.T) {
	program, dir := trusting(t), served(t)
	s := newSceneOf(t, machine.Options{Bare: true, Rootless: true}, world.WithPackages(dir), world.BehindProxy())
	s.must(s.CopyIn(program, bin))
	s.must(s.WriteFile(keyFile, []byte(s.world.AuthKey+"\n"), 0o600))
	before := s.snapshot()
	args := s.withKey(from(secureServer, bin, "install", "8888", "--cacert", machine.RootsFile)...)
	if res := s.try(args...); res.Code != exitUnavailable {
		t.Errorf("without the proxy: want exit %d: %v", exitUnavailable, res)
	}
	s.unchanged(before, false)

	res := s.exec(machine.Command{Args: args, Env: []string{"https_proxy=" + s.world.Proxy.URL, "http_proxy=" + s.world.Proxy.URL}})
	if res.Code != exitDone || lastLine(res.Stdout) != home {
		t.Fatalf("install: %v", res)
	}
	s.page(home, s.token, soon)
	s.connected("pkgs.test:443", "dl.test:443", hostPort(s.world.ControlURL)+":443", hostPort(s.world.ACMEDirectory), hostPort(s.world.DERP))
	if got := s.version(); got != packages.Latest {
		t.Errorf("tailscale is %s", got)
	}
	if strings.Contains(res.Stdout+res.Stderr, proxy.Password) {
		t.Errorf("the proxy's password is told: %v", res)
	}
	// tailscaled itself tells its proxy, password and all.
	told := s.run("journalctl", "--no-pager", "-o", "cat", "-a", "-u", unit)
	if strings.Contains(told, proxy.Password) {
		t.Errorf("the proxy's password is in our journal:\n%s", told)
	}
	if got := s.searchFiles(proxy.Password); got != "" {
		t.Errorf("readable files with the proxy's password: %s", got)
	}
	s.reboot()
	s.page(home, s.token, recovery)
	s.does("uninstall", "--purge")
	s.noPage(home)
	s.unchanged(before, false)
}
