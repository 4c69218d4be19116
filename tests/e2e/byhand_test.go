package e2e

import (
	"testing"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
	"tsfunnel.test/world"
)

// TestByHand: on a machine without Tailscale, the release unpacked by hand
// makes a page. So what the other cases find is the program's, not theirs.
func TestByHand(t *testing.T) {
	s := newSceneOf(t, machine.Options{Bare: true}, world.WithPackages(served(t)))
	if s.Exists("/usr/bin/tailscale") || s.try("systemctl", "cat", "tailscaled").Code == 0 {
		t.Fatal("Tailscale is there")
	}
	s.must(s.CopyIn(served(t)+"/main/stable/"+release, "/root/"+release))
	s.run("tar", "xzf", "/root/"+release, "-C", "/root")
	s.run("sh", "-c", `cd /root/tailscale_*/ && mv tailscale /usr/bin && mv tailscaled /usr/sbin &&
		mv systemd/*.service systemd/*.target /etc/systemd/system && mv systemd/tailscaled.defaults /etc/default/tailscaled`)
	s.run("systemctl", "daemon-reload")
	s.login()
	if got := s.version(); got != packages.Latest {
		t.Errorf("tailscale is %s", got)
	}
	s.run("tailscale", "funnel", "--bg", "8888")
	s.page(home, s.token, soon)
	res := s.run("bash", "-c", `exec 3<>/dev/tcp/pkgs.test/80; printf 'GET /stable/?mode=json HTTP/1.0\r\n\r\n' >&3; cat <&3`)
	says(t, res, `"TarballsVersion": "`+packages.Latest+`"`)
	if n := s.requests(); n != 1 {
		t.Errorf("%d requests", n)
	}
}
