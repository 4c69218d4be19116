// Package sample is what the program cmd/watch tells.
package sample

import (
	"strings"
	"time"
)

// What Daemon may be beside tailscaled's own words for its state.
const (
	Running = "Running" // one of those
	Absent  = "absent"  // nobody listens
	Silent  = "silent"  // it does not answer
)

// Background stands among the sessions for a funnel that no session holds.
const Background = "background"

// Sample is one look at a machine.
type Sample struct {
	At       time.Time `json:"at"`
	Daemon   string    `json:"daemon,omitempty"`
	Able     bool      `json:"able,omitempty"`     // Running, and permitted to serve a funnel
	Sessions []string  `json:"sessions,omitempty"` // that hold a funnel
	Status   string    `json:"status,omitempty"`   // the unit's STATUS
	PID      int       `json:"pid,omitempty"`      // of the unit's main process
	Restarts int       `json:"restarts,omitempty"` // of the unit, by the service manager
	Fresh    bool      `json:"fresh,omitempty"`    // the last three are as new as the others
	Died     int       `json:"died,omitempty"`     // no look: the main process of this number has died
}

// Stands reports whether a funnel is served, as far as the machine can tell.
func (s Sample) Stands() bool { return s.Able && len(s.Sessions) > 0 }

// Published reports whether the unit says that the page is public.
func (s Sample) Published() bool { return strings.HasPrefix(s.Status, "published") }

// ended is in the STATUS between the end of a CLI and the next start.
const ended = "has ended"

// Waits reports whether the unit's launcher says that it waits, or the guard
// what for the page does.
func (s Sample) Waits() bool {
	return strings.HasPrefix(s.Status, "waiting") && !strings.Contains(s.Status, ended)
}

// Lies reports whether the unit says so though tailscaled says that its backend
// is not up or that it holds no funnel. One that says nothing proves nothing.
func (s Sample) Lies() bool {
	return s.Published() && s.Daemon != Silent && (s.Daemon != Running || len(s.Sessions) == 0)
}
