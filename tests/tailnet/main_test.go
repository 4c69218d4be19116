package tailnet

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// inOwnNetwork tells the second run of this program that it is one.
const inOwnNetwork = "TAILNET_IN_OWN_NETWORK"

// TestMain runs the tests in a network that has nothing but loopback.
func TestMain(m *testing.M) {
	if os.Getenv(inOwnNetwork) == "" {
		os.Exit(again())
	}
	if err := LoopbackUp(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// again runs this program once more, in a network of its own, and returns its
// exit code.
func again() int {
	runtime.LockOSThread() // the child ends with the thread that started it
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), inOwnNetwork+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "cannot run in a network of its own:", err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}
