package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Number is how the kernel knows a device.
type Number struct{ Major, Minor uint32 }

func (n Number) String() string { return fmt.Sprintf("%d:%d", n.Major, n.Minor) }

func numberOf(device uint64) Number {
	return Number{Major: unix.Major(device), Minor: unix.Minor(device)}
}

// Node is a block device: what the kernel calls it, where its file is, and
// which number that file must have.
type Node struct {
	Name   string // nvme1n1p2
	Path   string // /dev/nvme1n1p2
	Number Number
}

// NodeError says that a file in /dev is not of the device that it is named
// for: such files outlive their device, and the next one takes its name.
type NodeError struct {
	Node  Node
	Found Number
}

func (e *NodeError) Error() string {
	return fmt.Sprintf("%s is the block device %v and should be %v", e.Node.Path, e.Found, e.Node.Number)
}

// Open opens the device, which is looked at again once it is open. The caller
// closes the descriptor.
func (n Node) Open(flags int) (int, error) {
	fd, err := unix.Open(n.Path, flags|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open %s: %w", n.Path, err)
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return -1, errors.Join(fmt.Errorf("open %s: %w", n.Path, err), unix.Close(fd))
	}
	if found := numberOf(stat.Rdev); stat.Mode&unix.S_IFMT != unix.S_IFBLK || found != n.Number {
		return -1, errors.Join(&NodeError{Node: n, Found: found}, unix.Close(fd))
	}
	return fd, nil
}

// Device is a whole disk.
type Device struct {
	Node
	Serial     string // "" where the kernel shows none, as for Xen's disks
	Partitions map[int]Node
}

// Devices returns the disks that this host has.
func (h *Host) Devices() ([]Device, error) {
	entries, err := os.ReadDir(filepath.Join(h.Sys, "block"))
	if err != nil {
		return nil, fmt.Errorf("list the block devices: %w", err)
	}
	var devices []Device
	for _, entry := range entries {
		d, err := h.device(entry.Name())
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENODEV):
			continue // one of the paths behind a disk, or one that just went
		case err != nil:
			return nil, err
		}
		devices = append(devices, d)
	}
	return devices, nil
}

func (h *Host) device(name string) (Device, error) {
	dir := filepath.Join(h.Sys, "block", name)
	node, err := h.node(dir, name)
	if err != nil {
		return Device{}, err
	}
	d := Device{Node: node, Partitions: map[int]Node{}}
	for _, file := range []string{"device/serial", "serial"} { // of NVMe, of virtio
		if text, err := attribute(dir, file); err == nil && text != "" {
			d.Serial = text
			break
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return Device{}, fmt.Errorf("list the partitions of %s: %w", name, err)
	}
	for _, entry := range entries {
		text, err := attribute(filepath.Join(dir, entry.Name()), "partition")
		if err != nil {
			continue // not one
		}
		number, err := strconv.Atoi(text)
		if err != nil {
			return Device{}, fmt.Errorf("list the partitions of %s: %w", name, err)
		}
		if d.Partitions[number], err = h.node(filepath.Join(dir, entry.Name()), entry.Name()); err != nil {
			return Device{}, err
		}
	}
	return d, nil
}

func (h *Host) node(dir, name string) (Node, error) {
	text, err := attribute(dir, "dev")
	if err != nil {
		return Node{}, fmt.Errorf("read the number of %s: %w", name, err)
	}
	major, minor, _ := strings.Cut(text, ":")
	ma, err1 := strconv.ParseUint(major, 10, 32)
	mi, err2 := strconv.ParseUint(minor, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return Node{}, fmt.Errorf("read the number of %s, %q: %w", name, text, err)
	}
	return Node{Name: name, Path: filepath.Join(h.Dev, name), Number: Number{uint32(ma), uint32(mi)}}, nil
}

// attribute reads a file of sysfs.
func attribute(dir, name string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	return strings.TrimSpace(string(data)), err
}

// Errors of Find.
var (
	// ErrNoDevice is returned while no disk of this host is the volume.
	ErrNoDevice = errors.New("no block device of this host is the volume")
	// ErrAmbiguous is returned where several are.
	ErrAmbiguous = errors.New("several block devices say that they are the volume")
)

// ForeignDeviceError says that the disk of the one name asked for is another
// volume.
type ForeignDeviceError struct {
	Name   string // of the disk
	Serial string
	Want   string
}

func (e *ForeignDeviceError) Error() string {
	return fmt.Sprintf("%s is the volume with the serial %q, not %q", e.Name, e.Serial, e.Want)
}

// Find finds the disk that a volume is, by its serial. Xen shows no serials:
// there, and there alone, the names under which the volume was attached
// decide, /dev/sdf being /dev/xvdf. Errors are ErrNoDevice, ErrAmbiguous, and
// *ForeignDeviceError if there is one name, which a person chose, and it is
// another volume's. Of several, any may be: hosts have other volumes, and on Nitro
// links of such names.
func (h *Host) Find(volume string, names ...string) (Device, error) {
	devices, err := h.Devices()
	if err != nil {
		return Device{}, err
	}
	serial := strings.Replace(volume, "-", "", 1)
	var found []Device
	for _, d := range devices {
		if d.Serial == serial {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return h.named(devices, serial, names)
	}
	return Device{}, fmt.Errorf("%w %s: %s, %s", ErrAmbiguous, volume, found[0].Name, found[1].Name)
}

func (h *Host) named(devices []Device, serial string, names []string) (Device, error) {
	for _, name := range names {
		name = filepath.Base(name)
		if target, err := filepath.EvalSymlinks(filepath.Join(h.Dev, name)); err == nil {
			name = filepath.Base(target)
		}
		xen := "xvd" + strings.TrimPrefix(strings.TrimPrefix(name, "xvd"), "sd")
		i := slices.IndexFunc(devices, func(d Device) bool { return d.Name == name || d.Name == xen })
		if i < 0 {
			continue
		}
		d := devices[i]
		switch {
		case d.Serial != "" && len(names) == 1:
			return Device{}, &ForeignDeviceError{Name: d.Name, Serial: d.Serial, Want: serial}
		case d.Serial == "" && strings.HasPrefix(d.Name, "xvd"):
			return d, nil
		}
	}
	var have []string
	for _, d := range devices {
		if d.Serial != "" {
			have = append(have, d.Name+" is "+d.Serial)
		}
	}
	return Device{}, fmt.Errorf("%w with the serial %s; %s", ErrNoDevice, serial, orNone(have))
}

func orNone(have []string) string {
	if len(have) == 0 {
		return "no other has a serial"
	}
	return strings.Join(have, ", ")
}
