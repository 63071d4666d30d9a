package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/storage"
)

const serial = "vol0123456789abcdef0"

func preparation(layout string) storage.Preparation {
	return storage.Preparation{Layout: layout, Filesystem: "ext4", Node: "a", Tell: func(string) {}}
}

// From a blank volume to one that moves between hosts: made as the
// documentation does it, one logical volume active at a time, nothing active
// afterwards.
func TestLVM(t *testing.T) {
	m := newMapper(t)
	d := m.disk(serial)
	ctx := t.Context()
	if _, err := m.host.Layout(ctx, d); !errors.Is(err, storage.ErrNotDivided) {
		t.Errorf("blank: %v, want %v", err, storage.ErrNotDivided)
	}
	m.take()
	if err := m.host.Prepare(ctx, d, preparation("lvm"), wall); err != nil {
		t.Fatal(err)
	}
	disk := d.Name
	want := []string{
		"blkid --probe --output export " + disk,
		"pvs",
		"pvcreate [only " + disk + "] --yes " + disk,
		"vgcreate [only " + disk + "] chef " + disk,
		"lvcreate [only " + disk + "] --yes --wipesignatures y --extents 85%VG --name data chef",
		"vgchange [only " + disk + "] --setautoactivation n chef",
		"lvcreate [only " + disk + "] --yes --wipesignatures y --size 4m --name epoch chef",
		"blkid --probe --output export dm-0",
		"mkfs.ext4 -q -L tournant dm-0",
	}
	if diff := cmp.Diff(want, m.take()); diff != "" {
		t.Error(diff)
	}

	if on, err := m.host.Autoactivates(ctx, d); err != nil || on {
		t.Errorf("prepared: activates itself: %v, %v", on, err)
	}
	for _, word := range []string{"y", "n"} {
		if _, err := m.Output(ctx, "vgchange", "--config", "", "--setautoactivation", word, "chef"); err != nil {
			t.Fatal(err)
		}
		if on, err := m.host.Autoactivates(ctx, d); err != nil || on != (word == "y") {
			t.Errorf("set to %s: activates itself: %v, %v", word, on, err)
		}
	}

	layout, err := m.host.Layout(ctx, d)
	if err != nil || layout.Kind() != "lvm" {
		t.Fatalf("prepared: %v, %v", layout, err)
	}
	m.take()
	if err := layout.Deactivate(ctx); err != nil {
		t.Fatal(err)
	}
	epoch, err := layout.ActivateEpoch(ctx)
	if err != nil || epoch.Number != m.volumes["epoch"].Number {
		t.Fatalf("epoch volume: %v, %v", epoch, err)
	}
	if taken, err := open(t, epoch).Take("a", wall); err != nil || taken.Epoch != 1 {
		t.Errorf("take: %v, %v", taken, err)
	}
	for range 2 { // the second time it is active
		if data, err := layout.ActivateData(ctx); err != nil || data.Number != m.volumes["data"].Number {
			t.Errorf("data: %v, %v", data, err)
		}
	}
	if err := layout.Deactivate(ctx); err != nil {
		t.Error(err)
	}
	want = []string{
		"lvchange [only " + disk + "] --activate n chef/data",
		"lvchange [only " + disk + "] --activate n chef/epoch",
		"lvchange [only " + disk + "] --activate y chef/epoch",
		"lvchange [only " + disk + "] --activate y chef/data",
		"lvchange [only " + disk + "] --activate n chef/data",
		"lvchange [only " + disk + "] --activate n chef/epoch",
	}
	if diff := cmp.Diff(want, m.take()); diff != "" {
		t.Error(diff)
	}
}

