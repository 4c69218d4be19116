package packages

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options choose where a server is.
type Options struct {
	Mirror   string // the folder that is served
	Pkgs, Dl Place
	// Ports to listen on, on both places: any if 0, none if negative. Two places
	// at one address differ in their ports: the second takes any.
	HTTP, HTTPS int
	Now         time.Time // when its certificates are valid: around the present if zero
	Logf        func(format string, args ...any)
}

// Place is a host: the address it listens at, and the name that clients know.
type Place struct{ IP, Name string }

// Where tells where a server is.
type Where struct {
	Base    string            `json:"base"`   // URL over plain http
	Secure  string            `json:"secure"` // URL over https
	CAFile  string            `json:"ca_file"`
	Hosts   map[string]string `json:"hosts"`    // names to addresses
	RootKey string            `json:"root_key"` // file, PEM
}

// Server is a running server. Both hosts are one: they differ in where they
// listen.
type Server struct {
	Where
	o       Options
	ports   map[string]int // by host, scheme
	servers []*http.Server

	mu     sync.Mutex
	faults []Fault        // for all requests
	seen   map[string]int // how often a fault was seen
	log    []Request
}

const (
	pkgs = "pkgs"
	dl   = "dl"
)

// Start starts a server, which lasts until Close. It writes its certificate
// authority below dir.
func Start(dir string, o Options) (*Server, error) {
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	s := &Server{o: o, ports: map[string]int{}, seen: map[string]int{}}
	if _, err := os.Stat(filepath.Join(o.Mirror, RootFile)); err != nil {
		return nil, fmt.Errorf("no mirror: %w", err)
	}
	ca, err := newCA(o.Now, o.Pkgs, o.Dl)
	if err != nil {
		return nil, err
	}
	caFile := filepath.Join(dir, "packages-ca.pem")
	if err := os.WriteFile(caFile, ca.rootPEM, 0o644); err != nil {
		return nil, err
	}
	err = errors.Join(s.listen(pkgs, "http", o.Pkgs.IP, o.HTTP, nil), s.listen(pkgs, "https", o.Pkgs.IP, o.HTTPS, ca))
	if o.Dl.IP == o.Pkgs.IP {
		o.HTTP, o.HTTPS = min(o.HTTP, 0), min(o.HTTPS, 0)
	}
	err = errors.Join(err, s.listen(dl, "http", o.Dl.IP, o.HTTP, nil), s.listen(dl, "https", o.Dl.IP, o.HTTPS, ca))
	if err != nil {
		s.Close()
		return nil, err
	}
	s.Where = Where{
		Base: s.url("http", pkgs), Secure: s.url("https", pkgs), CAFile: caFile,
		Hosts:   map[string]string{o.Pkgs.Name: o.Pkgs.IP, o.Dl.Name: o.Dl.IP},
		RootKey: filepath.Join(o.Mirror, RootFile),
	}
	return s, nil
}

// Close ends the server and all its connections.
func (s *Server) Close() {
	for _, srv := range s.servers {
		srv.Close()
	}
}

func (s *Server) listen(host, scheme, ip string, port int, ca *authorityTLS) error {
	if port < 0 {
		return nil
	}
	ln, err := net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	s.ports[host+" "+scheme] = ln.Addr().(*net.TCPAddr).Port
	srv := &http.Server{
		Handler:      s.recorded(host, scheme),
		ErrorLog:     log.New(logWriter(s.o.Logf), "", 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // HTTP/1 only
	}
	s.servers = append(s.servers, srv)
	if ca != nil {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{ca.leaf}}
		go srv.ServeTLS(ln, "", "")
	} else {
		go srv.Serve(ln)
	}
	return nil
}

// url returns the root URL of a host, "" if it doesn't listen.
func (s *Server) url(scheme, host string) string {
	port, ok := s.ports[host+" "+scheme]
	if !ok {
		return ""
	}
	name := s.o.Pkgs.Name
	if host == dl {
		name = s.o.Dl.Name
	}
	if port == map[string]int{"http": 80, "https": 443}[scheme] {
		return scheme + "://" + name
	}
	return scheme + "://" + net.JoinHostPort(name, strconv.Itoa(port))
}

// exchange is one request in the making of its answer.
type exchange struct {
	host, scheme string
	path         string // without prefixes, from "/"
	tree         string // folder of the mirror
	faults       faults
	r            *http.Request
	w            http.ResponseWriter
}

