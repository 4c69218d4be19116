package tailnet

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// register adds to testcontrol's login URLs (RequireAuth) what production has:
// a node with the right auth key needs no visit to the URL, one with a wrong
// key is refused, and a node that logged in once may come back without a key.
func (t *Tailnet) register(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var req tailcfg.RegisterRequest
	if err := json.Unmarshal(body, &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if req.Hostinfo == nil || req.Hostinfo.Hostname != ingressName {
		// Before the first netmap, so that the node never sees itself without.
		t.control.SetNodeCapMap(req.NodeKey, t.conditions.caps())
	}
	logout := !req.Expiry.IsZero() && req.Expiry.Before(time.Now())
	if req.Auth == nil || req.Auth.AuthKey == "" || req.Followup != "" || logout {
		t.forward(w, r, body)
		return
	}
	if req.Auth.AuthKey != t.authKey {
		json.NewEncoder(w).Encode(tailcfg.RegisterResponse{Error: "invalid key: unable to validate API key"})
		return
	}
	rec := t.registerWithKey(r, req, body)
	w.WriteHeader(rec.Code)
	w.Write(rec.Body.Bytes())
}

// registerWithKey logs a node in whose key is right, as a visit to its login
// URL would.
func (t *Tailnet) registerWithKey(r *http.Request, req tailcfg.RegisterRequest, body []byte) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	t.forward(rec, r, body)
	var res tailcfg.RegisterResponse
	if err := json.Unmarshal(rec.Body.Bytes(), &res); err != nil || res.AuthURL == "" {
		return rec
	}
	if !t.control.CompleteAuth(res.AuthURL) {
		return rec
	}
	// Ask again as the node would after a visit to the URL.
	req.Followup = res.AuthURL
	again, err := json.Marshal(req)
	if err != nil {
		return rec
	}
	rec = httptest.NewRecorder()
	t.forward(rec, r, again)
	t.renew(req.NodeKey)
	return rec
}

// forward lets testcontrol itself answer r with another body.
func (t *Tailnet) forward(w http.ResponseWriter, r *http.Request, body []byte) {
	r2 := r.Clone(r.Context())
	r2.Body = io.NopCloser(bytes.NewReader(body))
	r2.ContentLength = int64(len(body))
	t.machine.ServeHTTP(w, r2)
}

// renew lifts the expiry from a node that has just authenticated: testcontrol
// copies an expired date from the node's old key to its new one.
func (t *Tailnet) renew(k key.NodePublic) {
	for _, n := range t.control.AllNodes() {
		if n.Key == k {
			n.KeyExpiry = time.Time{}
			t.control.UpdateNode(n)
		}
	}
}

// expire ends the key of every node under test.
func (t *Tailnet) expire() {
	for _, n := range t.nodes() {
		// Before the fixed ControlTime (2020) that testcontrol sends.
		n.KeyExpiry = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
		t.control.UpdateNode(n)
	}
}
