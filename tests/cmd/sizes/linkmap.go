package main

import (
	"bufio"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// piece is what one object gave to one section of the program.
type piece struct {
	output string // section of the program: ".text", ".rodata"
	input  string // section of the object: ".text.url_parse"
	object string // "FILE.o" or "LIB.a(FILE.o)"; "" for bytes between two pieces

	address, size uint64
}

var (
	outputLine = regexp.MustCompile(`^(\.\S+)(\s|$)`)
	// A name, unless it stands alone on the line before; an address, a size, the
	// object. Sizes before the merging of strings, symbols and patterns have
	// other shapes.
	pieceLine = regexp.MustCompile(`^ (\S*)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?: (.*))?$`)
	nameLine  = regexp.MustCompile(`^ ([.A-Z]\S*)$`)
)

// readMap reads what GNU ld's -Map tells of a program. Sections that are not
// loaded have no address and are left out.
func readMap(r io.Reader) ([]piece, error) {
	var pieces []piece
	var output, input string
	placed := false // behind the list of what was discarded
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		placed = placed || line == "Linker script and memory map"
		if m := outputLine.FindStringSubmatch(line); m != nil {
			output = m[1]
		} else if m := nameLine.FindStringSubmatch(line); m != nil {
			input = m[1]
		} else if m := pieceLine.FindStringSubmatch(line); m != nil && placed {
			address, _ := strconv.ParseUint(m[2], 16, 64)
			size, err := strconv.ParseUint(m[3], 16, 64)
			if err != nil {
				return nil, err
			}
			if m[1] != "" {
				input = m[1]
			}
			if address != 0 && size != 0 && (m[4] != "" || input == "*fill*") {
				object := strings.TrimSpace(m[4])
				if input == "*fill*" {
					object = "" // what stands there is the byte to fill with
				}
				pieces = append(pieces, piece{output, input, object, address, size})
			}
		}
	}
	return trim(pieces), lines.Err()
}

// trim ends each piece where the next one begins: of strings that were merged
// into those of another piece the map tells the size that they have there.
func trim(pieces []piece) []piece {
	for i := range pieces[:max(1, len(pieces))-1] {
		p, next := &pieces[i], pieces[i+1]
		if next.output == p.output {
			p.size = min(p.size, next.address-p.address)
		}
	}
	return pieces
}
