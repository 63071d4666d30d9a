package vip

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/google/nftables"
	"github.com/mdlayher/netlink"

	"tournant/internal/boottime"
)

// ErrLate is returned by a renewal that came when nothing was left of its time.
var ErrLate = errors.New("vip: the lease could not be renewed in time")

const (
	// within bounds what the kernel may take for one change.
	within = time.Second

	// ticks is what the kernel's timers may be late by: two, at 100 Hz.
	ticks = 20 * time.Millisecond
)

// Lease lets packets leave from the VIP until a moment and not longer. The
// kernel holds to that, whatever becomes of the process that asked: killed,
// stopped or stuck.
//
// The kernel knows timeouts alone, so what sleeps between reading the clock and
// setting one sets it too long. So there are two halves, and a packet leaves
// while both have time left. Renew sets one, Confirm the other, and each reads
// the clock itself: a sleep in Renew is found by Confirm, which then sets
// nothing, and one in Confirm leaves the half of Renew, which is right.
//
// The kernel counts CLOCK_MONOTONIC: while a hypervisor pauses the whole
// machine, what is left of a lease stays. An agent that finds that the clock
// jumped drops the lease before anything else.
type Lease struct {
	vip    netip.Addr
	conn   *nftables.Conn
	fences []*fence
	now    func() boottime.Time

	mu    sync.Mutex // one change at a time
	until [halves]boottime.Time
}

// NewLease has the kernel drop all that leaves from the VIP from now on, also
// after the end of this process, and returns the way to lease it. A lease that
// a process before left goes on to its end, unless it is dropped. It must come
// before the address is added.
func NewLease(vip netip.Addr) (*Lease, error) {
	if !vip.Is4() {
		return nil, fmt.Errorf("vip: %s is no IPv4 address, and EC2 moves no others", vip)
	}
	// A connection for each batch: one that lasts would keep the answers to a
	// batch that was given up.
	conn, err := nftables.New(nftables.WithSockOptions(func(c *netlink.Conn) error {
		return c.SetDeadline(time.Now().Add(within))
	}))
	if err != nil {
		return nil, fmt.Errorf("vip: nftables: %w", err)
	}
	l := &Lease{vip: vip, conn: conn, fences: fences(), now: boottime.Now}
	if l.restore() == nil && l.conn.Flush() == nil {
		return l, nil
	}
	if err := l.install(); err != nil { // what is there is something else
		return nil, err
	}
	return l, nil
}

// install makes the tables anew, with no lease.
func (l *Lease) install() error {
	for _, f := range l.fences {
		if err := f.install(l.conn, l.vip); err != nil {
			return fmt.Errorf("vip: make the table of the lease: %w", err)
		}
	}
	if err := l.conn.Flush(); err != nil {
		return fmt.Errorf("vip: install the table of the lease (this needs root, and nftables in the kernel): %w", err)
	}
	return nil
}

// Renew sets the first half to end at the given moment. It returns ErrLate, and
// changes nothing, when that has passed. After any other error there is no
// lease.
func (l *Lease) Renew(until boottime.Time) error { return l.set(renewed, until) }

// Confirm sets the second half, as Renew does the first.
func (l *Lease) Confirm(until boottime.Time) error { return l.set(confirmed, until) }

func (l *Lease) set(half int, until boottime.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	left := until.Sub(l.now()) - ticks
	if left < time.Millisecond { // what is less is no timeout
		return ErrLate
	}
	if err := l.tell(half, left); err != nil {
		// Nobody knows whether it happened.
		return errors.Join(fmt.Errorf("vip: renew the lease: %w", err), l.drop())
	}
	l.until[half] = until.Add(-ticks)
	return nil
}

// tell has the kernel end a half after left. An element that is there may keep
// its end when it is added again, so it is deleted and added, in one
// transaction. So is what others may have taken of the fence, which is no lease
// without.
func (l *Lease) tell(half int, left time.Duration) error {
	if half == renewed {
		if err := l.restore(); err != nil {
			return err
		}
	}
	for _, f := range l.fences {
		l.conn.FlushSet(f.sets[half])
		if err := l.conn.SetAddElements(f.sets[half], []nftables.SetElement{{Key: l.vip.AsSlice(), Timeout: left}}); err != nil {
			return err
		}
	}
	return l.conn.Flush()
}

// restore puts what is missing of the fences into the batch.
func (l *Lease) restore() error {
	for _, f := range l.fences {
		if f.whole(l.conn, l.vip) {
			continue
		}
		if err := f.restore(l.conn, l.vip); err != nil {
			return fmt.Errorf("vip: make the table of the lease: %w", err)
		}
	}
	return nil
}

// Drop ends both halves at once, and brings the fence back where it is gone.
func (l *Lease) Drop() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drop()
}

// drop empties the sets, and brings back what others took of the fence. Where
// they made something else of it, it is made anew.
func (l *Lease) drop() error {
	l.until = [halves]boottime.Time{}
	if err := l.restore(); err != nil {
		return err
	}
	for _, f := range l.fences {
		for _, set := range f.sets {
			l.conn.FlushSet(set)
		}
	}
	if l.conn.Flush() == nil {
		return nil
	}
	return l.install()
}

// Remaining is for how long packets may still leave.
func (l *Lease) Remaining() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(min(l.until[renewed], l.until[confirmed]).Sub(l.now()), 0)
}
