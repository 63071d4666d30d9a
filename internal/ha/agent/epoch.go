package agent

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"tournant/internal/boottime"
	"tournant/internal/ha"
	"tournant/internal/storage"
)

// take takes the epoch and starts what proves it. With an epoch to follow, it takes
// none where another was taken since.
func (d *device) take(_ context.Context, after ha.Epoch) (taken, previous ha.Epoch, err error) {
	d.quiet()
	d.mu.Lock()
	epoch, opened := d.epoch, d.layout != nil
	d.mu.Unlock()
	if !opened {
		return taken, previous, storage.ErrNoDevice
	}
	block, err := storage.OpenBlock(epoch)
	if err != nil {
		return taken, previous, err
	}
	last, err := block.Read()
	if err != nil {
		return taken, previous, errors.Join(err, block.Close())
	}
	if after.Number != 0 && d.epochOf(last.Claim) != after {
		return taken, previous, errors.Join(&storage.ForeignError{Found: last.Claim}, block.Close())
	}
	record, err := block.Take(d.cfg.Node.Name, time.Now())
	if err != nil {
		return taken, previous, errors.Join(err, block.Close())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.beats = storage.StartHeartbeat(block, boottime.Now, time.Now)
	d.taken = d.epochOf(record.Claim)
	return d.taken, d.epochOf(last.Claim), nil
}

// epochOf is a claim as the machine has it: half of the mark is enough to tell
// two takings apart.
func (d *device) epochOf(c storage.Claim) ha.Epoch {
	e := ha.Epoch{Number: c.Epoch, Mark: binary.BigEndian.Uint64(c.Mark[:8]), Node: ha.Stranger}
	switch c.Node {
	case d.cfg.Node.Name:
		e.Node = ha.Self
	case d.cfg.Peer.Name:
		e.Node = ha.Peer
	}
	return e
}

var (
	errNotTaken = errors.New("this agent did not take that epoch")
	errHangs    = errors.New("the volume does not answer")
)

// beat proves that the volume is still ours. One that hangs is waited for
// instead of a new one: what it proves is as old as its start.
func (d *device) beat(ctx context.Context, of ha.Epoch) (started ha.Instant, err error) {
	for {
		beats, begun, err := d.begin(of)
		if err != nil {
			return 0, err
		}
		select {
		case b, more := <-beats:
			if !more {
				return 0, errNotTaken
			}
			if b.Err == nil {
				d.prove(of, b.Started)
			}
			if begun || b.Err != nil {
				return b.Started, b.Err
			}
			// The end of one whose command gave up: it has no news.
		case <-ctx.Done():
			return 0, fmt.Errorf("%w: %w", errHangs, ctx.Err())
		}
	}
}

// begin begins a beat, unless one still runs or has ended unheard.
func (d *device) begin(of ha.Epoch) (<-chan storage.Beat, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.beats == nil || d.taken != of {
		return nil, false, errNotTaken
	}
	return d.beats.Beats(), d.beats.Beat(), nil
}

func (d *device) prove(of ha.Epoch, at ha.Instant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.taken == of {
		d.proven = at
	}
}

// lastProven is the start of the last good beat; 0 where there was none.
func (d *device) lastProven() ha.Instant {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.proven
}

// answers tells that the volume is ours and that no beat is late.
func (d *device) answers() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.beats == nil {
		return false
	}
	since, runs := d.beats.Since()
	return !runs || now().Sub(since) < d.cfg.Times.HeartbeatEvery
}

// still reads the epoch block, past the heartbeat's, for who has the volume now.
func (d *device) still(of ha.Epoch) error {
	d.mu.Lock()
	epoch, taken := d.epoch, d.beats != nil && d.taken == of
	d.mu.Unlock()
	if !taken {
		return errNotTaken
	}
	block, err := storage.OpenBlock(epoch)
	if err != nil {
		return err
	}
	record, err := block.Read()
	if err := errors.Join(err, block.Close()); err != nil {
		return err
	}
	if got := d.epochOf(record.Claim); got != of {
		return &storage.ForeignError{Found: record.Claim}
	}
	return nil
}

// quiet ends the heartbeat. One that hangs ends when the kernel lets it.
func (d *device) quiet() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.beats != nil {
		d.beats.Close()
	}
	d.beats, d.taken, d.proven = nil, ha.Epoch{}, 0
}
