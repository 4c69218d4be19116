package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"

	"tsfunnel.test/faults/sample"
)

const socket = "/run/tailscale/tailscaled.sock"

// daemon asks tailscaled.
type daemon struct{ client http.Client }

func newDaemon() *daemon {
	return &daemon{http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}}
}

func (d *daemon) get(what string, answer any) error {
	res, err := d.client.Get("http://local-tailscaled.sock/localapi/v0/" + what)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return json.NewDecoder(res.Body).Decode(answer)
}

// askState fills in what tailscaled says of itself.
func (d *daemon) askState(s *sample.Sample) {
	var st struct {
		BackendState string
		Self         struct{ CapMap map[string]json.RawMessage }
	}
	s.Able = false
	if err := d.get("status?peers=false", &st); err != nil {
		d.failed(s, err)
		return
	}
	s.Daemon = st.BackendState
	_, https := st.Self.CapMap["https"]
	_, funnel := st.Self.CapMap["funnel"]
	s.Able = s.Daemon == sample.Running && https && funnel
}

// askSessions fills in who holds a funnel.
func (d *daemon) askSessions(s *sample.Sample) {
	var sc struct {
		AllowFunnel map[string]bool
		Foreground  map[string]json.RawMessage
	}
	s.Sessions = nil
	if err := d.get("serve-config", &sc); err != nil {
		d.failed(s, err)
		return
	}
	for session, config := range sc.Foreground {
		if strings.Contains(string(config), "AllowFunnel") {
			s.Sessions = append(s.Sessions, session)
		}
	}
	slices.Sort(s.Sessions)
	if len(sc.AllowFunnel) > 0 {
		s.Sessions = append(s.Sessions, sample.Background)
	}
}

// failed tells a daemon that is not there from one that does not answer.
func (d *daemon) failed(s *sample.Sample, err error) {
	s.Daemon, s.Able = sample.Silent, false
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) {
		s.Daemon = sample.Absent
	}
}
