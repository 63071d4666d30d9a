package storage

import (
	"runtime"
	"sync/atomic"
	"time"

	"tournant/internal/boottime"
)

// Beat is what came of one beat.
type Beat struct {
	// Started is before the first I/O of the beat: at that time at the
	// earliest the volume answered to this host.
	Started, Ended boottime.Time
	Err            error // as of Block.Beat
}

// Heartbeat beats on a Block. The kernel may keep an I/O for ever and nothing
// ends it, not even the death of the process; so it has a goroutine and a
// thread of its own, and whoever waits for it can see since when it hangs.
type Heartbeat struct {
	block *Block
	now   func() boottime.Time
	wall  func() time.Time

	order   chan struct{}
	beats   chan Beat
	started atomic.Int64 // boottime.Time of the beat that runs; 0: none
}

// StartHeartbeat begins with a Block that was taken, which belongs to the
// Heartbeat from now on.
func StartHeartbeat(b *Block, now func() boottime.Time, wall func() time.Time) *Heartbeat {
	h := &Heartbeat{block: b, now: now, wall: wall, order: make(chan struct{}, 1), beats: make(chan Beat, 1)}
	go h.run()
	return h
}

func (h *Heartbeat) run() {
	runtime.LockOSThread()
	defer close(h.beats)
	for range h.order {
		started := boottime.Time(h.started.Load())
		err := h.block.Beat(h.wall())
		ended := h.now()
		h.started.Store(0) // first, so that whoever receives may beat again
		h.beats <- Beat{Started: started, Ended: ended, Err: err}
	}
	_ = h.block.Close() // all that was written was synced
}

// Beat begins a beat and returns at once. It reports false, and begins
// nothing, while the one before has not ended or its Beat was not received.
func (h *Heartbeat) Beat() bool {
	if len(h.beats) > 0 || !h.started.CompareAndSwap(0, int64(h.now())) {
		return false
	}
	h.order <- struct{}{}
	return true
}

// Beats has the outcome of each beat. It is closed when the last one ended
// after Close, and the Block with it.
func (h *Heartbeat) Beats() <-chan Beat { return h.beats }

// Since returns when the beat that runs began, or false.
func (h *Heartbeat) Since() (boottime.Time, bool) {
	started := h.started.Load()
	return boottime.Time(started), started != 0
}

// Close lets the beat that runs be the last one. It does not wait for it.
func (h *Heartbeat) Close() { close(h.order) }
