package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"tsfunnel.test/machine"
	"tsfunnel.test/packages"
	"tsfunnel.test/scratch"
	"tsfunnel.test/world"
)

const (
	work       = "/srv/bench" // where both ways unpack, in the machine
	downloads  = "/var/lib/tsfunnel"
	installer  = "/root/tsfunnel"
	keyFile    = "/root/key"
	placeLimit = time.Minute
)

// contest is a machine without Tailscale and a server that has it.
type contest struct {
	dir     string // of this computer, on its disk
	world   *world.World
	machine *machine.Machine
	init    int    // the machine's PID 1
	root    string // its files, seen from here
}

// sample is one round: the times by hand, and tsfunnel's. Busy is what the
// processors were used for.
type sample struct {
	unpacked, synced, placed time.Duration
	rivalBusy, placedBusy    time.Duration
}

// series is what came of one server's scheme on one kind of disk.
type series struct {
	scheme, disk string
	runs         []sample
	peak         map[string]int // KiB, by program
}

func (s *series) name() string { return s.scheme + ", " + s.disk }

func runFetch(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("fetch", flag.ContinueOnError)
	times := flags.Int("times", 5, "how often each way is measured")
	rows := flags.String("rows", "", "only rows that match")
	program, err := parse(flags, args)
	if err != nil {
		return err
	}
	pattern, err := regexp.Compile(*rows)
	if err != nil {
		return err
	}
	for _, name := range append([]string{"sync"}, rivals...) {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("what tsfunnel is compared with: %w", err)
		}
	}
	os.Setenv("TMPDIR", "/var/tmp") // /tmp may be in memory
	p := machine.Progress{W: os.Stderr}
	kit, err := machine.Prepare(p)
	if err != nil {
		return err
	}
	dir, err := emptyDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	mirror := filepath.Join(dir, "mirror")
	if err := release(p, mirror); err != nil {
		return err
	}
	if err := machine.Program(p, mirror, program); err != nil {
		return err
	}
	c, err := openContest(ctx, kit, dir, program)
	defer func() { err = errors.Join(err, c.close()) }()
	if err != nil {
		return err
	}
	list, err := c.measure(ctx, pattern, *times)
	if err != nil {
		return err
	}
	size, err := os.Stat(filepath.Join(mirror, "main/stable", tarball))
	if err == nil {
		report(os.Stdout, size.Size(), *times, list)
	}
	return err
}

// emptyDir makes a folder, and removes those of runs that were killed.
func emptyDir() (string, error) {
	left, err := scratch.Left("bench")
	if err != nil {
		return "", err
	}
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
	return scratch.Dir("bench")
}

// openContest boots; what was opened is closed by close, also on error.
func openContest(ctx context.Context, kit *machine.Kit, dir, program string) (c *contest, err error) {
	c = &contest{dir: dir}
	if c.world, err = world.Open(ctx, kit.World, world.WithPackages(filepath.Join(dir, "mirror"))); err != nil {
		return c, err
	}
	if c.machine, err = machine.New(ctx, kit, c.world, machine.Options{Bare: true}); err != nil {
		return c, err
	}
	if c.init, err = initOf(c.world.Netns); err != nil {
		return c, err
	}
	c.root = fmt.Sprintf("/proc/%d/root", c.init)
	return c, errors.Join(
		c.machine.CopyIn(program, installer),
		c.machine.WriteFile(keyFile, []byte(c.world.AuthKey+"\n"), 0o600),
		must(ctx, c.machine, "mkdir", "-p", work, downloads))
}

func (c *contest) close() error {
	var errs []error
	if c.machine != nil {
		errs = append(errs, c.machine.Close())
	}
	if c.world != nil {
		errs = append(errs, c.world.Close())
	}
	return errors.Join(errs...)
}

func (c *contest) measure(ctx context.Context, rows *regexp.Regexp, times int) (list []*series, err error) {
	for _, d := range disks {
		for _, at := range []string{work, downloads} {
			if err := d.mount(ctx, c, at); err != nil {
				return nil, err
			}
		}
		for _, base := range []string{c.world.Packages.Base, c.world.Packages.Secure} {
			s := &series{disk: d.name}
			s.scheme, _, _ = strings.Cut(base, ":")
			if !rows.MatchString(s.name()) {
				continue
			}
			if err := s.fill(ctx, c, base, times); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name(), err)
			}
			list = append(list, s)
		}
		if err := must(ctx, c.machine, "umount", work, downloads); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// fill runs both ways in turn. The first round is for caches and for what looks
// at the memory, and its times do not count.
func (s *series) fill(ctx context.Context, c *contest, base string, times int) error {
	stop := peaks(c.world.Netns, append([]string{filepath.Base(installer)}, rivals...)...)
	_, err := c.round(ctx, base)
	if s.peak = stop(); err != nil {
		return err
	}
	for range times {
		r, err := c.round(ctx, base)
		if err != nil {
			return err
		}
		s.runs = append(s.runs, r)
		fmt.Fprintf(os.Stderr, "%s: by hand %.2f s, synced %.2f s, busy %.2f s; tsfunnel %.2f s, busy %.2f s\n", s.name(),
			r.unpacked.Seconds(), r.synced.Seconds(), r.rivalBusy.Seconds(), r.placed.Seconds(), r.placedBusy.Seconds())
	}
	return nil
}

