// Package scratch makes the temporary folders of worlds and machines and finds
// those that a run which was killed has left.
package scratch

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const prefix = "tsfunnel-"

// Dir makes a folder whose name tells which process made it.
func Dir(kind string) (string, error) {
	return os.MkdirTemp("", fmt.Sprintf("%s%s-%d-", prefix, kind, os.Getpid()))
}

// Left returns the folders of that kind whose makers are gone.
func Left(kind string) ([]string, error) {
	start := prefix + kind + "-"
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), start+"*"))
	if err != nil {
		return nil, err
	}
	var left []string
	for _, dir := range dirs {
		pid, _, ok := strings.Cut(strings.TrimPrefix(filepath.Base(dir), start), "-")
		if _, err := strconv.Atoi(pid); !ok || err != nil {
			continue
		}
		if _, err := os.Stat("/proc/" + pid); os.IsNotExist(err) {
			left = append(left, dir)
		}
	}
	return left, nil
}
