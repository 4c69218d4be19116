package faults

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tsfunnel.test/packages"
)

// Row is one fault.
type Row struct {
	Name  string
	Class string
	Needs Has
	// Person: somebody has to act, and the last thing that Do does is that.
	Person bool
	// Stays: the page has to stay away, for it is what somebody wants.
	Stays bool
	// Unseen: on the machine nothing shows the fault, all that is served goes on.
	Unseen bool
	// Elder: at first Tailscale is an older one; the pinned one lies beside it.
	Elder bool
	// Blank: the machine has no Tailscale; tsfunnel places an older one.
	Blank bool
	// Before, if there is one, comes before the way is set up; the page is then
	// not waited for.
	Before step
	// Do returns when the cause is gone.
	Do step
	// Then, if there is one, has to end well when the page is back.
	Then step
}

type step func(ctx context.Context, s *Subject) error

const (
	mainPID   = `$(systemctl show --value -p MainPID ` + Unit + `)`
	daemonPID = `$(systemctl show --value -p MainPID tailscaled)`

	guardPID = `$(grep -lx tsfunnel-guard /proc/[0-9]*/comm | cut -d / -f 3)`

	second = time.Second
)

// sh makes a step of command lines, whatever their exit codes.
func sh(lines ...string) step {
	return func(ctx context.Context, s *Subject) error {
		var errs []error
		for _, line := range lines {
			errs = append(errs, s.try(ctx, "sh", "-c", line))
		}
		return errors.Join(errs...)
	}
}

// order makes a step of something that the world does.
func order(f func(s *Subject) error) step {
	return func(_ context.Context, s *Subject) error { return f(s) }
}

func funnelOn(on bool) step { return order(func(s *Subject) error { return s.World.SetFunnel(on) }) }
func httpsOn(on bool) step  { return order(func(s *Subject) error { return s.World.SetHTTPS(on) }) }
func controlUp(up bool) step {
	return order(func(s *Subject) error { return s.World.SetControl(up) })
}
func answer(mode string) step {
	return order(func(s *Subject) error { return s.World.SetFeature(mode) })
}

// lasting lets time pass in which nothing has to wait, idling such in which the
// funnel has to. Both are long in a benchmark and short in a test.
func lasting(long, short time.Duration) step {
	return func(ctx context.Context, s *Subject) error { return sleep(ctx, s.span(long, short)) }
}

func idling(long, short time.Duration) step {
	return func(ctx context.Context, s *Subject) error { return s.idle(ctx, long, short) }
}

