package e2e

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"tsfunnel.test/machine"
)

// inits are the init systems that the program writes for, on the machines that
// have them. One more is one more row.
var inits = []struct {
	machine string // what the machine boots
	name    string // what --init calls it
	file    string // what carries the service
	apart   bool   // each service has a supervisor, which is not PID 1
}{
	{machine.Systemd, "systemd", "/etc/systemd/system/tailscale-funnel.service", false},
	{machine.Systemd252, "systemd", "/etc/systemd/system/tailscale-funnel.service", false},
	{machine.Systemd247, "systemd", "/etc/systemd/system/tailscale-funnel.service", false},
	{machine.OpenRCSysvinit, "openrc", "/etc/init.d/tailscale-funnel", true},
	{machine.OpenRCBusybox, "openrc", "/etc/init.d/tailscale-funnel", true},
	{machine.Runit, "runit", "/etc/sv/tailscale-funnel/run", true},
	{machine.S6, "s6", "/etc/services.d/tailscale-funnel/run", true},
	{machine.SysV, "sysv", "/etc/init.d/tailscale-funnel", true},
	{machine.Busybox, "busybox", "/etc/tsfunnel/tailscale-funnel.run", false},
}

const (
	ours   = "tailscale-funnel"
	daemon = "tailscaled"
)

// initCases run one after the other on one machine, each from a funnel that
// stands to one that stands, but for the first and the last.
var initCases = []struct {
	name  string
	apart bool // only with a supervisor that can be killed
	test  func(s *scene, file string)
}{
	{"install", false, (*scene).initInstall},
	{"reboot", false, (*scene).initReboot},
	{"CLI killed", false, (*scene).initKillCLI},
	{"supervisor killed", true, (*scene).initKillSupervisor},
	{"supervisor killed, stopped", true, (*scene).initStopOrphan},
	{"supervisor killed, rebooted", true, (*scene).initRebootOrphan},
	{"tailscaled killed", false, (*scene).initKillDaemon},
	{"tailscaled stopped and started", false, (*scene).initStopDaemon},
	{"stopped", false, (*scene).initStop},
	{"uninstall", false, (*scene).initUninstall},
}

// TestInits is what is promised under every init system: the page through the
// ingress, after whatever happens to what holds it.
func TestInits(t *testing.T) {
	for _, row := range inits {
		t.Run(row.machine, func(t *testing.T) {
			s := newMachineOf(t, machine.Options{Init: row.machine})
			before := s.snapshot()
			for _, c := range initCases {
				if c.apart && !row.apart {
					continue
				}
				if !t.Run(c.name, func(t *testing.T) {
					in := *s // what fails is the case
					in.t = t
					c.test(&in, row.file)
				}) {
					return
				}
			}
			s.unchanged(before, false)
			s.does("unit", "--init", row.name, "8888")
		})
	}
}

// isKept demands that a service is up, watched over, and starts at boot.
func (s *scene) isKept(name string) {
	s.t.Helper()
	s.eventually(name+" runs", soon, func() bool { return s.is(name, machine.Running) })
	if pid, err := s.Service(name).SupervisorPID(s.t.Context()); pid == 0 || err != nil {
		s.t.Errorf("nothing watches over %s: %v", name, err)
	}
	if on, err := s.Service(name).Enabled(); !on || err != nil {
		s.t.Errorf("%s starts at boot: %v, %v", name, on, err)
	}
}

// is reports whether a service is in that state.
func (s *scene) is(name string, want machine.State) bool {
	s.t.Helper()
	state, err := s.Service(name).State(s.t.Context())
	s.must(err)
	return state == want
}