// Where the volume went away under an active group, LVM can do nothing any
// more; what is left must neither stay nor be taken for the volume when it
// comes back as another disk.
func TestLVMLeftOver(t *testing.T) {
	m := newMapper(t)
	d := m.disk(serial)
	ctx := t.Context()
	if err := m.host.Prepare(ctx, d, preparation("lvm"), wall); err != nil {
		t.Fatal(err)
	}
	layout, err := m.host.Layout(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	m.dead = true
	m.take()
	if err := layout.Deactivate(ctx); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"lvchange [only " + d.Name + "] --activate n chef/data", "dmsetup remove --force --retry chef-data",
		"lvchange [only " + d.Name + "] --activate n chef/epoch", "dmsetup remove --force --retry chef-epoch",
	}
	if diff := cmp.Diff(want, m.take()); diff != "" {
		t.Error(diff)
	}

	m.dead = false
	m.over = "nvme9n1" // gone
	m.activate("epoch")
	m.over = d.Name
	if epoch, err := layout.ActivateEpoch(ctx); err != nil || epoch.Number != m.volumes["epoch"].Number {
		t.Errorf("over a disk that is gone: %v, %v", epoch, err)
	}
	want = []string{"dmsetup remove --force --retry chef-epoch", "lvchange [only " + d.Name + "] --activate y chef/epoch"}
	if diff := cmp.Diff(want, m.take()); diff != "" {
		t.Error(diff)
	}
	if err := m.host.Forget(ctx); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(m.host.Sys, "block", "dm-*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}

	m.over = "nvme9n1"
	if _, err := layout.ActivateData(ctx); err == nil || !strings.Contains(err.Error(), "nvme9n1") {
		t.Errorf("activated over another disk: %v", err)
	}
}

// Volume groups that cannot move, and what to do about each.
func TestLVMGroups(t *testing.T) {
	ctx := t.Context()
	lvm := func(m *mapper, name string, args ...string) {
		t.Helper()
		if _, err := m.Output(ctx, name, append([]string{"--config", ""}, args...)...); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		what  string
		group func(m *mapper, d storage.Device)
		want  string
	}{
		{"of another name", func(m *mapper, d storage.Device) { lvm(m, "vgcreate", "opscode", d.Path) }, `is "opscode": rename it to chef`},
		{"no group", func(m *mapper, d storage.Device) { lvm(m, "pvcreate", d.Path) }, `is "": rename it to chef`},
		{"no data", func(m *mapper, d storage.Device) { lvm(m, "vgcreate", "chef", d.Path) }, "lvcreate -l 85%VG -n data chef"},
		{"over two disks", func(m *mapper, d storage.Device) { lvm(m, "vgcreate", "chef", d.Path, m.disk("vol1").Path) }, "only one volume moves"},
		{"twice", func(m *mapper, d storage.Device) {
			// As where its steps were done on both backends, each with a disk.
			other := m.disk("vol1")
			lvm(m, "vgcreate", "chef", other.Path)
			m.host.Dev = sideStep(t, m, d)
			lvm(m, "vgcreate", "chef", filepath.Join(m.host.Dev, d.Name))
			m.host.Dev = filepath.Dir(other.Path)
		}, "has a volume group chef as well"},
	} {
		m := newMapper(t)
		d := m.disk(serial)
		test.group(m, d)
		_, err := m.host.Layout(ctx, d)
		var group *storage.GroupError
		if !errors.As(err, &group) || !strings.Contains(group.Why, test.want) {
			t.Errorf("%s: %v, want %s", test.what, err, test.want)
		}
	}
}

// sideStep returns a /dev with one disk alone.
func sideStep(t *testing.T, m *mapper, d storage.Device) string {
	t.Helper()
	dev := m.host.Dev
	m.host.Dev = t.TempDir()
	m.node(d.Name, d.Node)
	alone := m.host.Dev
	m.host.Dev = dev
	return alone
}

// The documentation's own steps leave no epoch volume; preparing adds it and
// leaves the data as they are.
func TestLVMByHand(t *testing.T) {
	m := newMapper(t)
	d := m.disk(serial)
	ctx := t.Context()
	for _, c := range [][]string{
		{"pvcreate", d.Path}, {"vgcreate", "chef", d.Path},
		{"lvcreate", "--wipesignatures", "y", "-l", "85%VG", "--name", "data", "chef"},
		{"mkfs.ext4", "-q", filepath.Join(m.host.Dev, dm["data"])},
	} {
		if c[0] != "mkfs.ext4" {
			c = append([]string{c[0], "--config", ""}, c[1:]...)
		}
		if _, err := m.Output(ctx, c[0], c[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.host.Layout(ctx, d); !errors.Is(err, storage.ErrNoEpoch) {
		t.Errorf("got %v, want %v", err, storage.ErrNoEpoch)
	}
	before, err := os.ReadFile(m.volumes["data"].Path)
	if err != nil {
		t.Fatal(err)
	}
	m.take()
	if err := m.host.Prepare(ctx, d, preparation("lvm"), wall); err != nil {
		t.Fatal(err)
	}
	for _, c := range m.take() {
		if strings.HasPrefix(c, "mkfs") || strings.HasPrefix(c, "wipefs") || strings.HasPrefix(c, "pvcreate") {
			t.Errorf("asked for %s", c)
		}
	}
	if after, err := os.ReadFile(m.volumes["data"].Path); err != nil || string(after) != string(before) {
		t.Errorf("the data changed, %v", err)
	}
	if err := m.host.Prepare(ctx, d, preparation("lvm"), wall); err != nil {
		t.Errorf("once more: %v", err)
	}
}
