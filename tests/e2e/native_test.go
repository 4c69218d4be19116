package e2e

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tsfunnel.test/machine"
	"tsfunnel.test/tailnet"
)

// native are the first words of an install that holds the funnel itself.
func native(args ...string) []string { return append([]string{"--native"}, args...) }

// TestNativeEntries: the entry is the one that the CLI posts for the same
// words, those that were recorded and some that the CLI is given beside it.
func TestNativeEntries(t *testing.T) {
	var lines []cliTarget
	if err := json.Unmarshal(cliTargets, &lines); err != nil {
		t.Fatal(err)
	}
	s := newMachine(t)
	s.login()
	s.run("mkdir", "-p", "/srv/www", "/srv/a b")
	s.write("/srv/file", "")
	for _, l := range lines {
		if len(l.Args) == 0 || slices.ContainsFunc(neverWorks, func(n []string) bool { return slices.Equal(n, l.Args) }) {
			continue
		}
		if l.Exit == "serving" {
			s.makes(native(l.Args...), l.Foreground)
		} else if !slices.Contains(l.Args, "/srv/none") {
			s.refusesTarget(native(l.Args...))
		}
	}
	for _, args := range [][]string{
		{"08888"}, {"HTTPS+Insecure://Localhost:08443/x"}, {"https://example.com:"}, {"http://[fd7a::1]/"},
		{"http://localhost:8888/a b/%2f%7e\u00e9!$#?x y"}, {"localhost:8888?"}, {"/srv//./a b/../www/"},
		{"unix:/run/page.sock"}, {"text:<\"'&\u20ac\\u0041>"}, {"--set-path=a b/\u00e9/", "8888"},
		{"--set-path=/www", "/srv/file"}, {"--set-path=/x/y", "/srv/a b"}, {"--https=8443", "text: "},
		{"--tcp=10000", "unix:/run/page.sock"}, {"--tls-terminated-tcp=8443", "--proxy-protocol=1", "tcp://localhost:022"},
	} {
		s.makes(native(args...), s.entryOf(append([]string{"tailscale", "funnel"}, args...)))
	}
}

// TestNativePages: each kind of target has its page, in a sandbox that shows
// nothing of it.
func TestNativePages(t *testing.T) {
	s := newMachine(t)
	s.login()
	const closed = "/home/u/www"
	s.run("sh", "-c", "mkdir -p "+closed+"/sub && echo "+s.other+" >"+closed+"/index.html && cp "+closed+
		"/index.html "+closed+"/sub/x && chown -R 1234:1234 /home/u && chmod 0700 /home/u")
	for _, c := range []struct {
		args      []string
		url, text string
	}{
		{[]string{"8888"}, home, s.token},
		{[]string{"9999"}, home, s.other},
		{[]string{"unix:/run/page.sock"}, home, s.token},
		{[]string{"text:" + s.other}, home, s.other},
		{[]string{closed}, home + "sub/x", s.other},
		{[]string{"--set-path", "/www", closed}, home + "www/sub/x", s.other},
		{[]string{"--set-path", "/www", closed + "/sub/x"}, home + "www", s.other},
		{[]string{"--tls-terminated-tcp=443", "8888"}, home, s.token},
		{[]string{"--https", "8443", "8888"}, home8443, s.token},
	} {
		s.does(append([]string{"install"}, native(c.args...)...)...)
		s.page(c.url, c.text, soon)
		s.seesOnly(closed)
		pid := s.property(unit, "MainPID")
		if res := s.try("stat", "/proc/"+pid+"/root"+closed+"/index.html"); res.Code == 0 {
			t.Errorf("%q: the service sees its target", c.args)
		}
		if exe := s.run("readlink", "/proc/"+pid+"/exe"); exe != "/usr/local/bin/tsfunnel" {
			t.Errorf("%q is held by %s", c.args, exe)
		}
	}
	s.refuses(exitUsage, []string{"install", "--native", "/srv/none"}, "/srv/none")
}

// TestNativeMounts: several targets on one port, and none that was not named.
func TestNativeMounts(t *testing.T) {
	s := newMachine(t)
	s.login()
	s.run("sh", "-c", "mkdir -p /srv/www && echo "+s.other+" >/srv/www/x")
	args := []string{"--set-path", "/one=8888", "--set-path", "two=/srv/www", "--set-path", "/t=text:" + s.other}
	s.refuses(exitUsage, append([]string{"install"}, args...), "--native")
	res := s.does(append([]string{"install"}, native(args...)...)...)
	if last := lastLine(res.Stdout); last != home+"one" {
		t.Errorf("install ends with %q", last)
	}
	s.page(home+"one", s.token, soon)
	s.page(home+"two/x", s.other, soon)
	s.page(home+"t", s.other, soon)
	if page, err := s.client.Get(t.Context(), home); err == nil && page.Status != 404 {
		t.Errorf("nothing was named for /, there is %+v", page)
	}
}

