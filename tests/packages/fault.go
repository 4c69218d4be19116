package packages

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Fault is one thing that the server does wrong. Its text form is
//
//	KIND[=VALUE][,on=WHAT][,host=pkgs|dl][,times=N]
//
// and faults are joined by "+". WHAT is index, pub, pub.sig, tgz, sig, sha256
// or any; tgz by default. N is how many requests see the fault; all by default.
//
// On the wire, all but "mute" after the head of the answer:
//
//	cut=N       after N bytes of the body the connection ends
//	reset=N     likewise, with a TCP reset
//	stall=N     after N bytes nothing more comes
//	drip=MS     one byte each MS milliseconds
//	mute        no byte at all comes
//	headers     header lines without end
//	longline    a header line without end
//	length=N    the stated length is wrong by N
//	chunk=HEX   a chunk of that stated size
//	chunked     no fault: the body in small chunks
//	continue    no fault: a "100 Continue" first
//	nolength    no length is stated: the body ends with the connection
//	head=N      the head of the answer, be it of a redirect, after the N-th random change
//
// In place of the answer:
//
//	status=N    an answer of that status
//	portal      the HTML of a captive portal, with status 200
//	empty       no body
//
// Where it is:
//
//	loop        each of the two hosts redirects to the other
//	back        the second host redirects back, once
//	hops=N      N redirects, then the file
//	downgrade   a redirect to plain http
//	here        no fault: no redirect to the second host
//
// What it is:
//
//	flip=N      the lowest bit of byte N (of the length's remainder) is turned
//	shorten=N   N bytes lack at the end
//	extend=N    N zeros more at the end
//	mutate=N    the N-th random change
//	stranger    signed by a key that nobody trusts
//	version=V   what belongs to another version
//	arch=A      what belongs to another architecture
//	named       no fault: .sha256 has the file's name after the digest
//	norange     ranges are not known
//	shift       another ETag each time
//	latest=V    no fault: the index knows nothing newer than V
type Fault struct {
	Kind, Value string
	On          string
	Host        string
	Times       int // 0: always
}

var kinds = []string{
	"cut", "reset", "stall", "drip", "mute", "headers", "longline", "length", "chunk", "chunked", "continue", "nolength", "head",
	"status", "portal", "empty",
	"loop", "back", "hops", "downgrade", "here",
	"flip", "shorten", "extend", "mutate", "stranger", "version", "arch", "named", "norange", "shift", "latest",
}

// ParseFaults reads the text form.
func ParseFaults(text string) ([]Fault, error) {
	var list []Fault
	for part := range strings.SplitSeq(text, "+") {
		if part == "" {
			continue
		}
		f, err := parseFault(part)
		if err != nil {
			return nil, fmt.Errorf("fault %q: %w", part, err)
		}
		list = append(list, f)
	}
	return list, nil
}

func parseFault(text string) (Fault, error) {
	fields := strings.Split(text, ",")
	f := Fault{On: "tgz"}
	f.Kind, f.Value, _ = strings.Cut(fields[0], "=")
	if !slices.Contains(kinds, f.Kind) {
		return f, fmt.Errorf("no kind %q", f.Kind)
	}
	if f.Kind == "latest" {
		f.On = "index"
	}
	for _, field := range fields[1:] {
		key, value, _ := strings.Cut(field, "=")
		var err error
		switch key {
		case "on":
			f.On = value
		case "host":
			f.Host = value
		case "times":
			f.Times, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("no %q", key)
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// number returns the value as a number, 0 if it is none.
func (f Fault) number() int {
	n, _ := strconv.Atoi(f.Value)
	return n
}

// faults are those that one request sees.
type faults []Fault

// find returns the fault of that kind.
func (list faults) find(kind string) (Fault, bool) {
	i := slices.IndexFunc(list, func(f Fault) bool { return f.Kind == kind })
	if i < 0 {
		return Fault{}, false
	}
	return list[i], true
}

func (list faults) has(kind string) bool {
	_, ok := list.find(kind)
	return ok
}

// what classifies a path.
func what(path string) string {
	switch {
	case strings.HasSuffix(path, "/"):
		return "index"
	case strings.HasSuffix(path, "/"+keySigFile):
		return "pub.sig"
	case strings.HasSuffix(path, "/"+keyFile):
		return "pub"
	case strings.HasSuffix(path, ".sig"):
		return "sig"
	case strings.HasSuffix(path, ".sha256"):
		return "sha256"
	}
	return "tgz"
}
