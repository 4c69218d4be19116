// SPDX-License-Identifier: MIT

package net

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// nginxProgram is this machine's, or that of Debian's package (vendor/need.sh only unpacks it).
func nginxProgram(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("nginx"); err == nil {
		return path
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cache, "tsfunnel/debian/nginx/usr/sbin/nginx")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no nginx; ./build.sh need machine gets it: %v", err)
	}
	return path
}

// web is an nginx that serves the folder dir.
type web struct {
	port, dir, log string
}

// The head of each configuration; %[1]s is a folder, %[2]s the servers.
const nginxHead = `daemon off;
master_process off;
pid %[1]s/pid;
error_log %[1]s/error.log;
events {}
http {
	client_body_temp_path %[1]s/tmp;
	proxy_temp_path %[1]s/tmp;
	fastcgi_temp_path %[1]s/tmp;
	uwsgi_temp_path %[1]s/tmp;
	scgi_temp_path %[1]s/tmp;
	log_format asked '$server_name|$status|$http_range|$http_if_range|$ssl_protocol|$http_connection|$connection_requests';
	access_log %[1]s/access.log asked;
	default_type application/octet-stream;
	root %[1]s/files;
	%[2]s
}
`

// nginx runs one with these blocks of "server"; PORT in them stands for its port. The file "large"
// is there.
func nginx(t *testing.T, servers string) *web {
	t.Helper()
	dir := t.TempDir()
	w := &web{port: freePort(t), dir: filepath.Join(dir, "files"), log: filepath.Join(dir, "access.log")}
	config := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf(nginxHead, dir, strings.ReplaceAll(servers, "PORT", w.port))
	if err := os.Mkdir(w.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w.write(t, "large", large)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginxProgram(t), "-p", dir, "-c", config, "-e", filepath.Join(dir, "error.log"))
	var words strings.Builder
	cmd.Stderr = &words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if told, _ := os.ReadFile(filepath.Join(dir, "error.log")); t.Failed() {
			t.Logf("nginx: %s%s", words.String(), told)
		}
	})
	listens(t, w.port)
	return w
}

func (w *web) write(t *testing.T, name string, body []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), body, 0o644); err != nil {
		t.Fatal(err)
	}
}

// asked gives a line of nginxHead's log_format for each request.
func (w *web) asked(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(w.log)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// secure is a block of a server for name with the certificates and the key in pem.
func secure(name, pem string, more ...string) string {
	return fmt.Sprintf("server {\n\tlisten 127.0.0.1:PORT ssl;\n\tserver_name %s;\n\tssl_certificate %s;\n"+
		"\tssl_certificate_key %s;\n\t%s\n}\n", name, pem, pem, strings.Join(more, "\n\t"))
}

// Each kind of key, in the root, the intermediate and the leaf, with keep-alive and without.
func TestNginxChains(t *testing.T) {
	for _, kinds := range [][3]string{
		{"rsa2048", "rsa2048", "rsa2048"},
		{"rsa4096", "rsa4096", "rsa4096"},
		{"p256", "p256", "p256"},
		{"p384", "p384", "p384"},
		{"rsa4096", "p384", "p256"},
		{"p384", "rsa2048", "rsa4096"},
	} {
		for _, alive := range []string{"keepalive_timeout 0;", "keepalive_timeout 75;"} {
			t.Run(strings.Join(kinds[:], "-")+" "+alive, func(t *testing.T) {
				root := issue(t, nil, "Root", kinds[0], isCA)
				between := issue(t, root, "Between", kinds[1], isCA)
				leaf := issue(t, between, "Leaf", kinds[2], isFor("one.test"))
				w := nginx(t, secure("one.test", file(t, "chain.pem", true, leaf, between), alive))
				cacert := file(t, "root.pem", false, root)
				drive(t, nil, "--cacert", cacert, "https://one.test:"+w.port+"/large").mustGive(t, large)
				if got := strings.Join(w.asked(t), " "); got != "one.test|200|-|-|TLSv1.2|-|1" {
					t.Error("asked:", got)
				}
			})
		}
	}
}

func TestNginxVersions(t *testing.T) {
	root := issue(t, nil, "Root", "p256", isCA)
	pem := file(t, "chain.pem", true, issue(t, root, "Leaf", "rsa2048", isFor("one.test")))
	cacert := file(t, "root.pem", false, root)
	for _, c := range []struct {
		protocols, words string
	}{
		{"TLSv1.2", ""},
		{"TLSv1.2 TLSv1.3", ""},
		{"TLSv1.1 TLSv1.2", ""},
		{"TLSv1.3", "cannot trust one.test: the server does not speak TLS 1.2 (only 1.3, it seems)"},
		{"TLSv1.1", "cannot trust one.test: the server speaks no TLS newer than 1.1"},
		{"TLSv1", "cannot trust one.test: the server speaks no TLS newer than 1.1"},
	} {
		t.Run(c.protocols, func(t *testing.T) {
			w := nginx(t, secure("one.test", pem, "ssl_protocols "+c.protocols+";", "ssl_ciphers DEFAULT@SECLEVEL=0;"))
			o := drive(t, nil, "--cacert", cacert, "https://one.test:"+w.port+"/large")
			if c.words == "" {
				o.mustGive(t, large)
				return
			}
			o.mustRefuse(t, 69, c.words, "cure ")
		})
	}
}

// front passes connections on to port; each is cut after limit bytes of the server's. before is
// called with the number of each, from 1 on.
func front(t *testing.T, port string, limit int, before func(n int)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var count atomic.Int32
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			before(int(count.Add(1)))
			go passOn(in, "127.0.0.1:"+port, limit)
		}
	}()
	_, own, _ := net.SplitHostPort(l.Addr().String())
	return own
}