func (c *contest) round(ctx context.Context, base string) (r sample, err error) {
	if err = c.rival(ctx, base, &r); err == nil {
		err = c.install(ctx, base, &r)
	}
	return r, err
}

// install runs tsfunnel to its end, and back. It measures from the line with
// which the first step begins until everything of Tailscale is in its place and
// systemd is told.
func (c *contest) install(ctx context.Context, base string, r *sample) error {
	var begun mark
	p, err := c.machine.Start(ctx, machine.Command{Tee: &begun, Args: []string{
		installer, "install", "8888", "--base-url", base, "--cacert", machine.RootsFile, "--prefix", work + "/tailscale",
		"--auth-key-file", keyFile, "--login-server", c.world.ControlURL,
	}})
	if err != nil {
		return err
	}
	var placed time.Time
	if pid := c.awaitReload(p); pid != 0 {
		placed = time.Now()
		r.placedBusy = busy(pid)
	}
	res, err := p.Wait()
	if err == nil && (res.Code != 0 || placed.IsZero() || begun.when.IsZero()) {
		err = fmt.Errorf("install: %v", res)
	}
	if err != nil {
		return err
	}
	r.placed = placed.Sub(begun.when)
	return must(ctx, c.machine, installer, "uninstall", "--purge", "--logout")
}

// awaitReload waits until p tells systemd of the new unit, and returns its PID;
// 0 if it never does.
func (c *contest) awaitReload(p *machine.Process) int {
	pid := 0
	for end := time.Now().Add(placeLimit); time.Now().Before(end); time.Sleep(sampleEvery) {
		select {
		case <-p.Done():
			return 0
		default:
		}
		if pid == 0 {
			pid = c.find(filepath.Base(installer))
		} else if daemonReload(pid) {
			return pid
		}
	}
	return 0
}

// find returns a process of the machine by its name, 0 if there is none.
func (c *contest) find(name string) int {
	home, _ := os.Readlink(c.world.Netns)
	for _, pid := range pids() {
		if comm(pid) == name && network(pid) == home {
			return pid
		}
	}
	return 0
}

// mark takes the output of install and keeps when the step that brings
// Tailscale began.
type mark struct{ when time.Time }

func (m *mark) Write(text []byte) (int, error) {
	if m.when.IsZero() && strings.Contains(string(text), "tailscale: get ") {
		m.when = time.Now()
	}
	return len(text), nil
}

// column is one value of every run, in seconds.
func (s *series) column(value func(sample) time.Duration) []float64 {
	var list []float64
	for _, r := range s.runs {
		list = append(list, value(r).Seconds())
	}
	slices.Sort(list)
	return list
}

func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func spread(sorted []float64) string {
	return fmt.Sprintf("%.2f (%.2f–%.2f)", median(sorted), sorted[0], sorted[len(sorted)-1])
}

// report writes the tables as Markdown.
func report(out io.Writer, size int64, times int, list []*series) {
	fmt.Fprintf(out, "Tailscale %s for %s, a tarball of %.1f MB, from loopback to its place; %d cores; N=%d, the ways in turn.\n",
		packages.Latest, runtime.GOARCH, float64(size)/1e6, runtime.NumCPU(), times)
	fmt.Fprint(out, "Seconds, median (fastest–slowest). Busy: what the processors had to do.\n\n")
	reportTimes(out, list)
	fmt.Fprintln(out)
	reportPeaks(out, list)
	fmt.Fprint(out, "\nBoth get the tarball and its .sha256, check it and unpack. tsfunnel beyond that: the index, the signatures and "+
		"what they take,\ndigests of what it places, the unit; and it syncs the programs before they get their names. Its time "+
		"is that of install's\nfirst step, up to systemd's reload. By hand: "+versions()+".\n")
}

func reportTimes(out io.Writer, list []*series) {
	fmt.Fprint(out, "| from, to | curl, sha256sum, tar | … and sync | tsfunnel | times as fast | … as with sync | busy: by hand | tsfunnel |\n"+
		"|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, s := range list {
		unpacked := s.column(func(r sample) time.Duration { return r.unpacked })
		synced := s.column(func(r sample) time.Duration { return r.synced })
		placed := s.column(func(r sample) time.Duration { return r.placed })
		fmt.Fprintf(out, "| %s | %s | %s | %s | %.2f | %.2f | %.2f | %.2f |\n", s.name(),
			spread(unpacked), spread(synced), spread(placed), median(unpacked)/median(placed), median(synced)/median(placed),
			median(s.column(func(r sample) time.Duration { return r.rivalBusy })),
			median(s.column(func(r sample) time.Duration { return r.placedBusy })))
	}
}

func reportPeaks(out io.Writer, list []*series) {
	names := append([]string{filepath.Base(installer)}, rivals...)
	fmt.Fprintf(out, "| peak resident, MiB | %s |\n|---|%s\n", strings.Join(names, " | "), strings.Repeat("--:|", len(names)))
	for _, s := range list {
		fmt.Fprintf(out, "| %s |", s.name())
		for _, name := range names {
			fmt.Fprintf(out, " %.1f |", float64(s.peak[name])/1024)
		}
		fmt.Fprintln(out)
	}
}
