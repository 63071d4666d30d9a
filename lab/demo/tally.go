package demo

import (
	"time"

	"tournant/lab/load"
	"tournant/lab/timeline"
)

// A Tally is how a fleet fared so far.
type Tally struct {
	// Served are requests that were answered, Released those of them that had been
	// held; Held are those that are now.
	Served, Released, Held, Failed int
	// Acknowledged are writes; ReadBack says how often a client read one and found
	// it, Lost how often it did not.
	Acknowledged, ReadBack, Lost int
	// Slots are the longest that somebody had waited in each half second, the
	// newest last.
	Slots []time.Duration

	slot time.Time
}

const (
	slotWidth = 500 * time.Millisecond
	slotCount = 60
)

func (t *Tally) add(news load.History, waiting []time.Time, now time.Time) {
	if at := now.Truncate(slotWidth); !at.Equal(t.slot) {
		t.slot = at
		t.Slots = append(t.Slots, 0)
		t.Slots = t.Slots[max(0, len(t.Slots)-slotCount):]
	}
	for _, o := range news {
		t.finished(o)
	}
	t.Held = 0
	for _, began := range waiting {
		waited := now.Sub(began)
		if waited > timeline.Held {
			t.Held++
		}
		t.worst(waited)
	}
}

func (t *Tally) finished(o load.Operation) {
	took := o.Return.Sub(o.Call)
	t.worst(took)
	if o.Failed() {
		t.Failed++
		return
	}
	t.Served++
	if took > timeline.Held {
		t.Released++
	}
	switch {
	case o.Missed():
		t.Lost++
	case o.Kind == load.GetOwn:
		t.ReadBack++
	case o.Acknowledged():
		t.Acknowledged++
	}
}

func (t *Tally) worst(d time.Duration) {
	if last := len(t.Slots) - 1; d > t.Slots[last] {
		t.Slots[last] = d
	}
}
