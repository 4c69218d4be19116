// Killat runs a program and kills it when it is about to make its Nth call that
// changes something: a file, a socket, another process. With N 0 it lets the
// program end and prints how many there were.
//
//	killat [-names] N PROGRAM [ARGUMENT...]
//
// With -names writing into files does not count, but what makes, moves, syncs
// and removes them does: of tens of MB only the ends matter.
//
// It ends with the status of the program, 128+9 if it was killed.
//
//	killat -peak PROGRAM [ARGUMENT...]
//
// lets the program end, and says in the last line on standard error how much
// memory it had resident at most.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"tsfunnel.test/traced"
)

func main() {
	runtime.LockOSThread() // only the thread that traces may go on doing so
	args := os.Args[1:]
	if args[0] == "-peak" {
		peak(args[1:])
	}
	names := args[0] == "-names"
	if names {
		args = args[1:]
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		fail(err)
	}
	pid := start(args[1:])
	wait(pid) // the exec
	if err := syscall.PtraceSetOptions(pid, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_EXITKILL); err != nil {
		fail(err)
	}
	for seen, signal := 0, 0; ; {
		if err := syscall.PtraceSyscall(pid, signal); err != nil {
			fail(err)
		}
		status := wait(pid)
		signal = 0
		switch {
		case status.Exited():
			if n == 0 {
				fmt.Fprintln(os.Stderr, seen)
			}
			os.Exit(status.ExitStatus())
		case status.Signaled():
			os.Exit(128 + int(status.Signal()))
		case status.StopSignal() != syscall.SIGTRAP|0x80:
			signal = int(status.StopSignal())
		case changes(pid, names):
			if seen++; seen == n {
				syscall.Kill(pid, syscall.SIGKILL)
				wait(pid)
				os.Exit(128 + int(syscall.SIGKILL))
			}
		}
	}
}

func start(args []string) (pid int) {
	pid, err := syscall.ForkExec(args[0], args, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Ptrace: true},
	})
	if err != nil {
		fail(err)
	}
	return pid
}

func peak(args []string) {
	code, kib, err := traced.Peak(start(args))
	if err != nil {
		fail(err)
	}
	fmt.Fprintf(os.Stderr, "\npeak of %d KiB\n", kib)
	os.Exit(code)
}

func wait(pid int) syscall.WaitStatus {
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		fail(err)
	}
	return status
}

// call is struct ptrace_syscall_info.
type call struct {
	op     uint8
	_      [23]byte
	number uint64
	args   [6]uint64
	_      [16]byte
}

// changes reports whether pid is at the entry of a call that changes something,
// with names anything but the bytes of a file.
func changes(pid int, names bool) bool {
	var c call
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(pid), unsafe.Sizeof(c),
		uintptr(unsafe.Pointer(&c)), 0, 0)
	if errno != 0 {
		fail(errno)
	}
	if c.op != unix.PTRACE_SYSCALL_INFO_ENTRY {
		return false
	}
	switch c.number {
	case unix.SYS_OPEN:
		return c.args[1]&unix.O_CREAT != 0
	case unix.SYS_OPENAT:
		return c.args[2]&unix.O_CREAT != 0
	case unix.SYS_WRITE, unix.SYS_WRITEV:
		return !names && c.args[0] > 2
	case unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_UNLINK, unix.SYS_UNLINKAT, unix.SYS_MKDIR, unix.SYS_RMDIR,
		unix.SYS_SYMLINK, unix.SYS_LINK, unix.SYS_LINKAT, unix.SYS_FSYNC, unix.SYS_FCHMOD, unix.SYS_FTRUNCATE, unix.SYS_SENDTO,
		unix.SYS_FORK, unix.SYS_VFORK, unix.SYS_CLONE, unix.SYS_WAIT4:
		return true
	}
	return false
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "killat:", err)
	os.Exit(125)
}