// serve answers a request. A path may start with /fault/FAULTS, which only
// this request and those it is redirected to then see, and with /hostile/KIND.
func (s *Server) serve(host, scheme string, w http.ResponseWriter, r *http.Request) {
	x := &exchange{host: host, scheme: scheme, path: path.Clean(r.URL.Path), tree: mainTree, r: r, w: w}
	if strings.HasSuffix(r.URL.Path, "/") {
		x.path += "/"
	}
	var own []Fault
	if rest, ok := strings.CutPrefix(x.path, "/fault/"); ok {
		text, file, _ := strings.Cut(rest, "/")
		var err error
		if own, err = ParseFaults(text); err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
			return
		}
		x.path = "/" + file
	}
	if rest, ok := strings.CutPrefix(x.path, "/"+hostileTree+"/"); ok {
		kind, file, _ := strings.Cut(rest, "/")
		x.tree, x.path = hostileTree+"/"+kind, "/"+file
	}
	x.faults = s.due(x, own)
	if f, ok := x.faults.find("head"); ok {
		x.scramble(uint64(f.number()), func() { s.reply(x) })
		return
	}
	s.reply(x)
}

// reply answers x, less what the faults spoil.
func (s *Server) reply(x *exchange) {
	if s.redirect(x) {
		return
	}
	body, err := s.content(x)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(x.w, x.r)
	case err != nil:
		http.Error(x.w, err.Error(), http.StatusTeapot)
	default:
		x.answer(body)
	}
}

// due returns the faults that x sees and counts them.
func (s *Server) due(x *exchange, own []Fault) faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list faults
	for _, f := range append(own, s.faults...) {
		if (f.On == "any" || f.On == what(x.path)) && (f.Host == "" || f.Host == x.host) {
			list = append(list, f)
		}
	}
	// Where x is only sent on, what is wrong with the file is not yet seen.
	gate := x.host == pkgs && x.leaves() && !list.has("here")
	return slices.DeleteFunc(list, func(f Fault) bool {
		if gate && f.Host == "" && !moves(f) {
			return true
		}
		if f.Times == 0 {
			return false
		}
		key := fmt.Sprint(f, x.tree, x.path)
		s.seen[key]++
		return s.seen[key] > f.Times
	})
}

// SetFaults chooses what all requests from now on see.
func (s *Server) SetFaults(text string) error {
	list, err := ParseFaults(text)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.seen = list, map[string]int{}
	return nil
}

// file reads a file of the mirror.
func (s *Server) file(x *exchange, name string) ([]byte, error) {
	if name == "/"+keyFile || name == "/"+keySigFile {
		return os.ReadFile(filepath.Join(s.o.Mirror, name))
	}
	return os.ReadFile(filepath.Join(s.o.Mirror, x.tree, name))
}

// content returns what the answer's body is made of.
func (s *Server) content(x *exchange) ([]byte, error) {
	if what(x.path) == "index" {
		return s.index(x)
	}
	name := x.path
	if m := tarball.FindStringSubmatch(trimmed(path.Base(name))); m != nil {
		if f, ok := x.faults.find("version"); ok {
			name = strings.Replace(name, "_"+m[1]+"_", "_"+f.Value+"_", 1)
		}
		if f, ok := x.faults.find("arch"); ok {
			name = strings.Replace(name, "_"+m[2]+".tgz", "_"+f.Value+".tgz", 1)
		}
	}
	if x.faults.has("stranger") {
		return os.ReadFile(filepath.Join(s.o.Mirror, strangerTree, name))
	}
	body, err := s.file(x, name)
	if err != nil {
		return nil, err
	}
	if x.faults.has("named") {
		body = append(body, "  "+strings.TrimSuffix(path.Base(name), ".sha256")+"\n"...)
	}
	return body, nil
}

// trimmed returns the name of the tarball that a file belongs to.
func trimmed(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, ".sig"), ".sha256")
}

func (s *Server) index(x *exchange) ([]byte, error) {
	dir := filepath.Join(s.o.Mirror, x.tree, x.path)
	if x.path == "/" || strings.Count(x.path, "/") != 2 {
		return nil, fs.ErrNotExist
	}
	if x.r.URL.Query().Get("mode") != "json" {
		return []byte("<html><title>Tailscale packages</title></html>\n"), nil
	}
	latest, _ := x.faults.find("latest")
	return indexOf(dir, cmp.Or(latest.Value, defaultLatest(x.path)))
}

// defaultLatest keeps what is newer than the latest for requests that name it.
func defaultLatest(track string) string {
	switch track {
	case "/stable/":
		return Latest
	case "/unstable/":
		return LatestUnstable
	}
	return ""
}

// logWriter makes a log function a writer.
type logWriter func(format string, args ...any)

func (f logWriter) Write(p []byte) (int, error) {
	f("packages: %s", strings.TrimSpace(string(p)))
	return len(p), nil
}

// pause waits, or ends with the request.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
