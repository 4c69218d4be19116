package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"sync"
	"time"

	"tsfunnel.test/faults"
)

// cell holds what one way came to in one row, one value a time.
type cell struct {
	page       []time.Duration
	run, death []time.Duration // our own part
	lie        time.Duration   // the longest one
	dead       int
	errs       int
	complaints int
}

type table struct {
	rows  []*faults.Row
	ways  []*faults.Way
	cells map[[2]string]*cell // row, way
	notes []string
}

// matrix measures; machines run side by side, the ways of one row together.
func (b *bench) matrix(ctx context.Context, t *table, times, jobs int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	slots := make(chan struct{}, jobs)
	for range times {
		for _, r := range t.rows {
			for _, w := range t.ways {
				if !r.Applies(w) || ctx.Err() != nil {
					continue
				}
				slots <- struct{}{}
				all.Go(func() {
					defer func() { <-slots }()
					out, err := b.measure(ctx, r, w)
					mu.Lock()
					defer mu.Unlock()
					t.add(r, w, out, err)
				})
			}
		}
	}
	all.Wait()
}

// empty returns a table of the rows that match and of the ways that the program
// can go.
func (b *bench) empty(rows *regexp.Regexp) *table {
	t := &table{cells: map[[2]string]*cell{}}
	for i := range faults.Rows {
		if r := &faults.Rows[i]; rows.MatchString(r.Class + "/" + r.Name) {
			t.rows = append(t.rows, r)
		}
	}
	for _, w := range faults.Ways {
		if why := w.Missing(b.program); why != "" {
			t.notes = append(t.notes, w.Name+" is left out: "+why)
		} else {
			t.ways = append(t.ways, w)
		}
	}
	return t
}

// measure takes one machine through one row.
func (b *bench) measure(ctx context.Context, r *faults.Row, w *faults.Way) (out faults.Outcome, err error) {
	s, err := b.open(ctx, r)
	defer func() { err = errors.Join(err, shut(s)) }()
	if err != nil {
		return out, err
	}
	return r.Run(ctx, s, w)
}

func (t *table) cell(r *faults.Row, w *faults.Way) *cell { return t.cells[[2]string{r.Name, w.Name}] }

func (t *table) add(r *faults.Row, w *faults.Way, out faults.Outcome, err error) {
	c := t.cell(r, w)
	if c == nil {
		c = new(cell)
		t.cells[[2]string{r.Name, w.Name}] = c
	}
	switch {
	case errors.Is(err, faults.ErrDead):
		c.dead++
	case err != nil:
		c.errs++
		fmt.Fprintf(os.Stderr, "%s, %s: %v\n", r.Name, w.Name, err)
	default:
		c.page = append(c.page, out.Took)
	}
	c.run, c.death = append(c.run, out.Own.Run...), append(c.death, out.Own.Death...)
	c.lie = max(c.lie, out.Lie)
	c.complaints += len(out.Complaints)
	for _, complaint := range out.Complaints {
		fmt.Fprintf(os.Stderr, "%s, %s: %s\n", r.Name, w.Name, complaint)
	}
	fmt.Fprintf(os.Stderr, "%s, %s: %s\n", r.Name, w.Name, t.text(r, w))
}
