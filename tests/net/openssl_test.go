// SPDX-License-Identifier: MIT

package net

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// openssl runs the command line tool in dir.
func openssl(t *testing.T, dir string, arguments ...string) {
	t.Helper()
	cmd := exec.Command("openssl", arguments...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

// sServer runs `openssl s_server -WWW` over dir and gives its address; each file there begins
// with the head of an HTTP answer.
func sServer(t *testing.T, dir string, arguments ...string) string {
	t.Helper()
	cmd := exec.Command("openssl", append([]string{"s_server", "-HTTP", "-accept", "127.0.0.1:0"}, arguments...)...)
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, found := strings.CutPrefix(lines.Text(), "ACCEPT "); found {
			_, port, err := net.SplitHostPort(strings.TrimSpace(address))
			if err != nil {
				t.Fatal(err)
			}
			return "localhost:" + port
		}
	}
	t.Fatal("openssl s_server does not listen")
	return ""
}

const san = "subjectAltName=DNS:localhost"

// authority makes a CA, and a certificate that it issues with the options given for its key and
// its signature.
func authority(t *testing.T, newKey, signature []string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	openssl(t, dir, append([]string{"req", "-x509", "-nodes", "-subj", "/CN=OpenSSL Root", "-keyout", "ca.key",
		"-out", "ca.pem", "-days", "2"}, newKey...)...)
	openssl(t, dir, append([]string{"req", "-nodes", "-subj", "/CN=localhost", "-keyout", "key.pem",
		"-out", "csr.pem"}, newKey...)...)
	if err := os.WriteFile(filepath.Join(dir, "ext"), []byte(san), 0o600); err != nil {
		t.Fatal(err)
	}
	openssl(t, dir, append([]string{"x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key",
		"-CAcreateserial", "-out", "cert.pem", "-days", "1", "-extfile", "ext"}, signature...)...)
	page := append([]byte("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n"), page...)
	if err := os.WriteFile(filepath.Join(dir, "page"), page, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpenSSL(t *testing.T) {
	rsa := []string{"-newkey", "rsa:2048"}
	p384 := []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"}
	sha256 := []string{"-sha256"}
	for _, c := range []struct {
		name      string
		key, sign []string
		server    []string
		status    int
		words     string
	}{
		{"RSA-2048", rsa, sha256, nil, 0, ""},
		{"RSA-4096", []string{"-newkey", "rsa:4096"}, []string{"-sha512"}, nil, 0, ""},
		{"P-256", []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"}, sha256, nil, 0, ""},
		{"P-384", p384, []string{"-sha384"}, nil, 0, ""},
		{"only X25519", rsa, sha256, []string{"-groups", "X25519"}, 0, ""},
		{"only P-384", rsa, sha256, []string{"-groups", "P-384"}, 0, ""},
		{"SHA-1", rsa, []string{"-sha1"}, []string{"-cipher", "DEFAULT@SECLEVEL=0"}, 65, "signed with SHA-1"},
		{"SHA-1, EC", p384, []string{"-sha1"}, []string{"-cipher", "DEFAULT@SECLEVEL=0"}, 65, "signed with SHA-1"},
		{"RSA-1024", []string{"-newkey", "rsa:1024"}, sha256, []string{"-cipher", "DEFAULT@SECLEVEL=0"}, 65, "less than 2048 bits"},
		{"RSA-PSS", rsa, []string{"-sha256", "-sigopt", "rsa_padding_mode:pss"}, nil, 65, "RSA-PSS"},
		{"RSA-PSS key", []string{"-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"}, sha256, nil, 65, "RSA-PSS"},
		{"P-521", []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"}, sha256, nil, 65, "P-521"},
		{"TLS 1.1", rsa, sha256, []string{"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"}, 69, "no TLS newer than 1.1"},
		{"TLS 1.3", rsa, sha256, []string{"-tls1_3"}, 69, "does not speak TLS 1.2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := authority(t, c.key, c.sign)
			address := sServer(t, dir, append([]string{"-cert", "cert.pem", "-key", "key.pem"}, c.server...)...)
			o := drive(t, nil, "--cacert", filepath.Join(dir, "ca.pem"), "https://"+address+"/page")
			if c.status == 0 {
				o.mustGive(t, page)
			} else {
				o.mustRefuse(t, c.status, c.words, "cure ")
			}
		})
	}
}

// A key that may sign with RSA-PSS only, below a CA of plain RSA: the server itself finds that such a
// signature is not wanted, before its certificate is seen.
func TestKeyForPSSOnly(t *testing.T) {
	dir := authority(t, []string{"-newkey", "rsa:2048"}, []string{"-sha256"})
	openssl(t, dir, "req", "-nodes", "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "csr.pem",
		"-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048")
	openssl(t, dir, "x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "cert.pem",
		"-days", "1", "-extfile", "ext", "-sha256")
	address := sServer(t, dir, "-cert", "cert.pem", "-key", "key.pem")
	drive(t, nil, "--cacert", filepath.Join(dir, "ca.pem"), "https://"+address+"/page").
		mustRefuse(t, 69, "accepts none of the ciphers of TLS 1.2", "cure ECDHE")
}

// A body that ends with the connection has to end with TLS's own end; one that does not is a cut.
func TestCutOfTLSIsNoEnd(t *testing.T) {
	dir := authority(t, []string{"-newkey", "rsa:2048"}, []string{"-sha256"})
	address := sServer(t, dir, "-cert", "cert.pem", "-key", "key.pem")
	target := strings.Replace(address, "localhost", "127.0.0.1", 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go passOn(in, target, 100000)
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	drive(t, nil, "--tries", "2", "--cacert", filepath.Join(dir, "ca.pem"), "https://localhost:"+port+"/page").
		mustRefuse(t, 69, "was cut")
}

// passOn connects two ends, and both are closed when the server has sent so many bytes.
func passOn(in net.Conn, target string, limit int) {
	defer in.Close()
	out, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer out.Close()
	go func() {
		mem := make([]byte, 4096)
		for {
			n, err := in.Read(mem)
			if err != nil {
				return
			}
			if _, err = out.Write(mem[:n]); err != nil {
				return
			}
		}
	}()
	mem := make([]byte, 1000)
	for limit > 0 {
		_ = out.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := out.Read(mem)
		if err != nil {
			return
		}
		if _, err = in.Write(mem[:n]); err != nil {
			return
		}
		limit -= n
	}
}
