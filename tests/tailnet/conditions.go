package tailnet

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tailscale.com/tailcfg"
)

// conditions are what a test may flip. The zero value grants nothing.
type conditions struct {
	mu      sync.Mutex
	funnel  bool     // nodes have the "funnel" attribute
	https   bool     // nodes have the "https" attribute
	ports   []uint16 // public ports that Funnel may use
	feature string   // answer to feature queries: "ask", "wait" or "error"
	// What becomes of the proof that a certificate needs: "issue" (it is
	// published), "hold" (later) or "refuse" (never, so that there is none).
	certificates string
}

// change applies f under the lock.
func (c *conditions) change(f func(*conditions)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c)
}

// caps returns what a node under test is allowed now.
func (c *conditions) caps() tailcfg.NodeCapMap {
	c.mu.Lock()
	defer c.mu.Unlock()
	caps := tailcfg.NodeCapMap{}
	if c.https {
		caps["https"] = nil
	}
	if c.funnel {
		list := make([]string, len(c.ports))
		for i, p := range c.ports {
			list[i] = fmt.Sprint(p)
		}
		caps["funnel"] = nil
		caps[tailcfg.NodeCapability("https://tailscale.com/cap/funnel-ports?ports="+strings.Join(list, ","))] = nil
	}
	return caps
}

// proves waits while certificates are held and reports whether they are issued
// then.
func (c *conditions) proves() bool {
	for {
		c.mu.Lock()
		now := c.certificates
		c.mu.Unlock()
		if now != "hold" {
			return now == "issue"
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// allows reports whether public traffic to port may reach a node.
func (c *conditions) allows(port uint16) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.funnel && slices.Contains(c.ports, port)
}

// answer returns how to answer a feature query, and whether there is nothing
// left to enable.
func (c *conditions) answer() (feature string, complete bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.feature, c.funnel && c.https
}
