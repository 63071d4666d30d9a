package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tournant/internal/boottime"
	"tournant/internal/storage"
	"tournant/lab/volume"
)

const volumeID = "vol-049df61146c4d7901"

// host is one of two that share a volume, on one machine.
type host struct {
	*storage.Host
	name   string
	volume *volume.Volume
	target string

	layout storage.Layout
	data   storage.Node
	heart  *storage.Heartbeat
	taken  storage.Record
}

// hosts returns two hosts and the volume, which keeps a log of every write.
func hosts(t *testing.T) (a, b *host) {
	t.Helper()
	dir := t.TempDir()
	image, log := filepath.Join(dir, "image"), filepath.Join(dir, "volume.jsonl")
	if err := volume.Create(image, 64<<20); err != nil {
		t.Fatal(err)
	}
	v, err := volume.Open(volume.Config{ID: volumeID, Image: image, Dir: dir, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(v.Close(), volume.Sweep(dir)); err != nil {
			t.Error(err)
		}
		f, err := os.Open(log)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		report, err := volume.Check(f)
		if err != nil {
			t.Errorf("a second writer: %v", err)
		}
		t.Log(report)
	})
	of := func(name string) *host {
		h := storage.OnHost()
		h.Sys, h.Dev = v.Sys(name), v.Dev(name)
		return &host{Host: h, name: name, volume: v, target: filepath.Join(dir, name+"-data")}
	}
	return of("a"), of("b")
}

// attach is what EC2 does, and what the host then sees.
func (h *host) attach(t *testing.T) storage.Device {
	t.Helper()
	if err := h.volume.Attach(h.name, "/dev/xvdf"); err != nil {
		t.Fatal(err)
	}
	d, err := h.Find(volumeID, "/dev/xvdf")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// enter takes an attached volume and mounts it.
func (h *host) enter(t *testing.T, d storage.Device) {
	t.Helper()
	ctx := patience(t)
	var err error
	if h.layout, err = h.Layout(ctx, d); err != nil {
		t.Fatal(err)
	}
	epoch, err := h.layout.ActivateEpoch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	block, err := storage.OpenBlock(epoch)
	if err != nil {
		t.Fatal(err)
	}
	if h.taken, err = block.Take(h.name, time.Now()); err != nil {
		t.Fatal(err)
	}
	h.heart = storage.StartHeartbeat(block, boottime.Now, time.Now)
	if h.data, err = h.layout.ActivateData(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Mount(ctx, h.data, h.target); err != nil {
		t.Fatal(err)
	}
}

func (h *host) beat(t *testing.T) storage.Beat {
	t.Helper()
	if !h.heart.Beat() {
		t.Fatal("a beat runs already")
	}
	return <-h.heart.Beats()
}

// leave lets go of the volume in order.
func (h *host) leave(t *testing.T) {
	t.Helper()
	ctx := patience(t)
	if err := h.Unmount(ctx, h.target, time.Second); err != nil {
		t.Fatal(err)
	}
	h.rest(t)
	busy, err := h.volume.InUse(h.name)
	if err != nil || busy {
		t.Errorf("%s has it in use still: %t, %v", h.name, busy, err)
	}
	h.volume.Cut(h.name)
	if err := h.volume.Remove(h.name); err != nil {
		t.Fatal(err)
	}
}

// rest ends the heart and what is active.
func (h *host) rest(t *testing.T) {
	t.Helper()
	h.heart.Close()
	for range h.heart.Beats() { // until the block is closed
	}
	if err := h.layout.Deactivate(patience(t)); err != nil {
		t.Error(err)
	}
}

// keep writes a file that is on stable storage when it returns.
func (h *host) keep(t *testing.T, name string) error {
	f, err := os.Create(filepath.Join(h.target, name))
	if err != nil {
		return err
	}
	_, err = f.WriteString(name)
	return errors.Join(err, f.Sync(), f.Close())
}

func (h *host) expect(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if text, err := os.ReadFile(filepath.Join(h.target, name)); err != nil || string(text) != name {
			t.Errorf("%s reads %q of %s, %v", h.name, text, name, err)
		}
	}
}

// The volume goes from one host to the other in order, then by force in the
// middle of everything, and nothing that was synced is lost.
func TestTwoHosts(t *testing.T) {
	a, b := hosts(t)
	d := a.attach(t)
	p := preparation("partitions")
	if err := a.Prepare(patience(t), d, p, time.Now()); err != nil {
		t.Fatal(err)
	}
	a.enter(t, d)
	if err := a.keep(t, "first"); err != nil {
		t.Fatal(err)
	}
	if beat := a.beat(t); beat.Err != nil {
		t.Error(beat.Err)
	}
	a.leave(t)

	b.enter(t, b.attach(t))
	b.expect(t, "first")
	if b.taken.Epoch != a.taken.Epoch+1 {
		t.Errorf("epoch %d after %d", b.taken.Epoch, a.taken.Epoch)
	}
	if err := b.keep(t, "second"); err != nil {
		t.Fatal(err)
	}
	// Not synced, so not acknowledged; and a file that somebody has open.
	open, err := os.Create(filepath.Join(b.target, "third"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.WriteString("third"); err != nil {
		t.Fatal(err)
	}
	b.volume.Cut("b")
	if beat := b.beat(t); !errors.Is(beat.Err, unix.EIO) {
		t.Errorf("beat without the volume: %v, want %v", beat.Err, unix.EIO)
	}
	a.enter(t, a.attach(t)) // while the other still has it mounted
	a.expect(t, "first", "second")
	if err := a.keep(t, "fourth"); err != nil {
		t.Fatal(err)
	}
	if err := b.Fence(b.target); err != nil {
		t.Logf("fence: %v", err) // it may have shut down by itself
	}
	if _, err := os.Stat(filepath.Join(b.target, "first")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("still mounted: %v", err)
	}
	if err := open.Sync(); err == nil {
		t.Error("synced without the volume")
	}
	if err := open.Close(); err != nil {
		t.Log(err) // whatever the kernel says of what it lost
	}
	b.rest(t)
	if err := b.volume.Remove("b"); err != nil {
		t.Fatal(err)
	}
	if beat := a.beat(t); beat.Err != nil {
		t.Errorf("the taker's beat: %v", beat.Err)
	}
	a.leave(t)
	b.enter(t, b.attach(t))
	b.expect(t, "first", "second", "fourth")
	b.leave(t)
}

// A volume that stalls leaves a beat hanging, and one that answers again ends
// it; what was begun counts as of its beginning.
func TestStalledVolume(t *testing.T) {
	a, _ := hosts(t)
	d := a.attach(t)
	if err := a.Prepare(patience(t), d, preparation("partitions"), time.Now()); err != nil {
		t.Fatal(err)
	}
	a.enter(t, d)
	a.volume.Stall("a", true)
	before := boottime.Now()
	if !a.heart.Beat() || a.heart.Beat() {
		t.Error("one beat and no second begins")
	}
	if since, hangs := a.heart.Since(); !hangs || since.Before(before) {
		t.Errorf("hangs %t since %v, began at %v", hangs, since, before)
	}
	a.volume.Stall("a", false)
	if beat := <-a.heart.Beats(); beat.Err != nil || beat.Started.Before(before) {
		t.Errorf("after the stall: %+v", beat)
	}
	a.leave(t)
}
