package main

import (
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"

	"tsfunnel.test/faults/sample"
)

const (
	bus     = "unix:path=/run/systemd/private" // systemd's own, without a bus between
	service = "org.freedesktop.systemd1.Service."
)

// manager asks systemd of one unit.
type manager struct {
	path dbus.ObjectPath
	conn *dbus.Conn
}

// newManager takes a unit's name; what is no letter or digit in it is written in
// hexadecimal.
func newManager(unit string) *manager {
	var b strings.Builder
	for _, c := range []byte(unit) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' && b.Len() > 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return &manager{path: dbus.ObjectPath("/org/freedesktop/systemd1/unit/" + b.String())}
}

func (m *manager) connect() error {
	if m.conn != nil && m.conn.Connected() {
		return nil
	}
	conn, err := dbus.Dial(bus)
	if err != nil {
		return err
	}
	if err := conn.Auth([]dbus.Auth{dbus.AuthExternal("0")}); err != nil {
		conn.Close()
		return err
	}
	m.conn = conn
	return nil
}

// ask fills in what systemd says; what it does not say stays.
func (m *manager) ask(s *sample.Sample) {
	if m.connect() != nil {
		return
	}
	unit := m.conn.Object("org.freedesktop.systemd1", m.path)
	var restarts, pid uint32
	var status string
	for name, to := range map[string]any{"StatusText": &status, "MainPID": &pid, "NRestarts": &restarts} {
		if err := unit.StoreProperty(service+name, to); err != nil {
			return
		}
	}
	s.Status, s.PID, s.Restarts = status, int(pid), int(restarts)
}
