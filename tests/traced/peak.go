// Package traced measures programs from the side, by ptrace.
package traced

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Peak follows pid, which was started to be traced by this thread, from its exec
// to its end: its exit code, 128+N after signal N, and the most memory that it
// had resident, in KiB.
func Peak(pid int) (code, kib int, err error) {
	var status syscall.WaitStatus
	for signal, first := 0, true; ; first = false {
		if _, err = syscall.Wait4(pid, &status, 0, nil); err != nil {
			return 0, 0, err
		}
		switch {
		case status.Exited():
			return status.ExitStatus(), kib, nil
		case status.Signaled():
			return 128 + int(status.Signal()), kib, nil
		case first:
			signal, err = 0, syscall.PtraceSetOptions(pid, unix.PTRACE_O_TRACEEXIT|unix.PTRACE_O_EXITKILL)
		case status.TrapCause() == unix.PTRACE_EVENT_EXIT:
			signal = 0
			kib, err = highWater(pid)
		default:
			signal = int(status.StopSignal())
		}
		if err == nil {
			err = syscall.PtraceCont(pid, signal)
		}
		if err != nil {
			return 0, 0, err
		}
	}
}

func highWater(pid int) (kib int, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "\nVmHWM:")
	_, err = fmt.Sscan(rest, &kib)
	return kib, err
}
