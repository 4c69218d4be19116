package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2s"

	"tsfunnel.test/machine"
)

// namespaces are those that the service shares with nothing.
var namespaces = []string{"net", "user", "mnt", "ipc", "uts"}

// effects are all lines of the sandbox, and the question of cmd/probe whose
// answer each changes, in a service that has no other line of it. The last word
// is the answer in the whole sandbox; "" is one that differs from the bare one,
// whatever it is.
var effects = []struct{ line, question, whole string }{
	{"NoNewPrivileges=yes", "no-new-privs", "1"},
	{"CapabilityBoundingSet=", "cap-own", "0000000000000000"},
	{"PrivateUsers=yes", "stranger", "65534"},
	{"PrivateDevices=yes", "dev", ""},
	{"PrivateNetwork=yes", "ns-net", ""},
	{"RestrictAddressFamilies=AF_UNIX", "inet", "EAFNOSUPPORT"},
	{"PrivateIPC=yes", "ns-ipc", ""},
	{"PrivateMounts=yes", "ns-mnt", ""},
	{"PrivateTmp=yes", "tmp", ""},
	{"ProtectSystem=strict", "etc", "EROFS"},
	{"ProtectHome=yes", "home", "EACCES"},
	{"ProcSubset=pid", "meminfo", "ENOENT"},
	{"ProtectControlGroups=yes", "cgroup", "EROFS"},
	{"ProtectHostname=yes", "ns-uts", ""},
	{"ProtectKernelLogs=yes", "kmsg", "ENOENT"},
	{"ProtectKernelModules=yes", "modules", "EACCES"},
	{"ProtectKernelTunables=yes", "symbols", "ENOENT"},
	{"RestrictNamespaces=yes", "namespace", "EPERM"},
	{"RestrictRealtime=yes", "realtime", ""},
	{"RestrictSUIDSGID=yes", "suid", "EPERM"},
	{"LockPersonality=yes", "personality", "EPERM"},
	{"MemoryDenyWriteExecute=yes", "write-exec", "EACCES"},
	{"SystemCallArchitectures=native", "int80", "killed"},
	{"SystemCallFilter=@system-service", "ptrace", "killed"},
	{"SystemCallFilter=~@privileged @resources", "priority", "killed"},
	{"UMask=0077", "created", "-rw-------"},
	// Here nspawn lets nobody touch the clock. That there is one filter more
	// can be seen.
	{"ProtectClock=yes", "filters", ""},
}

// helped are lines that change something only together with another one.
var helped = []struct{ line, with, question, whole string }{
	// Who may trace all sees all.
	{"ProtectProc=ptraceable", "CapabilityBoundingSet=", "processes", "none"},
}

// unseen are lines whose effect this kind of machine cannot show, with the
// question that would, which the test asks all the same: with an effect, the
// line belongs to the table above.
var unseen = []struct{ line, question, why string }{
	{"DevicePolicy=closed", "dev-open", "the device controller of cgroup v1 is read-only in nspawn"},
	{"IPAddressDeny=any", "packet", "systemd needs cgroup v2 for its BPF programs"},
}

// elsewhere are the other keys of [Service], with what shows that they are
// needed.
var elsewhere = map[string]string{
	"Type": "guard_test.go", "NotifyAccess": "guard_test.go", "ExecStart": "TestUnitArguments", "Environment": "TestPrefix",
	"Restart": "the matrix", "RestartSec": "the matrix", "RestartPreventExitStatus": "the matrix",
	"RuntimeDirectory": "TestStatus", "RuntimeDirectoryPreserve": "TestStatus",
}

const (
	probeProgram = "/usr/local/lib/probe"
	probeUnits   = "/run/systemd/system/"
	leftOut      = "# Left out, because this machine refuses it:"
)

