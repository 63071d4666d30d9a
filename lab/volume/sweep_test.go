package volume_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tournant/lab/volume"
)

// crashDir and crashHow make the test binary the process that crashes.
const (
	crashDir = "TOURNANT_VOLUME_CRASH_DIR"
	crashHow = "TOURNANT_VOLUME_CRASH_HOW"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := crash(dir, os.Getenv(crashHow)); err != nil {
			os.Stdout.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		os.Stdout.WriteString("ready\n")
		select {}
	}
	os.Exit(m.Run())
}

// crash attaches, and mounts and writes, or waits for I/O that hangs, be it that of
// attaching.
func crash(dir, how string) error {
	v, err := volume.Open(volume.Config{ID: "vol-1", Image: filepath.Join(dir, "image"), Dir: dir, Log: filepath.Join(dir, "log")})
	if err != nil {
		return err
	}
	if how == "attaching" {
		return v.HangInAttach("be1")
	}
	if err := v.Attach("be1", "/dev/xvdf"); err != nil {
		return err
	}
	node := filepath.Join(v.Dev("be1"), "nvme1n1p2")
	if how == "stalled" {
		f, err := os.Open(node)
		if err != nil {
			return err
		}
		v.Stall("be1", true)
		go func() { _, _ = f.Read(make([]byte, 4096)) }()
		for waiting := false; !waiting; time.Sleep(time.Millisecond) {
			waiting = v.Held("be1") > 0
		}
		return nil
	}
	if err := exec.Command("mkfs.ext4", "-q", "-F", node).Run(); err != nil {
		return err
	}
	at := filepath.Join(dir, "mnt")
	if err := os.Mkdir(at, 0o700); err != nil {
		return err
	}
	if err := unix.Mount(node, at, "ext4", 0, ""); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(at, "dirty"), make([]byte, 1<<20), 0o600)
}

// What a killed lab leaves behind, mounted and dirty or waiting for itself, is
// found and removed, and nothing of it is left in the kernel.
func TestSweepAfterACrash(t *testing.T) {
	for how, want := range map[string]int{"mounted": 3, "stalled": 2} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			c, line := start(t, dir, how)
			_ = c.Process.Kill()
			found := below(t, dir)
			if err := volume.Sweep(dir); err != nil {
				t.Logf("sweeping while the process ends: %v", err)
			}
			_ = c.Wait()
			if line != "ready\n" || len(found) != want {
				t.Errorf("the process that was to crash said %q and left %q, want %d", line, found, want)
			}
			if err := volume.Sweep(dir); err != nil {
				t.Errorf("sweeping when it has ended: %v", err)
			}
			if found := below(t, dir); len(found) != 0 {
				t.Errorf("still there: %q", found)
			}
		})
	}
}

// start starts a process that is to crash, and waits until it has said something.
func start(t *testing.T, dir, how string) (c *exec.Cmd, said string) {
	t.Helper()
	if err := volume.Create(filepath.Join(dir, "image"), 64*mib); err != nil {
		t.Fatal(err)
	}
	c = exec.Command(os.Args[0])
	c.Env = append(os.Environ(), crashDir+"="+dir, crashHow+"="+how)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ = bufio.NewReader(out).ReadString('\n')
	return c, said
}

// A lab that is killed while it makes a device ends by itself: what waits for its
// files then is another process.
func TestKilledWhileAttaching(t *testing.T) {
	dir := t.TempDir()
	c, said := start(t, dir, "attaching")
	_ = c.Process.Kill()
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatalf("it waits for itself: %v", errors.Join(volume.Sweep(dir), <-ended))
	}
	if said != "ready\n" {
		t.Errorf("the process that was to crash said %q", said)
	}
	swept(t, dir)
}

// swept removes what a killed process left. Its helpers may live for a moment.
func swept(t *testing.T, dir string) {
	t.Helper()
	err := volume.Sweep(dir)
	for end := time.Now().Add(time.Minute); err != nil && time.Now().Before(end); err = volume.Sweep(dir) {
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Errorf("sweep: %v", err)
	}
}

// below is what the kernel has of dir: mounts and loop devices.
func below(t *testing.T, dir string) (found []string) {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, dir) {
			found = append(found, line)
		}
	}
	loops, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range loops {
		if text, err := os.ReadFile(l); err == nil && strings.Contains(string(text), dir) {
			found = append(found, l)
		}
	}
	return found
}

// A device that somebody still has is reported, and goes away with him.
func TestCloseWhileInUse(t *testing.T) {
	r := open(t)
	r.attach("be1")
	r.mkfs("be1")
	at := r.mount("be1", "nvme1n1p2")
	err := r.Close()
	r.Volume = nil
	if err == nil || !strings.Contains(err.Error(), at) {
		t.Errorf("closing while %s is mounted: %v", at, err)
	}
	r.unmount(at)
	if err := volume.Sweep(r.dir); err != nil {
		t.Error(err)
	}
}

// One image has one volume.
func TestOpenTwice(t *testing.T) {
	r := open(t)
	if v, err := volume.Open(volume.Config{ID: "vol-2", Image: r.image, Dir: t.TempDir(), Log: r.log}); err == nil {
		t.Error("the image was opened twice")
		v.Close()
	}
}

// What cannot be logged is not opened, and leaves nothing behind.
func TestOpenWithoutLog(t *testing.T) {
	dir := t.TempDir()
	image := filepath.Join(dir, "image")
	if err := volume.Create(image, 64*mib); err != nil {
		t.Fatal(err)
	}
	_, err := volume.Open(volume.Config{ID: "vol-1", Image: image, Dir: dir, Log: "/dev/full"})
	if !errors.Is(err, unix.ENOSPC) {
		t.Errorf("opened with a log that is full: %v, want %v", err, unix.ENOSPC)
	}
	if found := below(t, dir); len(found) != 0 {
		t.Errorf("left behind: %q", found)
	}
	if err := volume.Sweep(dir); err != nil {
		t.Error(err)
	}
}

// An image without a table has a device without partitions, and no epochs.
func TestWithoutPartitions(t *testing.T) {
	dir := t.TempDir()
	image := filepath.Join(dir, "image")
	if err := os.WriteFile(image, make([]byte, 8*mib), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := volume.Open(volume.Config{ID: "vol-1", Image: image, Dir: dir, Log: filepath.Join(dir, "log")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := v.Attach("be1", ""); err != nil {
		t.Fatal(err)
	}
	if nodes, err := os.ReadDir(v.Dev("be1")); err != nil || len(nodes) != 1 {
		t.Errorf("nodes %v, %v", nodes, err)
	}
}
