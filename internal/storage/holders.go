package storage

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Holder is a process that keeps a filesystem from being unmounted.
type Holder struct {
	PID     int
	Command string
	By      string // how it does
}

func (h Holder) String() string { return fmt.Sprintf("%s (process %d) by %s", h.Command, h.PID, h.By) }

// holders finds the processes that hold a filesystem of a device by one of the
// ways given. One that ends meanwhile is none.
func (h *Host) holders(n Number, ways ...way) ([]Holder, error) {
	entries, err := os.ReadDir(h.Proc)
	if err != nil {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	var holders []Holder
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		dir := filepath.Join(h.Proc, entry.Name())
		if i := slices.IndexFunc(ways, func(w way) bool { return w.holds(h, dir, n) }); i >= 0 {
			name, _ := attribute(dir, "comm") // "" for one that just ended
			holders = append(holders, Holder{PID: pid, Command: name, By: ways[i].name})
		}
	}
	return holders, nil
}

// holds reports whether a process does so now.
func (h *Host) holds(pid int, n Number, ways []way) bool {
	dir := filepath.Join(h.Proc, strconv.Itoa(pid))
	return slices.ContainsFunc(ways, func(w way) bool { return w.holds(h, dir, n) })
}

// way is one of the ways in which a process, whose directory in /proc is dir,
// can hold a filesystem.
type way struct {
	name  string
	holds func(h *Host, dir string, n Number) bool
}

// use are the ways that make the kernel refuse to unmount.
var use = []way{
	{"an open file", func(_ *Host, dir string, n Number) bool {
		entries, _ := os.ReadDir(filepath.Join(dir, "fd")) // none of one that ended
		return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return isOn(filepath.Join(dir, "fd", e.Name()), n) })
	}},
	{"its working directory", func(_ *Host, dir string, n Number) bool { return isOn(filepath.Join(dir, "cwd"), n) }},
	{"its root", func(_ *Host, dir string, n Number) bool { return isOn(filepath.Join(dir, "root"), n) }},
	{"its program", func(_ *Host, dir string, n Number) bool { return isOn(filepath.Join(dir, "exe"), n) }},
	{"a mapped file", func(_ *Host, dir string, n Number) bool { return maps(dir, n) }},
}

// namespace is the way of one that sees another tree of mounts, in which the
// filesystem is mounted still.
var namespace = way{"its mount namespace", func(h *Host, dir string, n Number) bool {
	mounts, err := h.mounts(filepath.Base(dir))
	if err != nil {
		return false // it ended
	}
	for _, m := range mounts {
		if numberOfMount(m) == n {
			return true
		}
	}
	return false
}}

// isOn reports whether a link of /proc leads to a file of the device. It asks
// no server of a network filesystem, which may not answer.
func isOn(link string, n Number) bool {
	var stat unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, link, unix.AT_STATX_DONT_SYNC|unix.AT_NO_AUTOMOUNT, unix.STATX_TYPE, &stat)
	return err == nil && Number{stat.Dev_major, stat.Dev_minor} == n
}

// maps looks for the device among a process's mappings, whose fourth field is
// a device in hexadecimal digits.
func maps(dir string, n Number) bool {
	text, err := os.ReadFile(filepath.Join(dir, "maps"))
	if err != nil {
		return false // it ended
	}
	device := []byte(fmt.Sprintf("%02x:%02x", n.Major, n.Minor))
	for line := range bytes.Lines(text) {
		if fields := bytes.Fields(line); len(fields) > 3 && bytes.Equal(fields[3], device) {
			return true
		}
	}
	return false
}
