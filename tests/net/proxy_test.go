// SPDX-License-Identifier: MIT

package net

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tinyproxy runs the proxy of that name with the lines given and tells its port.
func tinyproxy(t *testing.T, lines ...string) string {
	t.Helper()
	port := freePort(t)
	config := filepath.Join(t.TempDir(), "tinyproxy.conf")
	text := fmt.Sprintf("Port %s\nListen 127.0.0.1\nTimeout 30\nAllow 127.0.0.1\nMaxClients 20\n%s\n",
		port, strings.Join(lines, "\n"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("tinyproxy", "-d", "-c", config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	listens(t, port)
	return port
}

// listens waits until something does.
func listens(t *testing.T, port string) {
	t.Helper()
	for range 200 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("nothing listens on port %s", port)
}

func TestProxies(t *testing.T) {
	root := issue(t, nil, "Root", "p256", isCA)
	cacert := file(t, "root.pem", false, root)
	https := serve(t, with(chain(issue(t, root, "Leaf", "p256", isFor("localhost")))))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Via") == "" || r.Header.Get("Proxy-Authorization") != "" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write(page)
	}))
	defer s.Close()
	port := tinyproxy(t, "BasicAuth user password")
	good, bad := "http://user:pass%77ord@127.0.0.1:"+port, "http://user:secret@127.0.0.1:"+port

	drive(t, []string{"https_proxy=" + good}, "--cacert", cacert, https).mustGive(t, page)
	drive(t, []string{"http_proxy=" + good}, s.URL).mustGive(t, page)
	for _, o := range []outcome{
		drive(t, []string{"https_proxy=" + bad}, "--cacert", cacert, https),
		drive(t, []string{"http_proxy=" + bad}, s.URL),
		drive(t, []string{"https_proxy=http://127.0.0.1:" + port}, "--cacert", cacert, https),
	} {
		// Not 407 for a wrong password: tinyproxy says 401 then.
		o.mustRefuse(t, 69, "cure ")
		if strings.Contains(o.words, "secret") {
			t.Error("the password shows:", o.words)
		}
	}
	// Left out, or not meant.
	drive(t, []string{"https_proxy=" + bad, "no_proxy=localhost"}, "--cacert", cacert, https).mustGive(t, page)
	drive(t, []string{"HTTP_PROXY=" + good}, s.URL).mustRefuse(t, 69, "HTTP 418")
}

func TestProxyThatForbids(t *testing.T) {
	port := tinyproxy(t, "ConnectPort 1")
	drive(t, []string{"https_proxy=127.0.0.1:" + port}, "https://localhost:2/").
		mustRefuse(t, 69, "does not connect to localhost:2 (HTTP 403)", "no_proxy")
	drive(t, []string{"https_proxy=127.0.0.1:" + port}, "--tries", "1", "https://localhost:1/").
		mustRefuse(t, 69, "does not connect to localhost:1 (HTTP 5")
}
