package faults

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

const (
	// LongestLie is how long STATUS may say "published" in a stretch, when
	// nothing is.
	LongestLie = time.Second

	calm         = 300 * time.Millisecond
	linesAllowed = 10              // in the log, for each minute of waiting
	afterPerson  = 5 * time.Second // the funnel stands when somebody has acted
)

// Outcome is what one way came to in one row.
type Outcome struct {
	Took       time.Duration // until the page stayed
	Own        Own
	Lie        time.Duration // the longest stretch of a wrong STATUS
	Complaints []string      // what must hold and does not
}

// Applies reports whether the row makes sense for a way.
func (r *Row) Applies(w *Way) bool { return w.has(r.Needs) }

// Run takes a machine on which nothing is set up yet through the row. ErrDead is
// the error of a page that does not come back, or that comes back though it
// must not.
func (r *Row) Run(ctx context.Context, s *Subject, w *Way) (o Outcome, err error) {
	s.way, s.url, s.complaints, s.blank = w, Home, nil, r.Blank
	if r.Elder {
		if err := s.becomeElder(); err != nil {
			return o, err
		}
	}
	s.watch = &watch{s: s}
	if err := s.watch.start(ctx); err != nil {
		return o, err
	}
	defer s.watch.stop()
	defer s.booted()
	if r.Before != nil {
		if err := r.Before(ctx, s); err != nil {
			return o, err
		}
	}
	if err := w.setUp(ctx, s); err != nil {
		return o, err
	}
	if r.Before == nil {
		if err := s.await(ctx); err != nil {
			return o, err
		}
		s.told(ctx)
	}
	begun := len(s.watch.all())
	if err := r.Do(ctx, s); err != nil {
		return o, err
	}
	err = r.judge(ctx, s, &o)
	if err == nil && r.Then != nil {
		err = r.Then(ctx, s)
	}
	all := s.watch.all()
	o.Own = own(all[max(begun-1, 0):])
	if len(all) == begun && w.has(HasLauncher) && !r.Unseen {
		s.complain("nothing was seen of the fault")
	}
	lie, worst := longestLie(all)
	if o.Lie = lie; lie > LongestLie {
		s.complain("STATUS was wrong for %v: %+v", lie, worst)
	}
	o.Complaints = s.complaints
	return o, err
}

// Watch only watches, and returns the longest stretch of a wrong STATUS.
func (s *Subject) Watch(ctx context.Context, during time.Duration) (time.Duration, error) {
	s.watch = &watch{s: s}
	if err := s.watch.start(ctx); err != nil {
		return 0, err
	}
	defer s.watch.stop()
	if err := sleep(ctx, during); err != nil {
		return 0, err
	}
	lie, _ := longestLie(s.watch.all())
	return lie, nil
}

// judge looks at what must hold when the cause is gone.
func (r *Row) judge(ctx context.Context, s *Subject, o *Outcome) (err error) {
	if r.Stays {
		return s.absence(ctx)
	}
	acted := time.Now()
	o.Took, err = s.recovery(ctx)
	if err = errors.Join(err, s.booted()); err != nil || !s.way.has(HasLauncher) {
		return err
	}
	s.standing(ctx, r, acted)
	return nil
}

// told waits until the service manager knows that the page is there.
func (s *Subject) told(ctx context.Context) {
	ok := func() bool { n := s.watch.now(); return n.Published() && n.Stands() }
	if s.way.has(HasLauncher) && !until(ctx, settle, ok) {
		s.complain("the page is there, and STATUS does not say so: %+v", s.watch.now())
	}
}

// standing looks at a funnel of tsfunnel's whose page is back.
func (s *Subject) standing(ctx context.Context, r *Row, acted time.Time) {
	s.told(ctx)
	if n := s.watch.now(); len(n.Sessions) != 1 {
		s.complain("there is not exactly one entry: %v", n.Sessions)
	}
	if res, err := s.result(ctx, s.Program, "status"); err != nil || res.Code != 0 {
		s.complain("tsfunnel status: %v %v", res, err)
	}
	if !r.Person {
		return
	}
	if x := s.watch.at(acted.Add(afterPerson)); !x.Stands() {
		s.complain("no entry stood %v after somebody had acted: %+v", afterPerson, x)
	}
}

// idle lets a fault last. tsfunnel's launcher must then wait: it names what for,
// is not started again and hardly logs.
func (s *Subject) idle(ctx context.Context, long, short time.Duration) error {
	d := s.span(long, short)
	if !s.way.has(HasLauncher) {
		return sleep(ctx, d)
	}
	if !until(ctx, settle, func() bool { return s.watch.now().Waits() }) {
		s.complain("STATUS does not say that it waits: %q", s.watch.now().Status)
	}
	// What led to it has passed, also through the eyes of the watch.
	if err := sleep(ctx, calm); err != nil {
		return err
	}
	before, lines := s.watch.now(), s.lines(ctx)
	if err := sleep(ctx, d); err != nil {
		return err
	}
	if now := s.watch.now(); now.Restarts != before.Restarts || now.PID != before.PID {
		s.complain("while waiting (%s) it was started %d times", before.Status, now.Restarts-before.Restarts)
	}
	minutes := int((d + time.Minute - 1) / time.Minute)
	if n := s.lines(ctx) - lines; n > linesAllowed*minutes {
		s.complain("while waiting (%s) for %v it logged %d lines", before.Status, d, n)
	}
	return nil
}

// lines counts what the unit has logged.
func (s *Subject) lines(ctx context.Context) int {
	n, _ := strconv.Atoi(strings.TrimSpace(s.text(ctx, "sh", "-c", "journalctl -b -q -o cat -u "+Unit+" | wc -l")))
	return n
}
