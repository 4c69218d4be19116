package packages

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"time"
)

// Release is one build of Tailscale.
type Release struct {
	Track, Version, Arch string

	Tailscaled, Tailscale []byte            // the programs
	Systemd               map[string][]byte // further files, by name
}

// SystemdFiles are the files of a release's folder "systemd", in their order.
var SystemdFiles = []string{
	"tailscaled.service", "tailscaled.defaults", "tailscale-online.target", "tailscale-wait-online.service",
}

// folder is the one folder that all of the release's files are in.
func (r *Release) folder() string { return fmt.Sprintf("tailscale_%s_%s", r.Version, r.Arch) }

// file is the tarball's name.
func (r *Release) file() string { return r.folder() + ".tgz" }

// member is one entry of an archive.
type member struct {
	tar.Header
	body []byte
}

func aFolder(name string) member {
	return member{Header: tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755}}
}

func aFile(name string, mode int64, body []byte) member {
	return member{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(body))}, body}
}

// members returns the release's archive as Tailscale's release tool lays it
// out.
func (r *Release) members() []member {
	top := r.folder()
	list := []member{
		aFolder(top),
		aFile(top+"/tailscaled", 0o755, r.Tailscaled),
		aFile(top+"/tailscale", 0o755, r.Tailscale),
		aFolder(top + "/systemd"),
	}
	for _, name := range SystemdFiles {
		if body, ok := r.Systemd[name]; ok {
			list = append(list, aFile(top+"/systemd/"+name, 0o644, body))
		}
	}
	return list
}

// built is the time of all that is packed: same content, same bytes.
var built = time.Date(2026, 8, 3, 12, 0, 0, 0, time.UTC)

// pack makes a tarball.
func pack(list []member) ([]byte, error) {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	w := tar.NewWriter(zip)
	for _, m := range list {
		m.ModTime, m.Uname, m.Gname = built, "root", "root"
		if err := w.WriteHeader(&m.Header); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		if _, err := w.Write(m.body); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