// sandboxLines returns the lines of a unit's [Service] that are its sandbox.
func sandboxLines(text string) []string {
	var lines []string
	_, service, _ := strings.Cut(text, "\n[Service]\n")
	service, _, _ = strings.Cut(service, "\n[")
	for line := range strings.Lines(service) {
		line = strings.TrimSpace(line)
		key, _, _ := strings.Cut(line, "=")
		if line != "" && line[0] != '#' && elsewhere[key] == "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// probe runs the program that asks in a service with these lines and returns
// its answers.
func (s *scene) probe(questions string, lines ...string) map[string]string {
	s.t.Helper()
	const out = "/run/probe.out"
	s.write(probeUnits+"probe.service", "[Service]\nType=oneshot\nExecStart="+probeProgram+" "+questions+
		"\nStandardOutput=truncate:"+out+"\n"+strings.Join(lines, "\n")+"\n")
	s.run("systemctl", "daemon-reload")
	s.run("systemctl", "start", "probe.service")
	answers := map[string]string{}
	for line := range strings.Lines(s.read(out)) {
		question, answer, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		answers[question] = answer
	}
	return answers
}

// TestSandboxEffects: every line of the sandbox is there because something is
// different with it. A program of the test asks, in services of its own with
// the lines of the unit that the product prints: what the kernel then answers
// it, it answers the CLI. A line that no table here has fails.
func TestSandboxEffects(t *testing.T) {
	s := newMachine(t)
	s.must(s.CopyIn(kit.Probe, probeProgram))
	s.run("sh", "-c", `touch /srv/stranger && chown 1234 /srv/stranger && mknod /srv/device c 10 229 &&
		mkdir -p /usr/lib/modules/any /home/somebody /tmp/somebody`)
	lines := sandboxLines(s.does("unit", "8888").Stdout)
	bare, whole := s.probe("all"), s.probe("all", lines...)
	var shown []string

	// check fails unless the answers say that lines have, or have not, an effect.
	check := func(effect bool, question, want string, only ...string) {
		t.Helper()
		shown = append(shown, only[0])
		got := s.probe(question, only...)[question]
		if (got != bare[question]) != effect {
			t.Errorf("%s alone: %s is %q, without it %q", only, question, got, bare[question])
		}
		if effect && whole[question] == bare[question] || want != "" && whole[question] != want {
			t.Errorf("%s: in the whole sandbox %s is %q, want %q, without any %q",
				only, question, whole[question], want, bare[question])
		}
	}
	for _, e := range effects {
		check(true, e.question, e.whole, e.line)
	}
	for _, e := range helped {
		check(false, e.question, "", e.with)
		shown = shown[:len(shown)-1]
		check(true, e.question, e.whole, e.line, e.with)
	}
	for _, e := range unseen {
		t.Logf("%s: no effect to be seen in this machine: %s", e.line, e.why)
		check(false, e.question, "", e.line)
	}
	slices.Sort(shown)
	slices.Sort(lines)
	if !slices.Equal(lines, shown) {
		t.Errorf("the unit has\n%s\nand the tables show\n%s", strings.Join(lines, "\n"), strings.Join(shown, "\n"))
	}
	if whole["unix"] != "yes" {
		t.Errorf("no unix socket: %s", whole["unix"])
	}
}

// confined checks the process of the service itself, with the real CLI inside.
func (s *scene) confined(limit float64) {
	s.t.Helper()
	pid := s.property(unit, "MainPID")
	status, first := s.read("/proc/"+pid+"/status"), s.read("/proc/1/status")
	for field, want := range map[string]string{"CapBnd": "0000000000000000", "CapEff": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2"} {
		if line := lineWith(status, field+":"); !strings.HasSuffix(line, "\t"+want) {
			s.t.Errorf("%s is not %s: %q", field, want, line)
		}
	}
	// All of the machine is behind nspawn's filters; the service has more.
	if own, all := lineWith(status, "Seccomp_filters:"), lineWith(first, "Seccomp_filters:"); own == all {
		s.t.Errorf("the service has the filters of PID 1: %q", own)
	}
	for _, ns := range namespaces {
		if s.run("readlink", "/proc/"+pid+"/ns/"+ns) == s.run("readlink", "/proc/1/ns/"+ns) {
			s.t.Errorf("the service shares the %s namespace", ns)
		}
	}
	if got := s.exposure(unit); got > limit {
		s.t.Errorf("exposure %.1f is above %.1f", got, limit)
	}
}

// The guard is not the unit's main process, and for that it may speak
// (NotifyAccess=all) systemd-analyze counts 0.2.
const (
	alone     = 0.5
	withGuard = 0.7
)

// TestExposure: systemd's own number for what the service could do, and signs
// that the sandbox is really in effect, for a port and for a path.
func TestExposure(t *testing.T) {
	s := newMachine(t)
	s.install(home, "8888")
	s.page(home, s.token, soon)
	s.confined(withGuard)
	s.run("sh", "-c", "mkdir -p /home/u/www && echo hello >/home/u/www/index.html")
	s.install(home, "/home/u/www")
	s.page(home, "hello", soon)
	s.confined(withGuard)
	s.install(home, "8888", "--native")
	s.page(home, s.token, soon)
	s.confined(alone)

	s.write("/etc/systemd/system/bare.service", recipe)
	s.run("systemctl", "daemon-reload")
	if got := s.exposure("bare.service"); got < 9 {
		t.Errorf("the bare recipe has exposure %.1f: the number means nothing", got)
	}
}

var exposureLine = regexp.MustCompile(`exposure level for \S+: ([0-9.]+)`)

// exposure asks systemd-analyze.
func (s *scene) exposure(unit string) float64 {
	s.t.Helper()
	m := exposureLine.FindStringSubmatch(s.run("systemd-analyze", "security", "--no-pager", unit))
	if m == nil {
		s.t.Fatal("systemd-analyze security gives no number")
	}
	n, err := strconv.ParseFloat(m[1], 64)
	s.must(err)
	return n
}

// refusing are machines that refuse parts of the sandbox (cmd/refuse): the
// status with which a start of the whole ends first, a line that the unit then
// lacks and one that it keeps.
var refusing = []struct {
	parts        []string
	status       int
	lacks, keeps string
}{
	{[]string{"users"}, 217, "PrivateUsers", "PrivateNetwork=yes"},
	{[]string{"capabilities"}, 218, "CapabilityBoundingSet", "PrivateUsers=yes"},
	{[]string{"network"}, 225, "PrivateNetwork", "PrivateUsers=yes"},
	{[]string{"mounts"}, 226, "ProtectSystem", "RestrictAddressFamilies=AF_UNIX"},
	{[]string{"users", "mounts"}, 226, "PrivateUsers", "NoNewPrivileges=yes"},
}

// TestRefused: a machine that refuses parts of the sandbox gets the page, and
// is told what it does without.
func TestRefused(t *testing.T) {
	for _, r := range refusing {
		t.Run(strings.Join(r.parts, "+"), func(t *testing.T) {
			s := newMachineOf(t, machine.Options{Refuses: r.parts})
			s.endsAtSandbox(r.status)
			before := s.snapshot()

			dry := s.does(s.withKey("install", "8888", "--dry-run")...)
			says(t, dry.Stdout, "\n+"+r.lacks+"=")
			res := s.install(home, "8888")
			says(t, res.Stderr, "refuses", r.lacks)
			s.page(home, s.token, soon)
			text := s.read(recipeUnit)
			says(t, lineWith(text, leftOut), " "+r.lacks)
			says(t, text, "\n"+r.keeps+"\n")
			if strings.Contains(text, "\n"+r.lacks+"=") {
				t.Errorf("the unit has %s:\n%s", r.lacks, text)
			}
			s.tellsLeftOut(r.lacks)

			pid, after := s.property(unit, "MainPID"), s.snapshot()
			says(t, s.install(home, "8888").Stderr, "nothing to do")
			s.unchanged(after, true)
			if got := s.property(unit, "MainPID"); got != pid {
				t.Errorf("the funnel's main process was %s and is %s", pid, got)
			}
			// Another unit is tried as a whole again.
			s.install(home, "9999")
			s.page(home, s.other, soon)
			s.tellsLeftOut(r.lacks)

			s.does("uninstall")
			s.noPage(home)
			s.unchanged(before, false)
		})
	}
}

// endsAtSandbox proves that the machine is as it should be: the unit's sandbox
// around another program ends with the status, and the bare program works.
func (s *scene) endsAtSandbox(status int) {
	s.t.Helper()
	lines := sandboxLines(s.does("unit", "8888").Stdout)
	for _, want := range []int{0, status} {
		s.write(probeUnits+"true.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n"+strings.Join(lines[len(lines)*(1-min(want, 1)):], "\n")+"\n")
		s.run("systemctl", "daemon-reload")
		s.try("systemctl", "start", "true.service")
		if got := s.property("true.service", "ExecMainStatus"); got != fmt.Sprint(want) {
			s.t.Fatalf("the machine's start ends with %s, not %d", got, want)
		}
	}
	s.must(s.Remove(probeUnits + "true.service"))
}

// tellsLeftOut: status names what the sandbox lacks, also to an ordinary user.
func (s *scene) tellsLeftOut(lacks string) {
	s.t.Helper()
	f := s.status(exitDone).Funnels[0]
	if !slices.Contains(strings.Fields(f.Unit.LeftOut), lacks) {
		s.t.Errorf("status --json says that %q is left out", f.Unit.LeftOut)
	}
	says(s.t, lineWith(s.does("status").Stdout, "left out"), " "+lacks)
	res := s.try("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/local/bin/tsfunnel", "status")
	says(s.t, lineWith(res.Stdout, "left out"), " "+lacks)
}

// TestRefusedLater: a machine that was moved to where less is allowed. Unit and
// manifest are made what they would be after an install with the whole sandbox;
// the service ends at it again and again until install looks.
func TestRefusedLater(t *testing.T) {
	s := newMachineOf(t, machine.Options{Refuses: []string{"users"}})
	s.install(home, "8888")
	_, version, _ := strings.Cut(s.run("systemctl", "--version"), " ")
	version, _, _ = strings.Cut(version, " ")
	whole := s.does("unit", "--systemd", version, "8888").Stdout
	s.write(recipeUnit, whole)
	s.wasWhole(whole)
	s.run("systemctl", "daemon-reload")
	s.try("systemctl", "restart", unit)
	s.noPage(home)

	says(t, s.install(home, "8888").Stderr, "running: restart tailscale-funnel without what this machine refuses")
	s.page(home, s.token, soon)
	s.tellsLeftOut("PrivateUsers")
}

// wasWhole makes the manifest say that the unit was installed with this text.
func (s *scene) wasWhole(text string) {
	s.t.Helper()
	const path = "/var/lib/tsfunnel/manifest.json"
	var doc map[string]any
	s.must(json.Unmarshal([]byte(s.read(path)), &doc))
	row := doc["funnels"].([]any)[0].(map[string]any)
	sum := hexSum(text)
	if row["whole"] != sum {
		s.t.Fatalf("the unit that was refused is not the one that unit prints:\n%s", text)
	}
	delete(row, "whole")
	delete(row, "left_out")
	row["digest"] = sum
	row["started"] = hexSum(sum + doc["self"].(map[string]any)["digest"].(string))
	out, err := json.Marshal(doc)
	s.must(err)
	s.must(s.WriteFile(path, out, 0o600))
}

func hexSum(text string) string { return fmt.Sprintf("%x", blake2s.Sum256([]byte(text))) }

// TestRefusedForGood: a start that ends with such a status for a reason that no
// unit of ours has is tried once more, and told.
func TestRefusedForGood(t *testing.T) {
	s := newMachine(t)
	s.login()
	s.write("/etc/systemd/system/"+unit+".d/user.conf", "[Service]\nUser=nobody-of-this-name\n")
	res := s.ends(exitFailed, "install", "8888")
	says(t, res.Stderr, "cannot restart "+unit)
	if n := strings.Count(res.Stderr, "refuses parts"); n != 1 {
		t.Errorf("the unit was written without parts %d times", n)
	}
}
