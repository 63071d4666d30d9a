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
	"tournant/internal/storage/storagetest"
)

func startHeart(t *testing.T, n storage.Node) (*storage.Heartbeat, storage.Record) {
	t.Helper()
	b, err := storage.OpenBlock(n)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := b.Take("a", wall)
	if err != nil {
		t.Fatal(err)
	}
	return storage.StartHeartbeat(b, boottime.Now, func() time.Time { return wall }), taken
}

func TestHeartbeat(t *testing.T) {
	n, _ := founded(t)
	h, taken := startHeart(t, n)
	for range 5 {
		before := boottime.Now()
		if !h.Beat() {
			t.Fatal("a beat after one that was received does not begin")
		}
		beat := <-h.Beats()
		if beat.Err != nil || beat.Started.Before(before) || beat.Ended.Before(beat.Started) || boottime.Now().Before(beat.Ended) {
			t.Errorf("beat from %v: %+v", before, beat)
		}
		if since, runs := h.Since(); runs {
			t.Errorf("runs since %v", since)
		}
	}
	b := open(t, n)
	if r, err := b.Read(); err != nil || r.Counter != taken.Counter+5 || r.Claim != taken.Claim {
		t.Errorf("after five beats: %v, %v", r, err)
	}
	if _, err := b.Take("b", wall); err != nil {
		t.Fatal(err)
	}
	h.Beat()
	var foreign *storage.ForeignError
	if beat := <-h.Beats(); !errors.As(beat.Err, &foreign) || foreign.Found.Node != "b" {
		t.Errorf("after another took it: %v", beat.Err)
	}
	h.Close()
	if beat, more := <-h.Beats(); more {
		t.Errorf("after the end: %+v", beat)
	}
}

// A volume that hangs blocks nobody who asks, one beat at a time, and the
// beat's time is that of its beginning.
func TestHeartbeatHangs(t *testing.T) {
	outer := storagetest.NewLoop(t, "", 64<<20)
	storagetest.Run(t, "mkfs.ext4", "-q", outer.Device)
	dir := t.TempDir()
	storagetest.Run(t, "mount", outer.Device, dir)
	t.Cleanup(func() { storagetest.Run(t, "umount", dir) })
	n := storagetest.NewLoop(t, dir, epochSize).Node(t)
	b := open(t, n)
	if err := b.Found("a", 0, wall); err != nil {
		t.Fatal(err)
	}
	h, _ := startHeart(t, n)
	frozen := freeze(t, dir) // what is below the volume takes no write
	before := boottime.Now()
	if !h.Beat() {
		t.Fatal("does not begin")
	}
	after := boottime.Now()
	if h.Beat() {
		t.Error("a second beat began beside the first")
	}
	if since, runs := h.Since(); !runs || since.Before(before) || after.Before(since) {
		t.Errorf("hangs since %v, %t, want from %v to %v", since, runs, before, after)
	}
	awaitBlocked(t)
	select {
	case beat := <-h.Beats():
		t.Fatalf("ended on a volume that hangs: %+v", beat)
	default:
	}
	h.Close() // does not wait
	frozen()
	beat := <-h.Beats()
	if beat.Err != nil || beat.Started.Before(before) || after.Before(beat.Started) || beat.Ended.Before(after) {
		t.Errorf("after the thaw: %+v", beat)
	}
	if _, more := <-h.Beats(); more {
		t.Error("there was another beat")
	}
}

// freeze has the filesystem of dir keep all writes until the returned
// function is called.
func freeze(t *testing.T, dir string) (thaw func()) {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	const fiFreeze, fiThaw = 0xc0045877, 0xc0045878 // of linux/fs.h
	if err := unix.IoctlSetInt(int(f.Fd()), fiFreeze, 0); err != nil {
		t.Fatal(err)
	}
	thawed := false
	thaw = func() {
		if thawed {
			return
		}
		thawed = true
		if err := errors.Join(unix.IoctlSetInt(int(f.Fd()), fiThaw, 0), f.Close()); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(thaw)
	return thaw
}

// awaitBlocked waits until a thread of this process waits for a disk.
func awaitBlocked(t *testing.T) {
	t.Helper()
	for {
		stats, err := filepath.Glob("/proc/self/task/*/stat")
		if err != nil {
			t.Fatal(err)
		}
		for _, stat := range stats {
			text, _ := os.ReadFile(stat) // of a thread that may have ended
			if threadState(text) == 'D' {
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
}

// threadState is the field after the name, which is in parentheses.
func threadState(stat []byte) byte {
	for i := len(stat) - 1; i > 0; i-- {
		if stat[i] == ')' && i+2 < len(stat) {
			return stat[i+2]
		}
	}
	return 0
}
