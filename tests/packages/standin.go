package packages

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// machines are the ELF machine numbers of the architectures that have
// stand-ins.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// StandIn returns a release whose programs are ELF headers of its architecture
// and a line that says so: enough to be fetched, checked and placed, but not to
// be run.
func StandIn(track, version, arch string) Release {
	systemd := map[string][]byte{}
	for _, name := range SystemdFiles {
		systemd[name] = []byte("# stand-in for " + name + "\n")
	}
	return Release{
		Track: track, Version: version, Arch: arch,
		Tailscaled: standIn("tailscaled", version, arch),
		Tailscale:  standIn("tailscale", version, arch),
		Systemd:    systemd,
	}
}

func standIn(program, version, arch string) []byte {
	head := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(machines[arch]), Version: uint32(elf.EV_CURRENT),
		Ehsize: 64, Phentsize: 56, Shentsize: 64,
	}
	copy(head.Ident[:], elf.ELFMAG)
	head.Ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
	head.Ident[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	head.Ident[elf.EI_VERSION] = byte(elf.EV_CURRENT)
	var out bytes.Buffer
	binary.Write(&out, binary.LittleEndian, head)
	out.WriteString("stand-in for " + program + " " + version + " for " + arch + "; cannot be run\n")
	return out.Bytes()
}