// A file whose way is cut again and again is resumed by nginx's own ETag and ranges, with TLS and
// without.
func TestNginxResumes(t *testing.T) {
	root := issue(t, nil, "Root", "p256", isCA)
	cacert := file(t, "root.pem", false, root)
	pem := file(t, "chain.pem", true, issue(t, root, "Leaf", "p256", isFor("one.test")))
	for scheme, servers := range map[string]string{
		"http":  "server { listen 127.0.0.1:PORT; server_name one.test; }",
		"https": secure("one.test", pem),
	} {
		t.Run(scheme, func(t *testing.T) {
			w := nginx(t, servers)
			port := front(t, w.port, 150000, func(int) {})
			drive(t, nil, "--cacert", cacert, scheme+"://one.test:"+port+"/large").mustGive(t, large)
			asked := w.asked(t)
			if len(asked) < 6 || !strings.HasPrefix(asked[0], "one.test|200|-|-|") {
				t.Fatalf("asked: %q", asked)
			}
			for _, line := range asked[1:] {
				if !strings.HasPrefix(line, "one.test|206|bytes=") || !strings.Contains(line, `-|\x22`) {
					t.Errorf("no request for the rest: %s", line)
				}
			}
		})
	}
}

// The same where the file is another one after the first cut: nginx sends all of it, and what was
// there is dropped.
func TestNginxFileChanges(t *testing.T) {
	w := nginx(t, "server { listen 127.0.0.1:PORT; }")
	other := append([]byte("other"), large[:len(large)/2]...)
	port := front(t, w.port, 150000, func(n int) {
		if n == 2 {
			w.write(t, "large", other)
		}
	})
	o := drive(t, nil, "http://one.test:"+port+"/large")
	o.mustGive(t, other)
	if asked := w.asked(t); !strings.Contains(o.words, "restarts 1") || !strings.Contains(asked[1], "|200|bytes=") {
		t.Errorf("asked: %q; %s", asked, o.words)
	}
}