// steps makes one step of many; the first that fails ends it.
func steps(list ...step) step {
	return func(ctx context.Context, s *Subject) error {
		for _, f := range list {
			if err := f(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
}

func login(ctx context.Context, s *Subject) error   { return s.login(ctx) }
func reboot(ctx context.Context, s *Subject) error  { return s.reboot(ctx) }
func powerOn(ctx context.Context, s *Subject) error { return s.powerOn(ctx) }

// Rows are the matrix.
var Rows = []Row{
	{Class: "cli", Name: "CLI killed (KILL)", Needs: HasUnit, Do: sh("kill -KILL " + mainPID)},
	{Class: "cli", Name: "CLI ended (TERM)", Needs: HasUnit, Do: sh("kill -TERM " + mainPID)},
	{Class: "cli", Name: "CLI ended (INT)", Needs: HasUnit, Do: sh("kill -INT " + mainPID)},
	{Class: "cli", Name: "CLI killed eight times in a row", Needs: HasUnit, Do: killEightTimes},
	{Class: "cli", Name: "CLI missing for 12 s", Needs: HasUnit, Person: true, Do: steps(
		sh("mv /usr/bin/tailscale /usr/bin/away; kill -KILL "+mainPID),
		missing, sh("mv /usr/bin/away /usr/bin/tailscale"))},

	{Class: "launcher", Name: "guard killed", Needs: HasCLI | HasLauncher, Do: sh("kill -KILL " + guardPID)},
	{Class: "launcher", Name: "launcher killed while it waits", Needs: HasLauncher, Do: steps(
		sh("systemctl stop tailscaled"), idling(2*second, second), sh("kill -KILL "+mainPID),
		lasting(2*second, second), sh("systemctl start tailscaled"))},
	{Class: "launcher", Name: "state folder lost, CLI killed", Needs: HasLauncher, Do: sh(
		"rm -rf /run/tsfunnel", "kill -KILL "+mainPID)},
	{Class: "launcher", Name: "memory limit that kills, lifted", Needs: HasUnit, Do: memoryLimit},
	{Class: "launcher", Name: "200 quick restarts", Needs: HasUnit, Do: quickRestarts},
	{Class: "launcher", Name: "unit stopped, tailscaled restarted: stays stopped", Needs: HasUnit, Stays: true, Do: sh(
		"systemctl stop "+Unit, "systemctl restart tailscaled", "kill -KILL "+daemonPID, Upgrade)},

	{Class: "tailscaled", Name: "tailscaled killed (KILL)", Do: sh("kill -KILL " + daemonPID)},
	{Class: "tailscaled", Name: "tailscaled restarted", Do: sh("systemctl restart tailscaled")},
	{Class: "tailscaled", Name: "tailscaled stopped, started 8 s later", Do: steps(
		sh("systemctl stop tailscaled"), idling(8*second, 3*second), sh("systemctl start tailscaled"))},
	{Class: "tailscaled", Name: "tailscaled stopped, started 60 s later", Do: steps(
		sh("systemctl stop tailscaled"), idling(60*second, 6*second), sh("systemctl start tailscaled"))},
	{Class: "tailscaled", Name: "tailscaled frozen for 30 s", Do: steps(
		sh("kill -STOP "+daemonPID), lasting(30*second, 10*second), sh("kill -CONT "+daemonPID))},
	{Class: "tailscaled", Name: "both programs replaced, " + versions + ", `try-restart`", Elder: true,
		Do: replace, Then: runs(packages.Latest)},
	{Class: "tailscaled", Name: "`tsfunnel install --version`, " + versions, Needs: HasLauncher, Blank: true,
		Do: upgrade, Then: runs(packages.Latest)},

	{Class: "boot", Name: "reboot (from power on)", Do: powerOn},
	{Class: "boot", Name: "first start of tailscaled fails (from power on)", Do: steps(
		tailscaledFirst(`test -e /run/second || { touch /run/second; exit 1; }`), powerOn)},
	{Class: "boot", Name: "tailscaled starts 20 s late (from power on)", Do: func(ctx context.Context, s *Subject) error {
		late := tailscaledFirst(fmt.Sprintf("sleep %d", s.span(20*second, 5*second)/second))
		return errors.Join(late(ctx, s), s.powerOn(ctx))
	}},
	{Class: "boot", Name: "reboot, control absent for 60 s", Do: steps(
		controlUp(false), reboot, idling(60*second, 15*second), controlUp(true))},

	{Class: "config", Name: "`tailscale funnel reset`", Do: sh("tailscale funnel reset")},
	{Class: "config", Name: "`tailscale serve reset`", Do: sh("tailscale serve reset")},
	{Class: "config", Name: "`tailscale funnel --https=443 off`", Needs: HasUnit, Unseen: true, Do: sh("tailscale funnel --https=443 off")},
	{Class: "config", Name: "background config in the way, removed", Needs: HasUnit, Person: true, Do: steps(
		sh("systemctl stop "+Unit, "tailscale funnel --bg text:other", "systemctl start --no-block "+Unit),
		idling(8*second, 3*second), sh("tailscale funnel --https=443 off"))},

	{Class: "node", Name: "`tailscale down`, `up`", Person: true, Do: steps(
		sh("tailscale down"), idling(3*second, 2*second), sh("tailscale up"))},
	{Class: "node", Name: "logout, login again", Person: true, Do: steps(
		sh("tailscale logout"), idling(5*second, 3*second), login)},
	{Class: "node", Name: "other profile and back", Person: true, Do: steps(otherProfile, idling(5*second, 3*second),
		sh("tailscale switch $(tailscale switch --list | awk 'NR == 2 {print $1}')"))},
	{Class: "node", Name: "machine renamed", Do: rename},
	{Class: "node", Name: "key expired, `up --force-reauth`", Person: true, Do: steps(
		order(func(s *Subject) error { return s.World.Expire() }), idling(5*second, 3*second), authenticate)},

	{Class: "control", Name: "control away for 5 s", Unseen: true, Do: steps(
		controlUp(false), lasting(5*second, 5*second), controlUp(true))},
	{Class: "control", Name: "control away while tailscaled restarts", Do: steps(
		controlUp(false), sh("systemctl restart tailscaled"), idling(8*second, 5*second), controlUp(true))},

	{Class: "policy", Name: "Funnel revoked for 5 s", Person: true, Do: steps(
		funnelOn(false), idling(5*second, 2*second), funnelOn(true))},
	{Class: "policy", Name: "HTTPS revoked for 5 s", Person: true, Do: steps(
		httpsOn(false), idling(5*second, 2*second), httpsOn(true))},
	{Class: "policy", Name: "Funnel enabled 10 s after the start (control says ask)", Person: true,
		Before: steps(answer("ask"), funnelOn(false)), Do: steps(idling(10*second, 4*second), funnelOn(true))},
	{Class: "policy", Name: "Funnel revoked, restarted, granted (ask)", Person: true, Do: revoked("ask")},
	{Class: "policy", Name: "Funnel revoked, restarted, granted (wait)", Person: true, Do: revoked("wait")},
	{Class: "policy", Name: "Funnel revoked, restarted, granted (error)", Person: true, Do: revoked("error")},
	{Class: "policy", Name: "HTTPS enabled 10 s after the start", Person: true,
		Before: httpsOn(false), Do: steps(idling(10*second, 4*second), httpsOn(true))},
}

// Upgrade does, by sh, what an upgrade of Tailscale's package does.
const Upgrade = `for f in /usr/bin/tailscale /usr/sbin/tailscaled; do cp $f $f.new && mv $f.new $f; done
	systemctl try-restart tailscaled`

func killEightTimes(ctx context.Context, s *Subject) error {
	last := "0"
	for range 8 {
		var pid string
		if !until(ctx, settle, func() bool {
			pid = s.text(ctx, "systemctl", "show", "--value", "-p", "MainPID", Unit)
			return pid != "0" && pid != last
		}) {
			return fmt.Errorf("no other main process than %s", last)
		}
		if err := s.must(ctx, "sh", "-c", "kill -KILL "+pid); err != nil {
			return err
		}
		last = pid
	}
	return nil
}

// missing: without its program the CLI is waited for; native needs none.
func missing(ctx context.Context, s *Subject) error {
	if s.way.has(HasCLI) {
		return s.idle(ctx, 12*second, 5*second)
	}
	return sleep(ctx, s.span(12*second, 5*second))
}

// tailscaledFirst lets tailscaled's service run a command before each start.
func tailscaledFirst(line string) step {
	return order(func(s *Subject) error {
		return s.WriteFile("/etc/systemd/system/tailscaled.service.d/first.conf",
			[]byte("[Service]\nExecStartPre=/bin/sh -c '"+line+"'\n"), 0o644)
	})
}

// memoryLimit lets the unit have less memory than a CLI needs, for a while. What
// a process has already stays its own, hence the kill.
func memoryLimit(ctx context.Context, s *Subject) error {
	limited := make(chan error, 1)
	go func() { limited <- s.Squeeze(ctx, Unit, 1<<20, s.span(10*second, 4*second)) }()
	return errors.Join(sleep(ctx, pause), sh("kill -KILL "+mainPID)(ctx, s), <-limited)
}

func quickRestarts(ctx context.Context, s *Subject) error {
	n := 30
	if s.Long {
		n = 200
	}
	return s.try(ctx, "sh", "-c", fmt.Sprintf(
		"for i in $(seq %d); do systemctl restart --no-block %s; sleep 0.1; done", n, Unit))
}

// otherProfile makes a second profile, which is not logged in, the present one.
func otherProfile(ctx context.Context, s *Subject) error {
	return s.try(ctx, "tailscale", "login", "--timeout", "1s", "--login-server", s.World.ControlURL)
}

func rename(_ context.Context, s *Subject) error {
	s.url = strings.Replace(s.url, "//node.", "//other.", 1)
	return s.World.SetName("other")
}

func authenticate(ctx context.Context, s *Subject) error {
	return s.try(ctx, "tailscale", "up", "--force-reauth", "--login-server", s.World.ControlURL, "--auth-key", s.World.AuthKey)
}

// revoked starts anew while Funnel is revoked and control answers the CLI's
// question in one of its ways.
func revoked(mode string) step {
	return steps(answer(mode), funnelOn(false), sh("systemctl restart "+Unit),
		idling(10*second, 4*second), funnelOn(true))
}