// standsAgain demands the page, from one session alone.
func (s *scene) standsAgain() {
	s.t.Helper()
	s.page(home, s.token, recovery)
	s.eventually("one session serves it", soon, func() bool { return len(s.foregrounds()) == 1 })
	s.eventually("status says that it is live and published", soon, func() bool { // the launcher notes it a moment later
		res := s.tsfunnel("status")
		return res.Code == exitDone && strings.Contains(res.Stdout, "published")
	})
	r := s.status(exitDone)
	if !r.Live || len(r.Funnels) != 1 || r.Funnels[0].URL != home {
		s.t.Errorf("status is %+v", r)
	}
	for _, what := range []string{"live", "ready"} {
		s.does("status", "--check", what)
	}
}

// orphan kills what would start the service again.
func (s *scene) orphan() {
	s.t.Helper()
	pid, err := s.Service(ours).SupervisorPID(s.t.Context())
	s.must(err)
	if pid <= 1 {
		s.t.Fatalf("the supervisor of the funnel is process %d", pid)
	}
	s.run("sh", "-c", "kill -KILL "+strconv.Itoa(pid))
}

func (s *scene) initInstall(file string) {
	s.install(home, "8888")
	s.standsAgain()
	s.isKept(ours)
	s.isKept(daemon)
	as := []string{"unit", "8888"}
	if version := strings.TrimPrefix(s.Init(), machine.Systemd); version != s.Init() && version != "" {
		as = append(as, "--systemd", version) // as without: the newest
	}
	says(s.t, s.does(as...).Stdout, s.read(file))
	var report struct {
		Funnels []struct {
			Unit struct {
				Path            string
				Enabled, Active bool
				PID             int
			}
		}
	}
	s.must(json.Unmarshal([]byte(s.does("status", "--json").Stdout), &report))
	pid, err := s.Service(ours).MainPID(s.t.Context())
	s.must(err)
	if len(report.Funnels) != 1 {
		s.t.Fatalf("status knows %d funnels", len(report.Funnels))
	}
	if u := report.Funnels[0].Unit; u.Path != file || !u.Enabled || !u.Active || u.PID != pid {
		s.t.Errorf("status says of the service: %+v, its process is %d", u, pid)
	}
	before := s.snapshot()
	res := s.install(home, "8888")
	says(s.t, res.Stdout+res.Stderr, "nothing to do")
	s.unchanged(before, true)
	if again, err := s.Service(ours).MainPID(s.t.Context()); again != pid || err != nil {
		s.t.Errorf("the second install made the process %d out of %d, %v", again, pid, err)
	}
}

func (s *scene) initReboot(string) {
	s.reboot()
	s.standsAgain()
	s.isKept(ours)
}

func (s *scene) initKillCLI(string) {
	pid, err := s.Service(ours).MainPID(s.t.Context())
	s.must(err)
	s.kill(ours, "KILL")
	s.eventually("another process", soon, func() bool {
		again, err := s.Service(ours).MainPID(s.t.Context())
		s.must(err)
		return again != 0 && again != pid
	})
	s.standsAgain()
	s.isKept(ours)
}

// The page stays or comes back. With runit and s6 another supervisor comes by
// itself, else one more install puts the service under one again. The new copy
// takes over from the old one.
func (s *scene) initKillSupervisor(string) {
	pid, err := s.Service(ours).MainPID(s.t.Context())
	s.must(err)
	s.orphan()
	if init := s.Init(); init == machine.Runit || init == machine.S6 {
		s.eventually("another process", soon, func() bool {
			again, err := s.Service(ours).MainPID(s.t.Context())
			s.must(err)
			return again != 0 && again != pid
		})
	} else {
		s.standsAgain()
		says(s.t, s.install(home, "8888").Stderr, "restart")
	}
	s.isKept(ours)
	s.eventually("the orphan is gone", soon, func() bool { return !s.Exists("/proc/" + strconv.Itoa(pid)) })
	s.standsAgain()
	if again, err := s.Service(ours).MainPID(s.t.Context()); again == pid || again == 0 || err != nil {
		s.t.Errorf("the main process is %d, was %d, %v", again, pid, err)
	}
}

