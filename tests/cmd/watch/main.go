// Command watch runs in a machine and tells, as JSON lines, what its tailscaled
// does and what its service manager is told of a unit, whenever that changes.
//
//	watch [-fine PERIOD] UNIT
//
// It looks every 100 ms. With -fine it asks tailscaled in that shorter period,
// too, from the death of the unit's main process and as long as no funnel
// stands.
package main

import (
	"encoding/json"
	"flag"
	"log"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"tsfunnel.test/faults/sample"
)

const (
	period = 100 * time.Millisecond
	// A daemon that does not answer in this time hangs, or the machine is busy.
	patience = 900 * time.Millisecond
)

type watch struct {
	daemon  *daemon
	manager *manager
	deaths  chan sample.Sample
	out     *json.Encoder
	pid     int  // whose death is waited for
	lied    bool // the last look that could tell did
	last    sample.Sample
	dead    []string // sessions that went with the process that died last
}

func main() {
	fine := flag.Duration("fine", period, "the shorter period")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: watch [-fine PERIOD] UNIT")
	}
	w := &watch{
		daemon: newDaemon(), manager: newManager(flag.Arg(0)),
		deaths: make(chan sample.Sample), out: json.NewEncoder(os.Stdout),
	}
	var told time.Time
	for {
		if time.Since(told) >= period {
			told = time.Now()
			w.look(true)
		} else {
			w.look(false)
		}
		pause := period
		if !w.last.Stands() || w.dead != nil && slices.Equal(w.last.Sessions, w.dead) {
			pause = *fine
		}
		select {
		case dead := <-w.deaths:
			w.out.Encode(dead)
			w.pid, w.dead = 0, w.last.Sessions
		case <-time.After(pause):
		}
	}
}

// look takes a sample and tells it if it is news or a lie. One that is not full
// asks tailscaled alone, and for what is missing alone: it is to cost little.
func (w *watch) look(full bool) {
	s := w.last
	switch {
	case full:
		w.daemon.askState(&s)
		if s.Daemon == sample.Absent {
			s.Sessions = nil
		} else if s.Daemon != sample.Silent {
			w.daemon.askSessions(&s)
		}
		w.manager.ask(&s)
		w.mind(s.PID)
	case !s.Able:
		w.daemon.askState(&s)
	default:
		w.daemon.askSessions(&s)
	}
	s.At = time.Now()
	s.Fresh = full
	// Each look that shows a lie is told, and the first one that does not.
	if full && (s.Lies() || w.lied) || !same(&s, &w.last) {
		w.out.Encode(s)
	}
	if full {
		w.lied = s.Lies()
	}
	w.last = s
}

func same(a, b *sample.Sample) bool {
	return a.Daemon == b.Daemon && a.Able == b.Able && slices.Equal(a.Sessions, b.Sessions) &&
		a.Status == b.Status && a.PID == b.PID && a.Restarts == b.Restarts
}

// mind waits for the death of a process that is new.
func (w *watch) mind(pid int) {
	if pid == 0 || pid == w.pid {
		return
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	w.pid = pid
	go func() {
		defer unix.Close(fd)
		for {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
			if n > 0 || err != unix.EINTR {
				break
			}
		}
		w.deaths <- sample.Sample{At: time.Now(), Died: pid}
	}()
}
