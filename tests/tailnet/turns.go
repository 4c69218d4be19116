package tailnet

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	pebble "github.com/letsencrypt/pebble/v2/acme"
	"github.com/letsencrypt/pebble/v2/core"
	"github.com/letsencrypt/pebble/v2/db"
)

const (
	// maxBody is far more than any request of ACME's.
	maxBody = 1 << 20
	// glance is the pause between two looks at what Pebble still does.
	glance = time.Millisecond
	// maxTurn is longer than Pebble itself gives a validation (15 s).
	maxTurn = 30 * time.Second
)

// turns lets Pebble do one thing at a time: the next request has its turn when
// all is over that Pebble does in the background for the one before.
//
// Left alone, Pebble stops for good now and then. Its page of an order takes
// the order's lock for reading twice, one inside the other, and a sync.RWMutex
// lets no second reader in once a writer waits: if the certificate is there just
// between the two, page and issuance wait for each other, and soon everything
// for them. Requests of several nodes do the same to an authorization's lock and
// the store's. v2.8.0 and v2.10.1 have both.
type turns struct {
	front http.Handler // Pebble's
	store *db.MemoryStore
	logf  Logf
	turn  sync.Mutex
}

func (t *turns) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Before the turn: nobody is to wait for a client that stops half way.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	t.turn.Lock()
	defer t.turn.Unlock()
	t.front.ServeHTTP(w, r)
	// Not less if the client goes away: Pebble does not stop for that.
	for end := time.Now().Add(maxTurn); t.busy(r.URL.Path); time.Sleep(glance) {
		if time.Now().After(end) {
			t.logf("acme: %s does not come to an end", r.URL.Path)
			return
		}
	}
}

// busy reports whether Pebble still works on what a request for path began.
// Only two of its paths, which it does not export, begin anything.
func (t *turns) busy(path string) bool {
	if id, ok := strings.CutPrefix(path, "/chalZ/"); ok {
		chal := t.store.GetChallengeByID(id)
		return chal != nil && validating(chal)
	}
	if id, ok := strings.CutPrefix(path, "/finalize-order/"); ok {
		order := t.store.GetOrderByID(id)
		return order != nil && t.issuing(order)
	}
	return false
}

// validating reports whether chal has no result yet, or a bad one that its
// order does not know of yet.
func validating(chal *core.Challenge) bool {
	chal.RLock()
	status := chal.Status
	chal.RUnlock()
	if status != pebble.StatusInvalid {
		return status == pebble.StatusProcessing
	}
	order := chal.Authz.Order
	order.RLock()
	defer order.RUnlock()
	return order.Error == nil
}

// issuing reports whether the certificate of order is wanted but not there, or
// there but not in the store yet, which is the last step.
func (t *turns) issuing(order *core.Order) bool {
	order.RLock()
	began, cert := order.BeganProcessing, order.CertificateObject
	order.RUnlock()
	if !began || cert == nil {
		return began
	}
	_, err := t.store.GetOrderByIssuedSerial(cert.ID)
	return err != nil
}