// TestNativeHeals: after each fault the page comes back by itself, without a
// restart where the process lives on.
func TestNativeHeals(t *testing.T) {
	s := newMachine(t)
	s.install(home, native("8888")...)
	s.page(home, s.token, soon)
	for _, f := range []struct {
		name  string
		lives bool
		fault func()
	}{
		{"funnel reset", true, func() { s.run("tailscale", "funnel", "reset") }},
		{"serve reset", true, func() { s.run("tailscale", "serve", "reset") }},
		{"tailscaled killed", true, func() { s.kill("tailscaled", "KILL") }},
		{"tailscaled restarted", true, func() { s.run("systemctl", "restart", "tailscaled") }},
		{"tailscaled stopped and started", true, func() {
			s.run("systemctl", "stop", "tailscaled")
			s.noPage(home)
			s.statusSays(soon, "tailscaled is not running")
			s.run("systemctl", "start", "tailscaled")
		}},
		{"down and up", true, func() {
			s.run("tailscale", "down")
			s.statusSays(soon, "tailscale up")
			s.run("tailscale", "up")
		}},
		{"logout and login", true, func() {
			s.run("tailscale", "logout")
			s.statusSays(soon, "not logged in")
			s.noPage(home)
			s.login()
		}},
		{"capability taken and given", true, func() {
			s.must(s.world.SetFunnel(false))
			s.statusSays(soon, "Funnel is not enabled")
			s.must(s.world.SetFunnel(true))
		}},
		{"killed", false, func() { s.kill(unit, "KILL") }},
		{"ended", false, func() { s.kill(unit, "TERM") }},
		{"rebooted", false, s.reboot},
	} {
		pid := s.property(unit, "MainPID")
		f.fault()
		s.page(home, s.token, recovery)
		s.statusSays(soon, "published", home)
		now := s.property(unit, "MainPID")
		if f.lives && now != pid {
			t.Errorf("%s: process %s became %s", f.name, pid, now)
		}
		s.eventually(f.name+": one foreground entry", recovery, func() bool { return len(s.foregrounds()) == 1 })
		s.page(home, s.token, recovery)
	}
}

// TestNativeProfile: also back from another profile, which tailscaled knows
// the entry of.
func TestNativeProfile(t *testing.T) {
	s := newMachine(t)
	s.install(home, native("8888")...)
	s.page(home, s.token, soon)
	s.run("sh", "-c", "tailscale login --timeout 1s --hostname other --login-server "+s.world.ControlURL+" || :")
	s.statusSays(soon, "not logged in")
	s.run("sh", "-c", "tailscale switch $(tailscale switch --list | awk 'NR == 2 {print $1}')")
	s.page(home, s.token, recovery)
	s.statusSays(soon, "published", home)
}

// profileIDs returns the profiles of tailscaled, the oldest first.
func (s *scene) profileIDs() []string {
	s.t.Helper()
	return strings.Fields(s.run("sh", "-c", "tailscale switch --list | awk 'NR > 1 {print $1}'"))
}

// TestSwitch: straight from one profile that is logged in to another and back,
// the funnel is the present one's, under its name.
func TestSwitch(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string][]string{"CLI": nil, "native": {"--native"}} {
		t.Run(name, func(t *testing.T) {
			s := newMachine(t)
			s.install(home, append(mode, "8888")...)
			s.page(home, s.token, soon)
			first := s.profileIDs()
			s.run("tailscale", "login", "--login-server", s.world.ControlURL, "--auth-key", s.world.AuthKey, "--hostname", "other")
			const away = "https://other." + tailnet.Domain + "/"
			ids := s.profileIDs()
			if len(first) != 1 || len(ids) != 2 {
				t.Fatalf("profiles: %q, then %q", first, ids)
			}
			second := ids[0]
			if second == first[0] {
				second = ids[1]
			}
			pid := s.property(unit, "MainPID")
			for i := range 3 {
				id, url := second, away
				if i == 1 {
					id, url = first[0], home
				}
				if i > 0 {
					s.run("tailscale", "switch", id)
				}
				s.statusSays(recovery, "published", url)
				s.page(url, s.token, recovery)
				if n := len(s.foregrounds()); n != 1 {
					t.Errorf("%d sessions under %s", n, url)
				}
			}
			if now := s.property(unit, "MainPID"); mode != nil && now != pid {
				t.Error("without the CLI it was started again")
			}
		})
	}
}

