package tailnet

import (
	"encoding/json"
	"fmt"
	"net/http"

	"tailscale.com/tailcfg"
)

// queryFeature answers "tailscale funnel" when it asks how to enable what the
// node lacks.
func (t *Tailnet) queryFeature(w http.ResponseWriter, r *http.Request) {
	mode, complete := t.conditions.answer()
	if mode == "error" {
		http.NotFound(w, r)
		return
	}
	res := tailcfg.QueryFeatureResponse{Complete: complete}
	if !complete {
		res.Text = "Funnel is not enabled on your tailnet.\nTo enable, visit:"
		res.URL = t.control.BaseURL() + "/f/funnel"
		res.ShouldWait = mode == "wait"
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(res)
}

// enableFunnel is the page that a feature query points to: visiting it grants
// funnel.
func (t *Tailnet) enableFunnel(w http.ResponseWriter, r *http.Request) {
	t.set(func(c *conditions) { c.funnel, c.https = true, true })
	fmt.Fprintln(w, "funnel enabled")
}
