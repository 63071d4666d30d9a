package fakeec2_test

import (
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tournant/lab/fakeec2"
	"tournant/lab/volume"
)

var _ fakeec2.Disk = (*volume.Volume)(nil)

// A real account is one with a disk, on the system's clock.
type real struct {
	*account
	*volume.Volume
	dir string
}

func newReal(t *testing.T) *real {
	t.Helper()
	dir := t.TempDir()
	image := filepath.Join(dir, "image")
	if err := volume.Create(image, 32<<20); err != nil {
		t.Fatal(err)
	}
	v, err := volume.Open(volume.Config{ID: volumeID, Image: image, Dir: dir, Log: filepath.Join(dir, "volume.jsonl")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := volume.Sweep(dir); err != nil {
			t.Errorf("sweep: %v", err)
		}
	})
	clock := fakeec2.NewManualClock(time.Date(2026, 11, 26, 7, 0, 0, 0, time.UTC))
	s, err := fakeec2.New(config(), fakeec2.Options{Clock: clock, Disks: map[string]fakeec2.Disk{volumeID: v}})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &real{&account{s, t, clock, h, keyID, secret, "", "us-west-1", 0}, v, dir}
}

// device opens the volume of a host past the cache, until the test's end.
func (r *real) device(host string) int {
	r.t.Helper()
	fd, err := unix.Open(filepath.Join(r.Dev(host), "nvme1n1"), unix.O_RDWR|unix.O_DIRECT|unix.O_CLOEXEC, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	return fd
}

func (r *real) readDevice(fd int) error {
	r.t.Helper()
	page, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(page) }()
	_, err = unix.Pread(fd, page, 0)
	return err
}

// A mounted volume is busy until the guest lets go of it.
func TestBusyWhileMounted(t *testing.T) {
	r := newReal(t)
	attached(r.account)
	r.wantVolume("in-use", be1, "attached")
	node := filepath.Join(r.Dev("be1"), "nvme1n1p2")
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", node).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.ext4: %v: %s", err, out)
	}
	at := filepath.Join(r.dir, "mnt")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(node, at, "ext4", 0, ""); err != nil {
		t.Fatal(err)
	}
	r.must("DetachVolume", "VolumeId", volumeID)
	r.clock.Advance(time.Minute)
	r.wantVolume("in-use", be1, "busy")
	if err := os.WriteFile(filepath.Join(at, "file"), []byte("still works"), 0o600); err != nil {
		t.Error(err)
	}
	if err := unix.Unmount(at, 0); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(time.Minute)
	r.wantVolume("available", "", "")
}

// Force has cut the I/O by the time that it answers, however long the volume
// then shows as detaching; an open descriptor does not hold it up.
func TestForceCutsAtOnce(t *testing.T) {
	r := newReal(t)
	attached(r.account)
	fd := r.device("be1")
	defer unix.Close(fd)
	if err := r.Inject(fakeec2.Fault{Name: fakeec2.FaultDetachStuck, Mode: "force"}); err != nil {
		t.Fatal(err)
	}
	r.must("DetachVolume", "VolumeId", volumeID, "Force", "true")
	if err := r.readDevice(fd); !errors.Is(err, unix.EIO) {
		t.Errorf("read after the answer: %v, want EIO", err)
	}
	r.wantVolume("in-use", be1, "detaching")
	if code, _ := r.call("AttachVolume", attach(be2)...).code(); code != "VolumeInUse" {
		t.Errorf("attaching answers %q, want VolumeInUse", code)
	}
	r.Heal("", "")
	r.must("AttachVolume", attach(be2)...)
	second := r.device("be2")
	defer unix.Close(second)
	if err := r.readDevice(second); err != nil {
		t.Errorf("the next holder reads: %v", err)
	}
	if err := r.readDevice(fd); !errors.Is(err, unix.EIO) {
		t.Errorf("the former holder reads: %v, want EIO", err)
	}
}

// A power cut ends the I/O, not the attachment; the next boot has the device
// again, another than before.
func TestPowerCutAndBoot(t *testing.T) {
	r := newReal(t)
	attached(r.account)
	fd := r.device("be1")
	defer unix.Close(fd)
	if err := r.PowerCut("be1"); err != nil {
		t.Fatal(err)
	}
	if err := r.readDevice(fd); !errors.Is(err, unix.EIO) {
		t.Errorf("read after the power cut: %v, want EIO", err)
	}
	r.wantVolume("in-use", be1, "attached")
	if err := r.PowerOn("be1"); err != nil {
		t.Fatal(err)
	}
	again := r.device("be1")
	defer unix.Close(again)
	if err := r.readDevice(again); err != nil {
		t.Errorf("read after the boot: %v", err)
	}
	if err := r.readDevice(fd); !errors.Is(err, unix.EIO) {
		t.Errorf("a descriptor of before the boot: %v, want EIO", err)
	}
	if err := r.Reboot("be1"); err != nil {
		t.Fatal(err)
	}
	if err := r.readDevice(again); !errors.Is(err, unix.EIO) {
		t.Errorf("a descriptor of before the reboot: %v, want EIO", err)
	}
}

// A machine whose power was cut while EC2 was attaching has no device until it
// boots, however far EC2 has come.
func TestPowerCutWhileAttaching(t *testing.T) {
	r := newReal(t)
	r.inject(fakeec2.FaultAttachStuck, "be1")
	r.must("AttachVolume", attach(be1)...)
	if err := r.PowerCut("be1"); err != nil {
		t.Fatal(err)
	}
	r.Heal(fakeec2.FaultAttachStuck, "be1")
	r.wantVolume("in-use", be1, "attached")
	if _, err := os.Stat(filepath.Join(r.Dev("be1"), "nvme1n1")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the device of a machine without power: %v, want none", err)
	}
	if err := r.PowerOn("be1"); err != nil {
		t.Fatal(err)
	}
	fd := r.device("be1")
	defer unix.Close(fd)
	if err := r.readDevice(fd); err != nil {
		t.Errorf("read after the boot: %v", err)
	}
}

// The faults of I/O are those of one host, and of its next attachment too.
func TestIOFaults(t *testing.T) {
	r := newReal(t)
	r.inject(fakeec2.FaultIOError, "be1")
	attached(r.account)
	fd := r.device("be1")
	defer unix.Close(fd)
	if err := r.readDevice(fd); !errors.Is(err, unix.EIO) {
		t.Errorf("read: %v, want EIO", err)
	}
	r.Heal(fakeec2.FaultIOError, "be1")
	if err := r.readDevice(fd); err != nil {
		t.Errorf("read once healed: %v", err)
	}
	r.inject(fakeec2.FaultIOStall, "be1")
	done := make(chan error, 1)
	go func() { done <- r.readDevice(fd) }()
	for r.Held("be1") == 0 {
		select {
		case err := <-done:
			t.Fatalf("a stalled read returned: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	r.Heal(fakeec2.FaultIOStall, "")
	if err := <-done; err != nil {
		t.Errorf("the read, once it could go on: %v", err)
	}
}
