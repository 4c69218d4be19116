package packages

import (
	"encoding/json"
	"net"
	"net/http"
	"slices"
)

// Request is one that came.
type Request struct {
	Host      string `json:"host"` // pkgs or dl
	Scheme    string `json:"scheme"`
	Method    string `json:"method"`
	URI       string `json:"uri"`
	Range     string `json:"range,omitempty"`
	IfRange   string `json:"if_range,omitempty"`
	UserAgent string `json:"user_agent"`
	From      string `json:"from"` // IP address
	Line      string `json:"line"` // address and port: one connection
	Status    int    `json:"status"`
	Bytes     int    `json:"bytes"` // of the body; 0 where a fault took the connection
}

// Requests returns all that came, in the order of their ends.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// recorded serves one host and keeps what came.
func (s *Server) recorded(host, scheme string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, _, _ := net.SplitHostPort(r.RemoteAddr)
		q := Request{
			Host: host, Scheme: scheme, Method: r.Method, URI: r.URL.RequestURI(),
			Range: r.Header.Get("Range"), IfRange: r.Header.Get("If-Range"), UserAgent: r.UserAgent(), From: from, Line: r.RemoteAddr,
		}
		m := &meter{ResponseWriter: w}
		defer func() {
			q.Status, q.Bytes = m.status, m.bytes
			s.mu.Lock()
			defer s.mu.Unlock()
			s.log = append(s.log, q)
		}()
		s.serve(host, scheme, m, r)
	})
}

// meter counts what goes through a writer.
type meter struct {
	http.ResponseWriter
	status, bytes int
}

func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }

func (m *meter) WriteHeader(status int) {
	m.status = status
	m.ResponseWriter.WriteHeader(status)
}

func (m *meter) Write(p []byte) (int, error) {
	if m.status == 0 {
		m.status = http.StatusOK
	}
	n, err := m.ResponseWriter.Write(p)
	m.bytes += n
	return n, err
}

// Admin takes orders:
//
//	POST /faults?set=FAULTS   see Fault; "" for none
//	GET  /requests            all that came
func (s *Server) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		if err := s.SetFaults(r.FormValue("set")); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	mux.HandleFunc("GET /requests", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(s.Requests())
	})
	return mux
}
