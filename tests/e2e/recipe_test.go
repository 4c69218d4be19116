package e2e

import (
	"testing"
	"time"

	"tsfunnel.test/tailnet"
)

// recipe is the bare unit that tsfunnel improves on.
const recipe = `[Unit]
Description=Tailscale Funnel for Port 8888
After=network.target tailscaled.service
Requires=tailscaled.service
[Service]
Type=simple
ExecStart=/usr/bin/tailscale funnel 8888
Restart=on-failure
RestartSec=5s
ExecStartPre=/bin/sleep 5
[Install]
WantedBy=multi-user.target
`

const recipeUnit = "/etc/systemd/system/tailscale-funnel.service"

// TestRecipe exposes a page without tsfunnel: it proves that the machines and
// the worlds here are real enough, and that a page that is gone is seen as gone.
func TestRecipe(t *testing.T) {
	s := newScene(t)
	s.login()
	s.write(recipeUnit, recipe)
	s.run("systemctl", "daemon-reload")
	s.run("systemctl", "enable", "--now", "tailscale-funnel.service")
	page := s.page(home, s.token, soon)
	t.Logf("status %d, issuer %q, connected %v, secured %v, total %v",
		page.Status, page.Issuer, page.Connected, page.Secured, page.Total)
	if !page.Has("Tailscale-Funnel-Request") {
		t.Errorf("the page did not come through a funnel: %s", page.Body)
	}

	s.reboot()
	s.page(home, s.token, recovery)

	s.run("systemctl", "stop", "tailscale-funnel.service")
	s.noPage(home)
	s.client.StaysAway(t, home, 2*time.Second)
}

// TestRevoked shows that a page does not come when only the permission is
// gone: the client outside is not fooled by the machine, where all looks well.
func TestRevoked(t *testing.T) {
	s := newScene(t)
	s.login()
	s.run("tailscale", "funnel", "--bg", "8888")
	s.page(home, s.token, soon)

	s.must(s.world.SetFunnel(false))
	s.noPage(home)
	s.must(s.world.SetFunnel(true))
	s.page(home, s.token, soon)

	s.must(s.world.SetPorts("8443"))
	s.noPage(home)
}

// TestPublicPorts shows that the ingress tells its ports apart.
func TestPublicPorts(t *testing.T) {
	s := newScene(t)
	s.login()
	s.run("tailscale", "funnel", "--bg", "8888")
	s.run("tailscale", "funnel", "--bg", "--https=8443", "9999")
	s.page(home, s.token, soon)
	s.page(home8443, s.other, soon)
	s.noPage("https://node." + tailnet.Domain + ":10000/")
	s.noPage("https://other." + tailnet.Domain + "/")
}