// From one host to another on the same port: each is asked for, and must prove, its own name.
func TestNginxRedirects(t *testing.T) {
	root := issue(t, nil, "Root", "p256", isCA)
	cacert := file(t, "root.pem", false, root)
	one := file(t, "one.pem", true, issue(t, root, "One", "p256", isFor("one.test")))
	two := file(t, "two.pem", true, issue(t, root, "Two", "rsa2048", isFor("two.test")))
	w := nginx(t, secure("one.test", one,
		"location /plain { return 301 http://one.test:PORT/large; }",
		"location /back { return 307 https://two.test:PORT/back; }",
		"location / { return 302 https://two.test:PORT$request_uri; }")+
		secure("two.test", two, "location /back { return 308 https://one.test:PORT/back; }"))
	base := "https://one.test:" + w.port
	drive(t, nil, "--cacert", cacert, base+"/large?query").mustGive(t, large)
	if got := strings.Join(w.asked(t), " "); got != "one.test|302|-|-|TLSv1.2|-|1 two.test|200|-|-|TLSv1.2|-|1" {
		t.Error("asked:", got)
	}
	drive(t, nil, "--cacert", cacert, base+"/plain").mustRefuse(t, 65, "a redirect from https to http")
	drive(t, nil, "--cacert", cacert, base+"/back").mustRefuse(t, 65, "redirect in a circle")
	// And where the second has a certificate of the first only.
	w = nginx(t, secure("one.test", one, "location / { return 302 https://two.test:PORT/large; }"))
	drive(t, nil, "--cacert", cacert, "https://one.test:"+w.port+"/").
		mustRefuse(t, 65, "cannot trust two.test: its certificate is for another name than two.test")
}

// One connection serves all requests to one host, where the server lets it.
func TestNginxKeeps(t *testing.T) {
	root := issue(t, nil, "Root", "p256", isCA)
	one := file(t, "one.pem", true, issue(t, root, "One", "p256", isFor("one.test")))
	cacert := file(t, "root.pem", false, root)
	for alive, second := range map[string]string{"keepalive_timeout 75;": "2", "keepalive_timeout 0;": "1"} {
		w := nginx(t, secure("one.test", one, alive, "location /there { return 302 https://one.test:PORT/large; }"))
		drive(t, nil, "--cacert", cacert, "https://one.test:"+w.port+"/there").mustGive(t, large)
		if got := strings.Join(w.asked(t), " "); got != "one.test|302|-|-|TLSv1.2|-|1 one.test|200|-|-|TLSv1.2|-|"+second {
			t.Error(alive, "asked:", got)
		}
	}
}

// nginx's own pages and ways to send a body.
func TestNginxAnswers(t *testing.T) {
	w := nginx(t, `server {
		listen 127.0.0.1:PORT;
		location /451 { return 451; }
		location /503 { return 503; }
		location /portal { default_type text/html; return 200 "<html>log in</html>"; }
	}`)
	base := "http://one.test:" + w.port
	drive(t, nil, base+"/large").mustGive(t, large)
	for path, c := range map[string]struct {
		status int
		words  []string
	}{
		"/none":   {69, []string{"the server does not have it (HTTP 404)", "cure check version, track and architecture"}},
		"/451":    {69, []string{"for legal reasons (HTTP 451)", "cure bring the package from elsewhere, with --package"}},
		"/503":    {69, []string{"the server is in trouble (HTTP 503)", "cure that may pass: run it again later"}},
		"/portal": {65, []string{"a web page came instead", "cure log in to the network with a browser"}},
	} {
		drive(t, nil, "--tries", "2", base+path).mustRefuse(t, c.status, c.words...)
	}
	if got := strings.Count(strings.Join(w.asked(t), "\n"), "|503|"); got != 2 {
		t.Errorf("503 was asked for %d times", got)
	}
}

// A body whose length nginx does not know comes in chunks.
func TestNginxChunks(t *testing.T) {
	w := nginx(t, "server { listen 127.0.0.1:PORT; ssi on; ssi_types application/octet-stream; }")
	c, err := net.Dial("tcp", "127.0.0.1:"+w.port)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET /large HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\n\r\n")
	head, err := io.ReadAll(io.LimitReader(c, 400))
	if err != nil || !strings.Contains(string(head), "Transfer-Encoding: chunked") {
		t.Fatalf("nginx sends no chunks: %v: %.300q", err, head)
	}
	drive(t, nil, "http://one.test:"+w.port+"/large").mustGive(t, large)
}