// A stop is a stop although nobody is there to pass it on; where another
// supervisor is to come, it may be refused until then.
func (s *scene) initStopOrphan(string) {
	s.orphan()
	s.eventually("it is stopped", soon, func() bool { return s.Service(ours).Stop(s.t.Context()) == nil })
	s.noPage(home)
	s.client.StaysAway(s.t, home, 3*time.Second)
	s.must(s.Service(ours).Start(s.t.Context()))
	s.standsAgain()
	s.isKept(ours)
}

// What is left behind and holds the log keeps no machine from going down.
func (s *scene) initRebootOrphan(string) {
	s.orphan()
	s.reboot()
	s.standsAgain()
	s.isKept(ours)
}

func (s *scene) initKillDaemon(string) {
	s.kill(daemon, "KILL")
	s.standsAgain()
	s.isKept(ours)
}

// What an administrator stopped stays stopped, whatever becomes of ours.
func (s *scene) initStopDaemon(string) {
	s.must(s.Service(daemon).Stop(s.t.Context()))
	s.noPage(home)
	s.isKept(ours)
	s.must(s.Service(ours).Restart(s.t.Context()))
	s.kill(ours, "KILL")
	s.isKept(ours)
	if !s.is(daemon, machine.Stopped) {
		s.t.Error("the stop of tailscaled was undone")
	}
	s.eventually("status names what is waited for", soon, func() bool {
		return strings.Contains(s.ends(exitUnavailable, "status").Stdout, "tailscaled is not running")
	})
	s.must(s.Service(daemon).Start(s.t.Context()))
	s.standsAgain()
	s.isKept(ours)
}

func (s *scene) initStop(string) {
	s.must(s.Service(ours).Stop(s.t.Context()))
	s.noPage(home)
	s.must(s.Service(daemon).Restart(s.t.Context()))
	s.client.StaysAway(s.t, home, 3*time.Second)
	if !s.is(ours, machine.Stopped) {
		s.t.Error("it runs again")
	}
	s.must(s.Service(ours).Start(s.t.Context()))
	s.standsAgain()
	s.isKept(ours)
}

func (s *scene) initUninstall(file string) {
	s.does("uninstall")
	s.noPage(home)
	for _, path := range []string{file, "/run/tsfunnel", "/var/lib/tsfunnel"} {
		if s.Exists(path) {
			s.t.Errorf("%s is left", path)
		}
	}
	if state, err := s.Service(ours).State(s.t.Context()); state != machine.Absent || err != nil {
		s.t.Errorf("the service is %s, %v", state, err)
	}
	if init := s.Init(); init == machine.Runit || init == machine.S6 {
		for _, name := range []string{ours, daemon} {
			if pid, err := s.Service(name).SupervisorPID(s.t.Context()); pid != 0 || err != nil {
				s.t.Errorf("process %d still watches over %s, %v", pid, name, err)
			}
		}
	}
	if on, err := s.Service(daemon).Enabled(); on || err != nil {
		s.t.Errorf("tailscaled starts at boot: %v, %v", on, err)
	}
	if s.is(daemon, machine.Running) {
		s.t.Error("tailscaled runs")
	}
	if out := s.run("sh", "-c", "cat /etc/init.d/.depend.* /etc/inittab 2>/dev/null || :"); strings.Contains(out, "tailscale") {
		s.t.Errorf("there is still in the tables of init:\n%s", out)
	}
	if strings.Contains(s.tsfunnel("uninstall").Stderr, "removing") {
		s.t.Error("a second uninstall found something")
	}
}

