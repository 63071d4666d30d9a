package storage_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tournant/internal/command"
	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
)

// mapper is a host whose LVM is real but for its way into the kernel: the
// machines that run this have no device mapper. Real lvm(8) keeps its metadata
// on real devices; activating a volume shows a loop device in its stead, in
// the way that the kernel would.
type mapper struct {
	t    *testing.T
	host *storage.Host

	asked   []string
	volumes map[string]storage.Node // what stands for chef/data and chef/epoch
	over    string                  // the disk that a new mapping is over
	dead    bool                    // LVM cannot read the disk
}

func newMapper(t *testing.T) *mapper {
	m := &mapper{t: t, volumes: map[string]storage.Node{
		"data":  storagetest.NewLoop(t, "", 64<<20).Node(t),
		"epoch": storagetest.NewLoop(t, "", 4<<20).Node(t),
	}}
	m.host = &storage.Host{Sys: storagetest.Sys{"block/": ""}.Write(t), Dev: t.TempDir(), Proc: "/proc", Run: m}
	return m
}

// disk attaches a disk to the host and returns it.
func (m *mapper) disk(serial string) storage.Device {
	m.t.Helper()
	n := storagetest.NewLoop(m.t, "", 64<<20).Node(m.t)
	m.show("block/"+n.Name+"/dev", n.Number.String())
	m.show("block/"+n.Name+"/device/serial", serial)
	m.node(n.Name, n)
	d, err := m.host.Find(serial)
	if err != nil {
		m.t.Fatal(err)
	}
	m.over = d.Name
	return d
}

func (m *mapper) show(name, content string) {
	m.t.Helper()
	path := filepath.Join(m.host.Sys, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content+"\n"), 0o600)); err != nil {
		m.t.Fatal(err)
	}
}

// node makes a file in /dev.
func (m *mapper) node(name string, n storage.Node) {
	m.t.Helper()
	if err := unix.Mknod(filepath.Join(m.host.Dev, name), unix.S_IFBLK|0o600, int(unix.Mkdev(n.Number.Major, n.Number.Minor))); err != nil {
		m.t.Fatal(err)
	}
}

var dm = map[string]string{"data": "dm-0", "epoch": "dm-1"}

// activate shows a volume as active over the disk.
func (m *mapper) activate(volume string) {
	n := m.volumes[volume]
	m.node(dm[volume], n)
	m.show("block/"+dm[volume]+"/dev", n.Number.String())
	m.show("block/"+dm[volume]+"/dm/name", "chef-"+volume)
	m.show("block/"+dm[volume]+"/slaves/"+m.over, "") // a link, of which the name counts
}

func (m *mapper) deactivate(volume string) {
	m.t.Helper()
	if err := errors.Join(os.RemoveAll(filepath.Join(m.host.Sys, "block", dm[volume])), os.RemoveAll(filepath.Join(m.host.Dev, dm[volume]))); err != nil {
		m.t.Fatal(err)
	}
}

// Output runs a command, LVM's with their view narrowed to this host.
func (m *mapper) Output(ctx context.Context, name string, args ...string) (string, error) {
	m.asked = append(m.asked, m.readable(name, args))
	switch name {
	case "dmsetup":
		m.deactivate(strings.TrimPrefix(args[len(args)-1], "chef-"))
		return "", nil
	case "pvs", "lvs", "vgs", "pvcreate", "vgcreate", "vgchange", "lvcreate", "lvremove", "lvchange":
	default:
		return command.Host{}.Output(ctx, name, args...)
	}
	if m.dead {
		return "", &command.Failure{Command: name, Code: 5, Text: "Volume group \"chef\" not found"}
	}
	args = slices.Clone(args)
	if args[0] != "--config" {
		m.t.Fatalf("%s without --config", name)
	}
	args[1] += fmt.Sprintf(` devices { dir=%q scan=[%[1]q] } backup { backup=0 archive=0 } global { locking_dir=%q }`, m.host.Dev, m.t.TempDir())
	volume := strings.TrimPrefix(args[len(args)-1], "chef/")
	switch name {
	case "lvcreate":
		if slices.Index(args, "--wipesignatures") < 0 {
			m.t.Errorf("%v leaves signatures", args)
		}
		args = slices.Insert(args, 2, "--driverloaded", "n", "--activate", "n", "--zero", "n")
		args = slices.DeleteFunc(args, func(s string) bool { return s == "--wipesignatures" || s == "y" })
		volume = args[slices.Index(args, "--name")+1]
		defer m.activate(volume) // as lvcreate does
	case "lvchange":
		if _, known := dm[volume]; !known {
			m.t.Fatalf("lvchange %v", args)
		}
		if slices.Contains(args, "y") {
			m.activate(volume)
		} else {
			m.deactivate(volume)
		}
		return "", nil
	}
	return command.Host{}.Output(ctx, name, args...)
}

// Feed runs a command.
func (m *mapper) Feed(ctx context.Context, input, name string, args ...string) (string, error) {
	return command.Host{}.Feed(ctx, input, name, args...)
}

// readable is a command as a person would write it.
func (m *mapper) readable(name string, args []string) string {
	var words []string
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "--config":
			i++
			if strings.Contains(args[i], "filter") {
				words = append(words, "[only "+m.over+"]")
			}
			continue
		case "--reportformat", "--options":
			i++
			continue
		}
		words = append(words, strings.TrimPrefix(args[i], m.host.Dev+"/"))
	}
	return strings.Join(append([]string{name}, words...), " ")
}

// take returns what was asked since the last time.
func (m *mapper) take() []string {
	asked := m.asked
	m.asked = nil
	return asked
}
