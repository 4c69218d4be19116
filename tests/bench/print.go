package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tsfunnel.test/faults"
)

// figures is median, min, max, p95 and N of values in a unit, as compact as their
// number lets it be. A percentile is that of the nearest rank.
func figures(values []time.Duration, unit time.Duration, format string) string {
	if len(values) == 0 {
		return "–"
	}
	slices.Sort(values)
	at := func(percent int) string {
		return fmt.Sprintf(format, float64(values[max((len(values)*percent+99)/100-1, 0)])/float64(unit))
	}
	if len(values) == 1 {
		return at(0)
	}
	return fmt.Sprintf("%s (%s–%s, p95 %s, N=%d)", at(50), at(0), at(100), at(95), len(values))
}

// text is the cell of the table of pages.
func (t *table) text(r *faults.Row, w *faults.Way) string {
	c := t.cell(r, w)
	if c == nil {
		return "–"
	}
	var words []string
	switch n := len(c.page); {
	case n > 0 && r.Stays:
		words = append(words, fmt.Sprintf("stays (N=%d)", n))
	case n > 0:
		words = append(words, figures(c.page, time.Second, "%.1f"))
	}
	switch {
	case c.dead > 0 && len(c.page) == 0:
		words = append(words, "dead")
	case c.dead > 0:
		words = append(words, fmt.Sprintf("dead %d of %d", c.dead, c.dead+len(c.page)))
	}
	if c.errs > 0 {
		words = append(words, fmt.Sprintf("not measured %d", c.errs))
	}
	return strings.Join(words, "; ")
}

func (t *table) head(out io.Writer, first string, ways []*faults.Way) {
	fmt.Fprintf(out, "\n| %s |", first)
	for _, w := range ways {
		name := w.Name
		if strings.Contains(name, "--") {
			name = "`" + name + "`"
		}
		fmt.Fprintf(out, " %s |", name)
	}
	fmt.Fprintf(out, "\n|---|%s\n", strings.Repeat("---|", len(ways)))
}

// print writes all as Markdown.
func (t *table) print(out io.Writer) {
	for _, note := range t.notes {
		fmt.Fprintln(out, note)
	}
	fmt.Fprint(out, "\nSeconds from the end of the cause until the page stays: median (min–max, p95, N).\n")
	t.head(out, "fault", t.ways)
	for _, r := range t.rows {
		fmt.Fprintf(out, "| %s |", r.Name)
		for _, w := range t.ways {
			fmt.Fprintf(out, " %s |", t.text(r, w))
		}
		fmt.Fprintln(out)
	}
	t.printOwn(out)
}

// printOwn writes what is tsfunnel's own part of the seconds.
func (t *table) printOwn(out io.Writer) {
	var ours []*faults.Way
	for _, w := range t.ways {
		if w.Has&faults.HasLauncher != 0 {
			ours = append(ours, w)
		}
	}
	fmt.Fprint(out, "\nOur own part, ms: median (min–max, p95, N).\n")
	t.head(out, "from, to the entry in tailscaled", ours)
	line := func(name string, value func(w *faults.Way) string) {
		fmt.Fprintf(out, "| %s |", name)
		for _, w := range ours {
			fmt.Fprintf(out, " %s |", value(w))
		}
		fmt.Fprintln(out)
	}
	line("backend Running, with the launcher waiting", func(w *faults.Way) string {
		return figures(t.gather(w, func(c *cell) []time.Duration { return c.run }), time.Millisecond, "%.0f")
	})
	line("death of our process", func(w *faults.Way) string {
		return figures(t.gather(w, func(c *cell) []time.Duration { return c.death }), time.Millisecond, "%.0f")
	})
	line("longest wrong STATUS in a stretch", func(w *faults.Way) string {
		lies := t.gather(w, func(c *cell) []time.Duration { return []time.Duration{c.lie} })
		return fmt.Sprint(slices.Max(append(lies, 0)).Milliseconds())
	})
	line("what must hold and did not, times", func(w *faults.Way) string {
		n := 0
		for _, r := range t.rows {
			if c := t.cell(r, w); c != nil {
				n += c.complaints
			}
		}
		return fmt.Sprint(n)
	})
}

// gather returns the values of all rows of one way.
func (t *table) gather(w *faults.Way, of func(c *cell) []time.Duration) []time.Duration {
	var all []time.Duration
	for _, r := range t.rows {
		if c := t.cell(r, w); c != nil {
			all = append(all, of(c)...)
		}
	}
	return all
}
