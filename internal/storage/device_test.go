package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
)

// As a Nitro instance with a second volume shows itself: the names are no
// guide, the serials are.
var nitro = storagetest.Sys{
	"block/nvme0n1/dev":                   "259:0",
	"block/nvme0n1/device/serial":         "vol0aaaaaaaaaaaaaaaa",
	"block/nvme0n1/nvme0n1p1/dev":         "259:1",
	"block/nvme0n1/nvme0n1p1/partition":   "1",
	"block/nvme1n1/dev":                   "259:4",
	"block/nvme1n1/device/serial":         "vol0bbbbbbbbbbbbbbbb   ",
	"block/nvme1n1/queue/rotational":      "0",
	"block/nvme1n1/nvme1n1p1/dev":         "259:5",
	"block/nvme1n1/nvme1n1p1/partition":   "1",
	"block/nvme1n1/nvme1n1p2/dev":         "259:6",
	"block/nvme1n1/nvme1n1p2/partition":   "2",
	"block/nvme2c2n1/device/serial":       "vol0bbbbbbbbbbbbbbbb", // one path of several: it has no number
	"block/loop0/dev":                     "7:0",
	"block/vda/dev":                       "254:0",
	"block/vda/serial":                    "vol0ccccccccccccccc1",
	"devices/system/cpu/cpu0/crash_notes": "",
}

var xen = storagetest.Sys{
	"block/xvda/dev": "202:0",
	"block/xvdf/dev": "202:80",
}

func TestFind(t *testing.T) {
	twice := storagetest.Sys{"block/nvme3n1/dev": "259:9", "block/nvme3n1/device/serial": "vol0bbbbbbbbbbbbbbbb"}
	for path, content := range nitro {
		twice[path] = content
	}
	for _, test := range []struct {
		what   string
		sys    storagetest.Sys
		volume string
		names  []string
		want   string
		is     error
		as     any
	}{
		{"by serial", nitro, "vol-0bbbbbbbbbbbbbbbb", nil, "nvme1n1", nil, nil},
		{"by serial, whatever name is asked for", nitro, "vol-0bbbbbbbbbbbbbbbb", []string{"/dev/nvme0n1"}, "nvme1n1", nil, nil},
		{"by serial of virtio", nitro, "vol-0ccccccccccccccc1", nil, "vda", nil, nil},
		{"not there", nitro, "vol-0dddddddddddddddd", []string{"/dev/xvdf", "/dev/sdf"}, "", storage.ErrNoDevice, nil},
		{"another's serial", nitro, "vol-0dddddddddddddddd", []string{"/dev/nvme1n1"}, "", nil, new(*storage.ForeignDeviceError)},
		{"another's, behind a link", nitro, "vol-0dddddddddddddddd", []string{"/dev/sdf"}, "", nil, new(*storage.ForeignDeviceError)},
		// Of the names that EC2 may give, each may be another volume's that the host has as well: the one asked for is not there yet.
		{"another's, behind one link of several names", nitro, "vol-0dddddddddddddddd", []string{"sdf", "sdg"}, "", storage.ErrNoDevice, nil},
		{"another's, the last of several names", nitro, "vol-0dddddddddddddddd", []string{"xvdf", "sdf"}, "", storage.ErrNoDevice, nil},
		{"a device that shows no serial", nitro, "vol-0dddddddddddddddd", []string{"/dev/loop0"}, "", storage.ErrNoDevice, nil},
		{"the beginning of a serial", nitro, "vol-0bbbbbbbb", nil, "", storage.ErrNoDevice, nil},
		{"twice", twice, "vol-0bbbbbbbbbbbbbbbb", nil, "", storage.ErrAmbiguous, nil},
		{"Xen, kernel's name", xen, "vol-0bbbbbbbbbbbbbbbb", []string{"/dev/xvdf"}, "xvdf", nil, nil},
		{"Xen, EC2's name", xen, "vol-0bbbbbbbbbbbbbbbb", []string{"", "/dev/sdf"}, "xvdf", nil, nil},
		{"Xen, another name", xen, "vol-0bbbbbbbbbbbbbbbb", []string{"/dev/sdg"}, "", storage.ErrNoDevice, nil},
		{"Xen, no name", xen, "vol-0bbbbbbbbbbbbbbbb", nil, "", storage.ErrNoDevice, nil},
	} {
		dev := t.TempDir()
		if strings.HasPrefix(test.what, "another's,") { // as Amazon Linux makes them
			if err := errors.Join(os.WriteFile(filepath.Join(dev, "nvme1n1"), nil, 0o600), os.Symlink("nvme1n1", filepath.Join(dev, "sdf"))); err != nil {
				t.Fatal(err)
			}
		}
		h := &storage.Host{Sys: test.sys.Write(t), Dev: dev}
		d, err := h.Find(test.volume, test.names...)
		if test.want != "" && err != nil || d.Name != test.want {
			t.Errorf("%s: got %q, %v, want %q", test.what, d.Name, err, test.want)
		}
		if test.is != nil && !errors.Is(err, test.is) || test.as != nil && !errors.As(err, test.as) {
			t.Errorf("%s: the error is %v", test.what, err)
		}
	}
}

func TestPartitions(t *testing.T) {
	h := &storage.Host{Sys: nitro.Write(t), Dev: "/dev"}
	got, err := h.Find("vol-0bbbbbbbbbbbbbbbb")
	if err != nil {
		t.Fatal(err)
	}
	want := storage.Device{
		Node:   storage.Node{Name: "nvme1n1", Path: "/dev/nvme1n1", Number: storage.Number{Major: 259, Minor: 4}},
		Serial: "vol0bbbbbbbbbbbbbbbb",
		Partitions: map[int]storage.Node{
			1: {Name: "nvme1n1p1", Path: "/dev/nvme1n1p1", Number: storage.Number{Major: 259, Minor: 5}},
			2: {Name: "nvme1n1p2", Path: "/dev/nvme1n1p2", Number: storage.Number{Major: 259, Minor: 6}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A file in /dev that is left from a device before is not opened as the one
// that has its name now, and no other file is.
func TestStaleNode(t *testing.T) {
	loop := storagetest.NewLoop(t, "", epochSize)
	right := loop.Node(t)
	fd, err := right.Open(unix.O_RDONLY)
	if err != nil {
		t.Fatalf("the right one: %v", err)
	}
	if err := unix.Close(fd); err != nil {
		t.Fatal(err)
	}
	wrong := right
	wrong.Number.Minor++
	file := storage.Node{Name: "file", Path: loop.File}
	for _, n := range []storage.Node{wrong, file, {Name: "null", Path: "/dev/null", Number: storage.Number{Major: 1, Minor: 3}}} {
		_, err := storage.OpenBlock(n)
		var node *storage.NodeError
		if n.Name == "null" && errors.Is(err, unix.EINVAL) {
			continue // direct I/O on it is refused already
		}
		if !errors.As(err, &node) || node.Node != n {
			t.Errorf("%s: %v, want a NodeError", n.Path, err)
		}
	}
}
