// Package proxy makes a second network beside a world's: one from which a
// forward proxy, a real tinyproxy, is all that can be reached.
package proxy

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	inside  = "10.77.0.1" // the world's end of the wire: the proxy
	outside = "10.77.0.2" // the machine's end
	port    = "8888"

	user     = "funnel"
	password = "proxy-secret-7Tq"

	startTimeout = 10 * time.Second
)

// Password is what the proxy wants. It must never show up in a log.
const Password = password

// Where tells where a proxy is.
type Where struct {
	URL   string `json:"url"`   // with user name and password
	Netns string `json:"netns"` // of the network behind it
	Log   string `json:"log"`   // file with a line for each connection
}

// AddAddress gives "lo" of this network namespace one more address, which no
// other namespace knows a way to.
func AddAddress(ip string) error { return run("ip", "address", "add", ip+"/32", "dev", "lo") }

// Start starts a proxy in the network namespace of this process, and the
// network behind it. Both last until this process ends. The proxy, and it
// alone, resolves the names in hosts.
func Start(dir string, hosts map[string]string) (*Where, error) {
	holder := exec.Command("sleep", "infinity")
	holder.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if err := holder.Start(); err != nil {
		return nil, err
	}
	w := &Where{
		URL:   fmt.Sprintf("http://%s:%s@%s:%s", user, password, inside, port),
		Netns: fmt.Sprintf("/proc/%d/ns/net", holder.Process.Pid),
		Log:   filepath.Join(dir, "proxy.log"),
	}
	in := func(args ...string) []string { return append([]string{"nsenter", "--net=" + w.Netns, "--"}, args...) }
	for _, args := range [][]string{
		{"ip", "link", "add", "machine", "type", "veth", "peer", "name", "eth0", "netns", fmt.Sprint(holder.Process.Pid)},
		{"ip", "address", "add", inside + "/30", "dev", "machine"},
		{"ip", "link", "set", "machine", "up"},
		in("ip", "address", "add", outside+"/30", "dev", "eth0"),
		in("ip", "link", "set", "eth0", "up"),
		in("ip", "link", "set", "lo", "up"),
	} {
		if err := run(args...); err != nil {
			return nil, err
		}
	}
	return w, w.start(dir, hosts)
}

// start starts tinyproxy with names of its own.
func (w *Where) start(dir string, hosts map[string]string) error {
	names := "127.0.0.1 localhost\n"
	for name, ip := range hosts {
		names += ip + " " + name + "\n"
	}
	config := strings.Join([]string{
		"Listen " + inside, "Port " + port, "MaxClients 200", "Timeout 600", "DisableViaHeader Yes",
		"BasicAuth " + user + " " + password, "LogLevel Connect", `LogFile "` + w.Log + `"`,
	}, "\n") + "\n"
	hostsFile, configFile := filepath.Join(dir, "proxy.hosts"), filepath.Join(dir, "proxy.conf")
	for file, text := range map[string]string{hostsFile: names, configFile: config, w.Log: ""} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	cmd := exec.Command("unshare", "--mount", "--propagation", "private", "--",
		"sh", "-c", `mount --bind "$1" /etc/hosts && exec tinyproxy -d -c "$2"`, "proxy", hostsFile, configFile)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	for end := time.Now().Add(startTimeout); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.DialTimeout("tcp", net.JoinHostPort(inside, port), time.Second)
		if err == nil {
			return c.Close()
		}
		if time.Now().After(end) {
			return fmt.Errorf("tinyproxy does not start: %w", err)
		}
	}
}

func run(args ...string) error {
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%q: %w: %s", args, err, out)
	}
	return nil
}
