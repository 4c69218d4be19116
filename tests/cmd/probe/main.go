// Command probe tells what a process may do where it is started, one line
// "QUESTION ANSWER" for each question. A service that is confined may be killed
// for trying, so each question is tried by a process of its own.
//
//	probe QUESTION...
//	probe all
package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const try = "PROBE_TRY" // in the environment of the process that tries

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: probe QUESTION...")
		os.Exit(64)
	}
	names := os.Args[1:]
	if os.Getenv(try) != "" {
		answer(questions[names[0]])
		return
	}
	if names[0] == "all" {
		names = slices.Sorted(maps.Keys(questions))
	}
	for _, name := range names {
		fmt.Println(name, ask(name))
	}
}

// The main thread stays with main, so that none of the questions can end it.
func init() { runtime.LockOSThread() }

// answer prints the answer. A filter may kill the thread that asks and no
// other, and nothing of Go's would notice.
func answer(question func() string) {
	tid, text := make(chan int), make(chan string)
	go func() {
		runtime.LockOSThread()
		tid <- unix.Gettid()
		text <- question()
	}()
	asking := <-tid
	for {
		select {
		case words := <-text:
			fmt.Print(words)
			return
		case <-time.After(10 * time.Millisecond):
			if unix.Tgkill(os.Getpid(), asking, 0) == unix.ESRCH {
				fmt.Print("killed")
				return
			}
		}
	}
}

// ask has a process of its own try, and returns what became of it.
func ask(name string) string {
	if questions[name] == nil {
		return "there is no such question"
	}
	cmd := exec.Command(os.Args[0], name)
	cmd.Env = []string{try + "=1"}
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() {
		return "killed"
	}
	if err != nil {
		return "failed: " + err.Error()
	}
	return strings.ReplaceAll(string(out), "\n", " ")
}

// word returns "yes", or the name of the error.
func word(err error) string {
	if err == nil {
		return "yes"
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		return unix.ErrnoName(number)
	}
	return err.Error()
}
