package packages

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// moves reports whether f is about where a file is, or can be about that.
func moves(f Fault) bool {
	switch f.Kind {
	case "loop", "hops", "downgrade", "here", "head":
		return true
	}
	return false
}

// leaves reports whether the first host sends to the second for x, as
// production does for all below a track but its index.
func (x *exchange) leaves() bool {
	switch what(x.path) {
	case "tgz", "sig", "sha256":
		return x.r.URL.Query().Get("cdn") != "0"
	}
	return false
}

// redirect answers with a redirect if x is not to be answered here.
func (s *Server) redirect(x *exchange) bool {
	other := map[string]string{pkgs: dl, dl: pkgs}[x.host]
	uri := x.r.URL.RequestURI()
	to := ""
	if f, ok := x.faults.find("hops"); ok {
		if hop, _ := strconv.Atoi(x.r.URL.Query().Get("hop")); hop < f.number() {
			to = fmt.Sprintf("%s%s?hop=%d", s.url(x.scheme, other), x.r.URL.EscapedPath(), hop+1)
		}
	} else if x.faults.has("loop") {
		to = s.url(x.scheme, other) + uri
	} else if x.faults.has("downgrade") && x.scheme == "https" {
		to = s.url("http", dl) + uri
	} else if x.faults.has("back") && x.host == dl {
		to = s.url(x.scheme, pkgs) + uri + "?cdn=0"
	} else if x.host == pkgs && x.leaves() && !x.faults.has("here") && !x.answersAtOnce() {
		to = s.url(x.scheme, dl) + uri
	}
	if to == "" {
		return false
	}
	if !strings.Contains(to, "://") {
		http.Error(x.w, "no such host", http.StatusTeapot)
		return true
	}
	http.Redirect(x.w, x.r, to, http.StatusFound)
	return true
}

// answersAtOnce reports whether a fault that was asked of this very host is in
// the way of a redirect.
func (x *exchange) answersAtOnce() bool {
	for _, f := range x.faults {
		if f.Host == pkgs && !moves(f) {
			return true
		}
	}
	return false
}
