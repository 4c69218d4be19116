package tailnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// NodeStatus is what control knows of one node under test.
type NodeStatus struct {
	ID             int64    `json:"id"`
	Name           string   `json:"name"`
	Key            string   `json:"key"`
	IngressEnabled bool     `json:"ingress_enabled"` // funnel is on, says the node itself
	WireIngress    bool     `json:"wire_ingress"`    // funnel is configured, but off
	PeerAPI        string   `json:"peerapi"`
	Caps           []string `json:"caps"`
}

// Status is the answer to GET /status.
type Status struct {
	Nodes   []NodeStatus `json:"nodes"`
	Polling int          `json:"polling"` // map polls now open, the ingress's included
	Control bool         `json:"control"` // the control server's port is open
}

// admin serves the endpoint through which a test flips conditions:
//
//	GET  /status                        nodes and conditions
//	POST /funnel?state=on|off           grant or revoke the funnel attribute
//	POST /https?state=on|off            grant or revoke the https attribute
//	POST /ports?list=443,8443           public ports that Funnel may use
//	POST /feature?mode=ask|wait|error   how control answers feature queries
//	POST /certificates?mode=issue|hold|refuse
//	                                    what becomes of the proof for a certificate
//	POST /control?state=up|down         open or cut the control server's port
//	POST /name?name=LABEL               rename the nodes under test
//	POST /expire                        expire the key of every node under test
func (t *Tailnet) admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", t.status)
	post := func(path string, f func(r *http.Request) error) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			if err := f(r); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		})
	}
	post("/funnel", t.postFunnel)
	post("/https", t.postHTTPS)
	post("/ports", t.postPorts)
	post("/feature", t.postFeature)
	post("/certificates", t.postCertificates)
	post("/control", t.postControl)
	post("/name", t.postName)
	post("/expire", func(*http.Request) error { t.expire(); return nil })
	return mux
}

func (t *Tailnet) status(w http.ResponseWriter, r *http.Request) {
	var caps []string
	for c := range t.conditions.caps() {
		caps = append(caps, string(c))
	}
	slices.Sort(caps)
	st := Status{Nodes: []NodeStatus{}, Polling: t.control.InServeMap(), Control: t.gates[0].isUp()}
	for _, n := range t.nodes() {
		s := NodeStatus{ID: int64(n.ID), Name: strings.TrimSuffix(n.Name, "."), Key: n.Key.String(), Caps: caps}
		if n.Hostinfo.Valid() {
			s.IngressEnabled = n.Hostinfo.IngressEnabled()
			s.WireIngress = n.Hostinfo.WireIngress()
		}
		s.PeerAPI, _ = peerAPI(n)
		st.Nodes = append(st.Nodes, s)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(st)
}

func (t *Tailnet) postFunnel(r *http.Request) error {
	on, err := onOff(r)
	if err == nil {
		t.set(func(c *conditions) { c.funnel = on })
	}
	return err
}

func (t *Tailnet) postHTTPS(r *http.Request) error {
	on, err := onOff(r)
	if err == nil {
		t.set(func(c *conditions) { c.https = on })
	}
	return err
}

func (t *Tailnet) postPorts(r *http.Request) error {
	var ports []uint16
	for _, field := range strings.Split(r.FormValue("list"), ",") {
		p, err := strconv.ParseUint(field, 10, 16)
		if err != nil {
			return fmt.Errorf("list: %w", err)
		}
		ports = append(ports, uint16(p))
	}
	t.set(func(c *conditions) { c.ports = ports })
	return nil
}

func (t *Tailnet) postFeature(r *http.Request) error {
	mode := r.FormValue("mode")
	if mode != "ask" && mode != "wait" && mode != "error" {
		return errors.New("mode must be ask, wait or error")
	}
	t.set(func(c *conditions) { c.feature = mode })
	return nil
}

func (t *Tailnet) postCertificates(r *http.Request) error {
	mode := r.FormValue("mode")
	if mode != "issue" && mode != "hold" && mode != "refuse" {
		return errors.New("mode must be issue, hold or refuse")
	}
	t.conditions.change(func(c *conditions) { c.certificates = mode })
	return nil
}

func (t *Tailnet) postName(r *http.Request) error {
	name := r.FormValue("name")
	if name == "" || strings.Contains(name, ".") {
		return errors.New("name must be one label")
	}
	t.rename(name)
	return nil
}

func (t *Tailnet) postControl(r *http.Request) error {
	switch r.FormValue("state") {
	case "up":
		return t.openControl()
	case "down":
		t.cutControl()
		return nil
	}
	return errors.New("state must be up or down")
}

func onOff(r *http.Request) (bool, error) {
	switch r.FormValue("state") {
	case "on":
		return true, nil
	case "off":
		return false, nil
	}
	return false, errors.New("state must be on or off")
}
