// Command refuse becomes another program, to which, and to all below it, the
// kernel refuses what a container's manager might: a filter of system calls.
//
//	refuse PART... -- PROGRAM [ARGUMENT...]
package main

import (
	"log"
	"os"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rule refuses a call whose argument, as far as mask reaches, has the value.
type rule struct {
	number   uint32
	argument uint32
	mask     uint32
	value    uint32
	errno    unix.Errno
}

// parts are named as tsfunnel's source names the parts of a sandbox.
var parts = map[string][]rule{
	// The default profile of a container engine.
	"users": {{unix.SYS_UNSHARE, 0, unix.CLONE_NEWUSER, unix.CLONE_NEWUSER, unix.EPERM}},
	// LXC without nesting: no other root. What only remounts is left, for the
	// manager does so itself when it starts.
	"mounts": {
		{unix.SYS_PIVOT_ROOT, 0, 0, 0, unix.EACCES},
		{unix.SYS_MOUNT, 3, unix.MS_MOVE, unix.MS_MOVE, unix.EACCES},
	},
	// user.max_net_namespaces is reached.
	"network": {{unix.SYS_UNSHARE, 0, unix.CLONE_NEWNET, unix.CLONE_NEWNET, unix.ENOSPC}},
	// No CAP_SETPCAP.
	"capabilities": {{unix.SYS_PRCTL, 0, 0xffffffff, unix.PR_CAPBSET_DROP, unix.EPERM}},
}

func main() {
	log.SetFlags(0)
	end := slices.Index(os.Args, "--")
	if end < 2 || end+1 == len(os.Args) {
		log.Fatal("usage: refuse PART... -- PROGRAM [ARGUMENT...]")
	}
	var code []unix.SockFilter
	for _, name := range os.Args[1:end] {
		if parts[name] == nil {
			log.Fatalf("refuse: there is no part %q", name)
		}
		for _, r := range parts[name] {
			code = append(code, r.code()...)
		}
	}
	code = append(code, ret(unix.SECCOMP_RET_ALLOW))
	runtime.LockOSThread() // the filter is the thread's, which becomes the program
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		log.Fatalf("refuse: %v", err)
	}
	log.Fatalf("refuse: %v", unix.Exec(os.Args[end+1], os.Args[end+1:], os.Environ()))
}

// code returns what looks at struct seccomp_data and goes on if r does not fit.
func (r rule) code() []unix.SockFilter {
	return []unix.SockFilter{
		load(0),
		jump(r.number, 0, 4),
		load(16 + 8*r.argument), // its lower half
		{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: r.mask},
		jump(r.value, 0, 1),
		ret(unix.SECCOMP_RET_ERRNO | uint32(r.errno)),
	}
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func jump(value uint32, equal, other uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: equal, Jf: other, K: value}
}

func ret(value uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: value}
}