// TestNativeStays: what an administrator stopped stays stopped.
func TestNativeStays(t *testing.T) {
	s := newMachine(t)
	s.install(home, native("8888")...)
	s.page(home, s.token, soon)
	s.run("systemctl", "stop", unit)
	if got := s.property(unit, "ExecMainStatus") + s.property(unit, "Result"); got != "0success" {
		t.Errorf("a stop ends with %s", got)
	}
	s.noPage(home)
	s.run("systemctl", "restart", "tailscaled")
	s.eventually("tailscaled is up", recovery, func() bool { return s.try("tailscale", "status").Code == 0 })
	s.client.StaysAway(t, home, 4*time.Second)
	s.run("systemctl", "start", unit)
	s.page(home, s.token, recovery)
	s.run("systemctl", "stop", "tailscaled")
	s.noPage(home)
	s.always("tailscaled is inactive", 5*time.Second, func() bool {
		return s.state("is-active", "tailscaled") == "inactive"
	})
	s.run("systemctl", "start", "tailscaled")
	s.page(home, s.token, recovery)
}

// TestNativeWithoutCLI: no program of the CLI is needed, and little memory.
func TestNativeWithoutCLI(t *testing.T) {
	s := newMachine(t)
	before := s.snapshot()
	s.install(home, native("8888")...)
	r := s.status(exitDone)
	if !r.Live || len(r.Funnels) != 1 || r.Funnels[0].URL != home {
		t.Errorf("status is %+v", r)
	}
	s.run("mv", "/usr/bin/tailscale", "/root/cli")
	s.run("systemctl", "restart", unit)
	s.page(home, s.token, recovery)
	s.run("systemctl", "restart", "tailscaled")
	s.page(home, s.token, recovery)
	pid := s.property(unit, "MainPID")
	s.kill(unit, "KILL")
	// A page may still come from the session of the process that was killed.
	s.eventually("another process serves", recovery, func() bool {
		now := s.property(unit, "MainPID")
		return now != "0" && now != pid && s.tsfunnel("status", "--check", "ready").Code == exitDone
	})
	s.page(home, s.token, recovery)
	s.status(exitDone)
	memory := s.run("cat", "/proc/"+s.property(unit, "MainPID")+"/smaps_rollup")
	t.Log(memory)
	for name, most := range map[string]int{"Rss": 512, "Anonymous": 128} {
		m := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+) kB`).FindStringSubmatch(memory)
		if m == nil {
			t.Fatalf("no %s in %s", name, memory)
		}
		if kb, _ := strconv.Atoi(m[1]); kb > most {
			t.Errorf("%s is %d KiB, more than %d", name, kb, most)
		}
	}
	if n := s.run("cat", "/proc/"+s.property(unit, "MainPID")+"/task/"+s.property(unit, "MainPID")+"/children"); n != "" {
		t.Errorf("it has children: %s", n)
	}
	s.run("mv", "/root/cli", "/usr/bin/tailscale")
	s.does("uninstall")
	s.noPage(home)
	s.run("systemctl", "disable", "--now", "tailscaled")
	s.unchanged(before, false)
}

// TestNativeRefused: what tailscaled refuses is named, and tried again.
func TestNativeRefused(t *testing.T) {
	s := newMachine(t)
	s.login()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.run("cp", bin, "/usr/local/bin/copy") // /root is closed to others
	_, err := s.Machine.Start(ctx, machine.Command{
		Args: []string{"setpriv", "--reuid", "65534", "--clear-groups", "/usr/local/bin/copy", "run", "--native", "8888"},
		Env:  []string{"RUNTIME_DIRECTORY=/tmp/run"},
	})
	s.must(err)
	s.eventually("not-permitted", soon, func() bool {
		return strings.Contains(s.try("cat", "/tmp/run/status.json").Stdout, "not-permitted")
	})
	s.run("tailscale", "set", "--operator", "nobody")
	s.eventually("published", soon, func() bool {
		return strings.Contains(s.try("cat", "/tmp/run/status.json").Stdout, "published")
	})
}

// TestNativeLocked: a tailscaled whose configuration file is locked.
func TestNativeLocked(t *testing.T) {
	s := newMachine(t)
	config := func(locked string) {
		s.write("/etc/tailscaled.json", `{"version":"alpha0","ServerURL":"`+s.world.ControlURL+`","AuthKey":"`+s.world.AuthKey+`","Locked":`+locked+`}`)
	}
	config("true")
	s.run("sh", "-c", `mkdir -p /etc/systemd/system/tailscaled.service.d; systemctl cat tailscaled | sed -n 's/^ExecStart=\(.*\)/[Service]\nExecStart=\nExecStart=\1 --config=\/etc\/tailscaled.json/p' >/etc/systemd/system/tailscaled.service.d/config.conf; systemctl daemon-reload`)
	s.run("systemctl", "enable", "--now", "tailscaled")
	s.ends(exitPerson, "install", "--native", "--timeout", waitSeconds, "8888")
	s.statusSays(soon, "configuration file is locked")
	config("false")
	s.run("systemctl", "restart", "tailscaled")
	s.page(home, s.token, recovery)
}
