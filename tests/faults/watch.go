package faults

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"tsfunnel.test/faults/sample"
	"tsfunnel.test/machine"
)

const (
	watcher = "/run/watch" // in the machine
	// How often a watch that measures our own part asks tailscaled.
	fine = 3 * time.Millisecond
)

// watch is cmd/watch running in a machine, over reboots.
type watch struct {
	s      *Subject
	cancel context.CancelFunc
	p      *machine.Process

	mu      sync.Mutex
	part    string // of a line
	samples []sample.Sample
}

// start starts the program, which has to be brought anew after each boot.
func (w *watch) start(ctx context.Context) error {
	if err := w.s.CopyIn(w.s.Watcher, watcher); err != nil {
		return err
	}
	args := []string{watcher}
	if w.s.Fine {
		args = append(args, "-fine", fine.String())
	}
	ctx, w.cancel = context.WithCancel(ctx)
	w.mu.Lock()
	w.part, w.samples = "", append(w.samples, sample.Sample{Fresh: true}) // nothing is known
	w.mu.Unlock()
	var err error
	w.p, err = w.s.Start(ctx, machine.Command{Args: append(args, Unit), Tee: w})
	return err
}

func (w *watch) stop() {
	if w.p == nil {
		return
	}
	w.cancel()
	<-w.p.Done()
	w.p = nil
}

// Write takes what the program says.
func (w *watch) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := strings.Split(w.part+string(p), "\n")
	w.part = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		var s sample.Sample
		if json.Unmarshal([]byte(line), &s) == nil {
			w.samples = append(w.samples, s)
		}
	}
	return len(p), nil
}

// all returns what was seen so far.
func (w *watch) all() []sample.Sample {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.samples)
}

// now returns the last look.
func (w *watch) now() sample.Sample { return w.at(time.Now()) }

// at returns the last look until then.
func (w *watch) at(then time.Time) sample.Sample {
	all := w.all()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Died == 0 && !all[i].At.After(then) {
			return all[i]
		}
	}
	return sample.Sample{}
}

// longestLie returns how long, in one stretch, STATUS said "published" without a
// funnel: from the first look that shows it to the last one, so that looks that
// come late make it shorter, and what it was.
func longestLie(samples []sample.Sample) (time.Duration, sample.Sample) {
	var longest time.Duration
	var worst, first, last sample.Sample
	for _, s := range samples {
		switch {
		case s.Died != 0 || !s.Fresh:
		case !s.Lies():
			first = sample.Sample{}
		default:
			if first.At.IsZero() {
				first = s
			}
			if last = s; last.At.Sub(first.At) >= longest {
				longest, worst = last.At.Sub(first.At), last
			}
		}
	}
	return longest, worst
}

// Own is our own part of a recovery, as far as a row shows it.
type Own struct {
	// Run is from the moment that tailscaled could serve a funnel, with the
	// launcher waiting for it, to the moment that it serves one.
	Run []time.Duration
	// Death is from the death of the unit's process to the entry of the next
	// one, where tailscaled could serve it all the time.
	Death []time.Duration
}

// own finds the moments when a new session's funnel stands for the first time.
func own(samples []sample.Sample) Own {
	var o Own
	var able, died time.Time // since when it is so, zero if it is not
	var waited bool          // the launcher did when able became true
	var last sample.Sample
	known := map[string]bool{}
	for i, s := range samples {
		if s.Died != 0 {
			died = s.At
			continue
		}
		switch {
		case !s.Able:
			able = time.Time{}
		case able.IsZero():
			able, waited = s.At, last.Waits()
		case s.Waits():
			died = time.Time{} // for something else than our own part
		}
		for _, session := range s.Sessions {
			if i > 0 && !known[session] && s.Able {
				switch {
				case !died.IsZero() && able.Before(died):
					o.Death = append(o.Death, s.At.Sub(died))
				case waited:
					o.Run = append(o.Run, s.At.Sub(able))
				}
				died, waited = time.Time{}, false
			}
			known[session] = true
		}
		last = s
	}
	return o
}