// TestOrphan: who is started as a service ends what a killed supervisor left
// of it. What a person runs under that name is nobody's orphan.
func TestOrphan(t *testing.T) {
	s := newMachine(t)
	s.login()
	supervised := []string{"TSFUNNEL_SUPERVISED=" + ours}
	start := func(env []string) *machine.Process {
		p, err := s.Start(t.Context(), machine.Command{Args: []string{bin, "run", "8888"}, Env: env})
		s.must(err)
		return p
	}
	ended := func(p *machine.Process) {
		t.Helper()
		select {
		case <-p.Done():
		case <-time.After(soon):
			t.Fatal("the process has not ended")
		}
	}
	first := start(supervised)
	s.standsAgain()
	second := start(supervised)
	ended(first)
	s.standsAgain()
	says(t, second.Stderr(), "ending process")

	s.refuses(exitTimeout, []string{"run", "8888"}, "runs it already")
	other := s.exec(machine.Command{Args: []string{bin, "run", "--end"}, Env: []string{"TSFUNNEL_SUPERVISED=x"}})
	if other.Code != exitDone {
		t.Errorf("run --end: %v", other)
	}
	ended(second)
	s.noPage(home)
	s.does("run", "--end")

	byhand := start(nil)
	s.standsAgain()
	s.refuses(exitTimeout, []string{"run", "--end"}, "no service manager started it")
	late := start(supervised)
	ended(late)
	says(t, late.Stderr(), "runs it already")
	s.page(home, s.token, soon)
	select {
	case <-byhand.Done():
		t.Error("what a person ran was ended")
	default:
	}
}

// TestInitsFromNothing is the whole job, under each init system, on a machine
// that has neither Tailscale nor a CA bundle, and the way back in two steps.
func TestInitsFromNothing(t *testing.T) {
	for _, row := range inits {
		if row.machine == machine.Systemd {
			continue // TestFromNothing
		}
		t.Run(row.machine, func(t *testing.T) {
			s := newBlank(t, machine.Options{Init: row.machine, Rootless: true})
			before := s.snapshot()
			args := from(packageServer, "8888", "--cacert", machine.RootsFile)
			s.install(home, args...)
			s.standsAgain()
			s.isKept(daemon)
			after := s.snapshot()
			res := s.install(home, args...)
			says(t, res.Stdout+res.Stderr, "nothing to do")
			s.unchanged(after, true)
			s.reboot()
			s.standsAgain()

			s.does("uninstall")
			s.noPage(home)
			if state, err := s.Service(daemon).State(t.Context()); state == machine.Absent || err != nil {
				t.Errorf("tailscaled's service is %s, %v", state, err)
			}
			s.install(home, args...)
			s.standsAgain()
			s.does("uninstall", "--purge")
			s.noPage(home)
			s.unchanged(before, false)
			if state, err := s.Service(daemon).State(t.Context()); state != machine.Absent || err != nil {
				t.Errorf("tailscaled's service is %s, %v", state, err)
			}
		})
	}
}

// TestInitsForeign: services that are there and not ours. tailscaled's, which
// Alpine calls tailscale, is used, and told what it needs; one of the funnel's
// name is refused, and kept where it may be replaced.
func TestInitsForeign(t *testing.T) {
	s := newMachineOf(t, machine.Options{Init: machine.OpenRCBusybox, Rootless: true})
	const alpines = "/etc/init.d/tailscale"
	foreign := "#!/sbin/openrc-run\nsupervisor=supervise-daemon\ncommand=/usr/sbin/tailscaled\n" +
		"command_args='--state=/var/lib/tailscale/tailscaled.state --socket=/run/tailscale/tailscaled.sock --tun=userspace-networking'\n" +
		"output_log=/var/log/tailscale.log\nerror_log=/var/log/tailscale.log\n"
	s.must(s.WriteFile(alpines, []byte(foreign), 0o755))
	s.must(s.AddService(ours, "/bin/sleep", "1000000"))
	s.must(s.Service(ours).Start(t.Context()))
	file := "/etc/init.d/" + ours
	theirs := s.read(file)
	before := s.snapshot()

	args := []string{"8888", "--cacert", machine.RootsFile}
	s.refuses(exitCreate, s.withKey(append([]string{"install"}, args...)...), file, "--adopt")
	s.install(home, append(args, "--adopt")...)
	s.standsAgain()
	s.isKept("tailscale")
	if s.Exists("/etc/init.d/tailscaled") {
		t.Error("there are two services of tailscaled")
	}
	says(t, s.read(file), "\tafter tailscale\n")
	if s.read(alpines) != foreign {
		t.Error("the service of tailscaled is another one")
	}
	s.does("uninstall")
	s.noPage(home)
	if got := s.read(file); got != theirs {
		t.Errorf("the adopted service came back as:\n%s", got)
	}
	s.unchanged(before, false)
	s.isKept(ours)
}

