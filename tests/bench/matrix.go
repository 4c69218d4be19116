package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	pause    = 50 * time.Millisecond
	attempt  = 4 * time.Second
	steady   = 1500 * time.Millisecond // a page that stays so long has come back
	prompt   = 300 * time.Millisecond  // an answer that took longer waited for something
	deadline = 60 * time.Second
	first    = 60 * time.Second // for the page before the fault
)

// cell holds what one way did on one fault, one value a time.
type cell struct {
	seconds []float64
	dead    int
	errs    []error
}

type table struct {
	faults []fault
	cells  map[[2]string]*cell // fault, way
}

// matrix measures; machines run side by side, the ways of one fault together.
func (b *bench) matrix(ctx context.Context, rows *regexp.Regexp, times, jobs int) *table {
	t := &table{cells: map[[2]string]*cell{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	slots := make(chan struct{}, jobs)
	for range times {
		for _, f := range faults {
			if !rows.MatchString(f.name) {
				continue
			}
			if !slices.ContainsFunc(t.faults, func(g fault) bool { return g.name == f.name }) {
				t.faults = append(t.faults, f)
			}
			for _, w := range ways {
				if f.unit && !w.unit {
					continue
				}
				slots <- struct{}{}
				all.Go(func() {
					defer func() { <-slots }()
					took, err := b.measure(ctx, f, w)
					mu.Lock()
					defer mu.Unlock()
					t.add(f, w, took, err)
				})
			}
		}
	}
	all.Wait()
	return t
}

var errDead = errors.New("the page does not come back")

func (t *table) add(f fault, w way, took time.Duration, err error) {
	key := [2]string{f.name, w.name}
	c := t.cells[key]
	if c == nil {
		c = new(cell)
		t.cells[key] = c
	}
	switch {
	case errors.Is(err, errDead):
		c.dead++
	case err != nil:
		c.errs = append(c.errs, err)
		fmt.Fprintf(os.Stderr, "%s, %s: %v\n", f.name, w.name, err)
	default:
		c.seconds = append(c.seconds, took.Seconds())
	}
	fmt.Fprintf(os.Stderr, "%s, %s: %v\n", f.name, w.name, c)
}

// measure sets one machine up, does the fault to it and times the page.
func (b *bench) measure(ctx context.Context, f fault, w way) (took time.Duration, err error) {
	s, err := b.open(ctx)
	defer func() { err = errors.Join(err, s.close()) }()
	if err != nil {
		return 0, err
	}
	if err := s.CopyIn(b.program, "/root/tsfunnel"); err != nil {
		return 0, err
	}
	s.program = filepath.Join("/root", "tsfunnel")
	if f.before != nil {
		if err := f.before(ctx, s); err != nil {
			return 0, err
		}
	}
	if err := w.setUp(ctx, s); err != nil {
		return 0, err
	}
	if f.before == nil {
		if err := s.await(ctx); err != nil {
			return 0, fmt.Errorf("before the fault: %w", err)
		}
	}
	if err := f.do(ctx, s); err != nil {
		return 0, err
	}
	return s.recovery(ctx)
}

func (s *subject) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, first)
	defer cancel()
	_, err := s.client.Await(ctx, home, s.token)
	return err
}

// isUp fetches the page once.
func (s *subject) isUp(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	page, err := s.client.Get(ctx, home)
	return err == nil && page.Status == 200 && page.Has(s.token)
}

// recovery returns when the page came to stay: the end of the last failure
// before it was there for the time called steady.
func (s *subject) recovery(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	up := start
	for time.Since(start) < deadline && ctx.Err() == nil {
		asked := time.Now()
		// An answer that had to wait came when it came, not when it was asked for.
		if !s.isUp(ctx) || time.Since(asked) > prompt {
			up = time.Now()
		} else if time.Since(up) >= steady {
			return up.Sub(start), nil
		}
		time.Sleep(pause)
	}
	return 0, errors.Join(errDead, ctx.Err())
}

func (c *cell) String() string {
	if c == nil {
		return "–"
	}
	var words []string
	if n := len(c.seconds); n > 0 {
		slices.Sort(c.seconds)
		if n == 1 {
			words = append(words, fmt.Sprintf("%.1f", c.seconds[0]))
		} else {
			words = append(words, fmt.Sprintf("%.1f (%.1f–%.1f, N=%d)", c.seconds[n/2], c.seconds[0], c.seconds[n-1], n))
		}
	}
	if c.dead > 0 {
		words = append(words, fmt.Sprintf("dead %d of %d", c.dead, c.dead+len(c.seconds)))
	}
	if len(c.errs) > 0 {
		words = append(words, fmt.Sprintf("not measured %d", len(c.errs)))
	}
	return strings.Join(words, "; ")
}

// print writes the table as Markdown.
func (t *table) print(out io.Writer) {
	fmt.Fprint(out, "| fault |")
	for _, w := range ways {
		fmt.Fprintf(out, " %s |", w.name)
	}
	fmt.Fprintf(out, "\n|---|%s\n", strings.Repeat("---|", len(ways)))
	for _, f := range t.faults {
		fmt.Fprintf(out, "| %s |", f.name)
		for _, w := range ways {
			fmt.Fprintf(out, " %v |", t.cells[[2]string{f.name, w.name}])
		}
		fmt.Fprintln(out)
	}
}
