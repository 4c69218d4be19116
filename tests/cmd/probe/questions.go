package main

import (
	"net"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the test puts into the machine to ask about.
const (
	strangerFile = "/srv/stranger" // belongs to somebody but root
	deviceFile   = "/srv/device"   // a node of a device that is not everybody's
)

// questions are all that can be asked. "yes" means that it could be done.
var questions = map[string]func() string{
	"no-new-privs": func() string { return field("NoNewPrivs") },
	"cap-bounding": func() string { return field("CapBnd") },
	"cap-own":      func() string { return field("CapEff") },
	"filters":      func() string { return field("Seccomp_filters") },

	"ns-net":  func() string { return link("/proc/self/ns/net") },
	"ns-user": func() string { return link("/proc/self/ns/user") },
	"ns-mnt":  func() string { return link("/proc/self/ns/mnt") },
	"ns-ipc":  func() string { return link("/proc/self/ns/ipc") },
	"ns-uts":  func() string { return link("/proc/self/ns/uts") },

	"stranger":  stranger,
	"dev":       func() string { return list("/dev") },
	"dev-open":  func() string { return open(deviceFile, unix.O_RDONLY) },
	"tmp":       func() string { return list("/tmp") },
	"home":      func() string { return list("/home") },
	"modules":   func() string { return list("/usr/lib/modules") },
	"processes": processes,
	"meminfo":   func() string { return open("/proc/meminfo", unix.O_RDONLY) },
	"kmsg":      func() string { return mode("/proc/kmsg") },
	"symbols":   func() string { return mode("/proc/kallsyms") },
	"etc":       func() string { return create("/etc/probe") },
	"cgroup":    func() string { return word(unix.Access("/sys/fs/cgroup/systemd/cgroup.procs", unix.W_OK)) },
	"created":   created,
	"suid":      func() string { return word(unix.Chmod(made(), 0o4755)) },

	"inet":        func() string { return socket(unix.AF_INET) },
	"unix":        func() string { return socket(unix.AF_UNIX) },
	"packet":      send,
	"clock":       func() string { _, err := unix.Adjtimex(new(unix.Timex)); return word(err) },
	"hostname":    func() string { name, _ := os.Hostname(); return word(unix.Sethostname([]byte(name))) },
	"kernel-log":  func() string { _, err := unix.Klogctl(unix.SYSLOG_ACTION_SIZE_BUFFER, nil); return word(err) },
	"module":      func() string { return word(unix.DeleteModule("no_such_module", 0)) },
	"namespace":   func() string { return word(unix.Unshare(unix.CLONE_NEWUTS)) },
	"realtime":    realtime,
	"personality": func() string { return raw(unix.SYS_PERSONALITY, 8 /* PER_LINUX32 */) },
	"write-exec":  writeExec,
	"keyring": func() string {
		_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, true)
		return word(err)
	},
	"int80":    func() string { int80(); return "yes" },
	"ptrace":   func() string { return raw(unix.SYS_PTRACE, unix.PTRACE_SEIZE, 1<<30) },
	"chown":    func() string { return word(unix.Chown(made(), 0, 0)) },
	"priority": func() string { return word(unix.Setpriority(unix.PRIO_PROCESS, 0, 1)) },
}

func field(name string) string {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return word(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "absent"
}

func link(path string) string {
	to, err := os.Readlink(path)
	if err != nil {
		return word(err)
	}
	return to
}

// list returns the names in a folder.
func list(path string) string {
	entries, err := os.ReadDir(path)
	if err != nil {
		return word(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, ",")
}

// processes returns whether others than this one and its parent are seen.
func processes() string {
	others := 0
	for _, name := range strings.Split(list("/proc"), ",") {
		if n, err := strconv.Atoi(name); err == nil && n != os.Getpid() && n != os.Getppid() {
			others++
		}
	}
	if others == 0 {
		return "none"
	}
	return "others"
}

// stranger returns whose a file is that is not root's.
func stranger() string {
	var st unix.Stat_t
	if err := unix.Stat(strangerFile, &st); err != nil {
		return word(err)
	}
	return strconv.Itoa(int(st.Uid))
}

func open(path string, flags int) string {
	fd, err := unix.Open(path, flags, 0)
	if err == nil {
		unix.Close(fd)
	}
	return word(err)
}

func create(path string) string {
	err := os.WriteFile(path, nil, 0o644)
	if err == nil {
		os.Remove(path)
	}
	return word(err)
}

// made makes a file and returns its path.
func made() string {
	path := "/tmp/probe-" + strconv.Itoa(os.Getpid())
	os.WriteFile(path, nil, 0o666)
	return path
}

// created returns the permissions of a new file.
func created() string { return mode(made()) }

func mode(path string) string {
	st, err := os.Stat(path)
	if err != nil {
		return word(err)
	}
	return st.Mode().String()
}

func socket(family int) string {
	fd, err := unix.Socket(family, unix.SOCK_DGRAM, 0)
	if err == nil {
		unix.Close(fd)
	}
	return word(err)
}

// send sends a packet to this machine itself.
func send() string {
	to, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return word(err)
	}
	defer to.Close()
	_, err = to.WriteTo([]byte("x"), to.LocalAddr())
	return word(err)
}

func realtime() string {
	param := struct{ priority int32 }{1}
	return raw(unix.SYS_SCHED_SETSCHEDULER, 0, unix.SCHED_RR, uintptr(unsafe.Pointer(&param)))
}

func writeExec() string {
	_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
	return word(err)
}

func raw(number uintptr, args ...uintptr) string {
	var a [3]uintptr
	copy(a[:], args)
	if _, _, errno := unix.Syscall(number, a[0], a[1], a[2]); errno != 0 {
		return word(errno)
	}
	return "yes"
}

// int80 asks for its own number as a 32-bit program would.
func int80() int