// TestInitsForeignFolder: a folder of the funnel's name that is somebody's is
// refused before anything is changed; a log of its own cannot be adopted.
func TestInitsForeignFolder(t *testing.T) {
	for _, row := range inits {
		if row.machine != machine.Runit && row.machine != machine.S6 {
			continue
		}
		t.Run(row.machine, func(t *testing.T) {
			s := newMachineOf(t, machine.Options{Init: row.machine})
			s.must(s.AddService(ours, "/bin/sleep", "1000000"))
			s.reboot()
			s.isKept(ours)
			before := s.snapshot()
			s.refuses(exitCreate, s.withKey("install", "8888"), row.file, "--adopt")
			s.refuses(exitCreate, s.withKey("install", "8888", "--adopt"), "log/run")
			s.unchanged(before, true)
			s.isKept(ours)
		})
	}
}

// TestInitUnknown: what is PID 1 is named, and the way out.
func TestInitUnknown(t *testing.T) {
	s := newMachine(t)
	res := s.try("unshare", "--mount", "sh", "-c", "mount -t tmpfs none /run && exec "+bin+" install 8888")
	if res.Code != exitUnavailable {
		t.Errorf("want exit %d: %v", exitUnavailable, res)
	}
	says(t, res.Stderr, `PID 1 is "systemd", /usr/lib/systemd/systemd`, "--init NAME", "tsfunnel run")
	s.refuses(exitUsage, []string{"install", "--init", "upstart", "8888"}, "openrc")
	s.refuses(exitUnavailable, s.withKey("install", "--init", "openrc", "8888"), "rc-service must be in PATH")
	s.refuses(exitUnavailable, s.withKey("install", "--init", "runit", "8888"), "sv must be in PATH")
	s.refuses(exitUnavailable, s.withKey("install", "--init", "s6", "8888"), "s6-svc must be in PATH")
}

// TestSysVBare: SysV init with BusyBox's start-stop-daemon, and without the
// tools that make links and without their notes: then links alone count.
func TestSysVBare(t *testing.T) {
	s := newMachineOf(t, machine.Options{Init: machine.SysV})
	other, err := machine.New(t.Context(), kit, s.world, machine.Options{Host: "other", Init: machine.Busybox})
	s.must(err)
	busybox, err := other.ReadFile("/usr/bin/busybox")
	s.must(err)
	s.must(other.Close())
	s.must(s.WriteFile("/usr/bin/busybox", busybox, 0o755))
	s.run("sh", "-c", "rm /usr/sbin/update-rc.d /usr/sbin/insserv /etc/init.d/.depend.* && "+
		"ln -sf /usr/bin/busybox /usr/sbin/start-stop-daemon")
	says(t, s.try("start-stop-daemon", "--help").Stderr, "BusyBox")
	before := s.snapshot()
	s.install(home, "8888")
	s.standsAgain()
	s.isKept(ours)
	if link := s.run("readlink", "/etc/rc3.d/S90"+ours); link != "../init.d/"+ours {
		t.Errorf("the link leads to %s", link)
	}
	s.initReboot("")
	s.initKillSupervisor("")
	s.initStop("")
	s.must(s.Service(ours).Start(t.Context()))
	s.must(s.Service(ours).Start(t.Context()))
	s.standsAgain()
	s.initUninstall("/etc/init.d/" + ours)
	s.unchanged(before, false)
}
