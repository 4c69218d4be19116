// Command sizes prints what the bytes of the program consist of.
//
//	sizes [--by component|file|symbol] [--top N] MAP LINKED PROGRAM
//
// MAP is what the linker wrote about LINKED, PROGRAM the same without symbols.
// The rows of the table sum up to PROGRAM's size; "in memory" is what a run
// needs beyond that for variables that begin as zero. A string that several
// objects share counts for the first of them.
package main

import (
	"cmp"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "cannot tell sizes:", err)
		os.Exit(1)
	}
}

// keys are the ways to group pieces.
var keys = map[string]func(p piece) string{
	"component": func(p piece) string { return component(p.object) },
	"file":      func(p piece) string { return component(p.object) + " " + file(p.object) },
	"symbol": func(p piece) string {
		return component(p.object) + " " + file(p.object) + " " + symbol(p.input)
	},
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("sizes", flag.ContinueOnError)
	by := flags.String("by", "component", "one row for each: component, file or symbol")
	top := flags.Int("top", 0, "print so many rows, the rest as one; 0: all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	key, ok := keys[*by]
	if !ok || flags.NArg() != 3 {
		return errors.New("usage: sizes [--by component|file|symbol] [--top N] MAP LINKED PROGRAM")
	}
	f, err := os.Open(flags.Arg(0))
	if err != nil {
		return err
	}
	defer f.Close()
	pieces, err := readMap(f)
	if err != nil {
		return err
	}
	if err := check(pieces, flags.Arg(1)); err != nil {
		return err
	}
	program, err := os.Stat(flags.Arg(2))
	if err != nil {
		return err
	}
	print(out, *by, table(pieces, key, uint64(program.Size())), *top)
	return nil
}

// check holds the map against the program: nothing may be missed.
func check(pieces []piece, linked string) error {
	sum := map[string]uint64{}
	for _, p := range pieces {
		sum[p.output] += p.size
	}
	program, err := elf.Open(linked)
	if err != nil {
		return err
	}
	defer program.Close()
	for _, s := range program.Sections {
		if s.Flags&elf.SHF_ALLOC != 0 && sum[s.Name] != s.Size {
			return fmt.Errorf("%s has %d bytes, in the map %d", s.Name, s.Size, sum[s.Name])
		}
	}
	return nil
}

var (
	cached = regexp.MustCompile(`/tsfunnel/([a-z0-9]+)-[0-9a-f]{20}/lib/`)
	ours   = regexp.MustCompile(`^build/obj/[^/]*/(.*)\.o$`)
)

// component names what an object belongs to.
func component(object string) string {
	if object == "" {
		return "headers, alignment"
	}
	if m := cached.FindStringSubmatch(object); m != nil {
		return m[1]
	}
	m := ours.FindStringSubmatch(object)
	switch {
	case m == nil:
		return "gcc"
	case m[1] == "gen/anchors":
		return "built-in CA roots"
	case m[1] == "gen/distsign_roots":
		return "src/trust"
	}
	return path.Join("src", path.Dir(m[1]))
}

// file returns the name of an object, without its folder.
func file(object string) string {
	name := path.Base(object)
	if _, member, ok := strings.Cut(name, "("); ok {
		name = member
	}
	return strings.TrimSuffix(strings.TrimSuffix(name, ")"), ".o")
}

var kindOfSection = regexp.MustCompile(`^\.(text|rodata|data|bss)(\.unlikely|\.startup|\.rel\.ro)?\.?`)

// symbol returns the function or variable that a section of an object is for.
func symbol(section string) string {
	return cmp.Or(kindOfSection.ReplaceAllString(section, ""), "-")
}

// row is the bytes of one group. All but zero is in the file.
type row struct {
	name                        string
	code, constants, data, zero uint64
}

func (r *row) bytes() uint64 { return r.code + r.constants + r.data }

func (r *row) add(p piece) {
	switch p.output {
	case ".init", ".text", ".fini":
		r.code += p.size
	case ".rodata", ".eh_frame":
		r.constants += p.size
	case ".bss", ".tbss":
		r.zero += p.size
	default:
		r.data += p.size
	}
}

func (r *row) join(other *row) {
	r.code += other.code
	r.constants += other.constants
	r.data += other.data
	r.zero += other.zero
}

// table groups pieces, the largest group first. What of size they do not fill
// is headers.
func table(pieces []piece, key func(piece) string, size uint64) []*row {
	filler := &row{name: component("")}
	groups := map[string]*row{"": filler}
	for _, p := range pieces {
		name := ""
		if p.object != "" {
			name = key(p)
		}
		if groups[name] == nil {
			groups[name] = &row{name: name}
		}
		groups[name].add(p)
	}
	sum := uint64(0)
	for _, r := range groups {
		sum += r.bytes()
	}
	filler.data += size - sum
	return slices.SortedFunc(maps.Values(groups), func(a, b *row) int {
		return cmp.Or(cmp.Compare(b.bytes(), a.bytes()), cmp.Compare(b.zero, a.zero), cmp.Compare(a.name, b.name))
	})
}

// print writes the table as Markdown.
func print(out io.Writer, by string, rows []*row, top int) {
	if top > 0 && top < len(rows) {
		rest := &row{name: fmt.Sprintf("%d others", len(rows)-top)}
		for _, r := range rows[top:] {
			rest.join(r)
		}
		rows = append(rows[:top:top], rest)
	}
	sum := &row{name: "all"}
	for _, r := range rows {
		sum.join(r)
	}
	fmt.Fprintf(out, "| %s | bytes | %% | code | constants | data | in memory |\n|---|--:|--:|--:|--:|--:|--:|\n", by)
	for _, r := range append(rows, sum) {
		fmt.Fprintf(out, "| %s | %d | %.1f | %d | %d | %d | %d |\n", r.name, r.bytes(),
			100*float64(r.bytes())/float64(sum.bytes()), r.code, r.constants, r.data, r.zero)
	}
}
