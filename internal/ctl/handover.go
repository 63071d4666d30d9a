package ctl

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tournant/internal/ha/control"
)

// handover watches the volume go from one backend to the other, by what the
// agents of both say.
type handover struct {
	b        *backend
	fromHere bool
	within   time.Duration

	from, to   *control.Status // as they were last seen
	why        error           // why the other could not be asked
	served     time.Time       // when from was last seen to serve
	interrupts bool            // it did, and did not any more
}

// follow waits until the other backend serves what this one, as it was when it
// was asked to hand over, had.
func (b *backend) follow(ctx context.Context, s *control.Status) error {
	h := handover{b: b, fromHere: true, within: handoverTime}
	if serves(s) {
		h.served = b.app.Now()
	}
	return h.follow(ctx)
}

// follow waits until the one that takes over serves. It fails when that takes
// too long or the other serves again.
func (h *handover) follow(ctx context.Context) error {
	p := h.b.app.stages()
	defer p.end()
	started := h.b.app.Now()
	for {
		h.look(ctx)
		now := h.b.app.Now()
		switch {
		case serves(h.to):
			p.end()
			h.tell(now)
			return nil
		case serves(h.from) && h.interrupts:
			return fail("%s serves again: %s did not take over (%s).", h.from.Host, h.name(!h.fromHere), h.reason())
		case serves(h.from):
			h.served = now
		case !h.served.IsZero():
			h.interrupts = true
		}
		p.stage(h.stage())
		if now.Sub(started) > h.within {
			return fail("%s does not serve after %v: %s\nIt goes on by itself; `%s ha-status` says how far it is.", h.name(!h.fromHere), h.within, h.reason(), name)
		}
		if err := pauseForLook(ctx); err != nil {
			return err
		}
	}
}

// look asks both at once. One that does not answer is not known any more.
func (h *handover) look(ctx context.Context) {
	var here, there *control.Status
	var wait sync.WaitGroup
	wait.Go(func() { here, _ = h.b.here(ctx) })
	wait.Go(func() { there, h.why = h.b.there(ctx) })
	wait.Wait()
	h.from, h.to = here, there
	if !h.fromHere {
		h.from, h.to = there, here
	}
}

// name is a backend's: this one's or the other's.
func (h *handover) name(here bool) string {
	if here {
		return h.b.c.Host
	}
	return h.b.peer.Name
}

// stage is how far it is.
func (h *handover) stage() string {
	from, to := h.name(h.fromHere), h.name(!h.fromHere)
	switch {
	case h.to != nil && holds(h.to) && h.to.Volume.AttachedTo == to:
		return fmt.Sprintf("promoting: %s: %s", to, h.to.Reason)
	case h.from != nil && idle(h.from), h.to != nil && holds(h.to):
		return fmt.Sprintf("volume moving: %s has let go of it; %s: %s", from, to, h.reason())
	case h.from != nil:
		return fmt.Sprintf("releasing: %s: %s", from, h.from.Reason)
	}
	return fmt.Sprintf("%s does not answer; %s: %s", from, to, h.reason())
}

// reason is the one's that is to take over.
func (h *handover) reason() string {
	switch {
	case h.to != nil:
		return h.to.Reason
	case h.why != nil && h.fromHere:
		return h.why.Error()
	}
	return "it does not answer"
}

// tell says who serves, and for how long nobody did, as far as looks can tell.
func (h *handover) tell(now time.Time) {
	if h.served.IsZero() {
		h.b.app.print("%s is primary, epoch %d.", h.to.Host, h.to.Epoch)
		return
	}
	h.b.app.print("%s is primary, epoch %d. At most %.1f s without service.", h.to.Host, h.to.Epoch, now.Sub(h.served).Seconds())
}
