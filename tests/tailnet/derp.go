package tailnet

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"

	"tailscale.com/derp/derpserver"
	"tailscale.com/net/stunserver"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
	"tailscale.com/util/mak"
)

// startDERP runs a DERP relay and a STUN server at address until the process ends.
func startDERP(ctx context.Context, address string, logf Logf) (*tailcfg.DERPMap, error) {
	cert, err := selfSigned(address)
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", address+":0")
	if err != nil {
		return nil, err
	}
	srv := &http.Server{
		Handler:   derpserver.Handler(derpserver.New(key.NewNode(), logf)),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}},
		// DERP takes over the connection: no HTTP/2.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	go srv.ServeTLS(ln, "", "")

	stun := stunserver.New(ctx)
	if err := stun.Listen(address + ":0"); err != nil {
		return nil, err
	}
	go stun.Serve()

	dm := new(tailcfg.DERPMap)
	mak.Set(&dm.Regions, 1, &tailcfg.DERPRegion{
		RegionID:   1,
		RegionCode: "lo",
		RegionName: "loopback",
		Nodes: []*tailcfg.DERPNode{{
			Name:             "lo1",
			RegionID:         1,
			HostName:         address,
			IPv4:             address,
			IPv6:             "none",
			DERPPort:         ln.Addr().(*net.TCPAddr).Port,
			STUNPort:         stun.LocalAddr().(*net.UDPAddr).Port,
			STUNTestIP:       address, // makes netcheck probe it with "lo" alone
			InsecureForTests: true,
		}},
	})
	return dm, nil
}

// relayURL returns where the one relay of dm is.
func relayURL(dm *tailcfg.DERPMap) string {
	node := dm.Regions[1].Nodes[0]
	return fmt.Sprintf("https://%s:%d", node.HostName, node.DERPPort)
}
