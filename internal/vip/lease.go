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
// There is no lease then.
var ErrLate = errors.New("vip: the lease could not be renewed in time")

const (
	// within bounds what the kernel may take for one change.
	within = time.Second

	// slack is how much sooner than asked a lease ends: what the kernel's timers
	// may be late by, two ticks at 100 Hz, and what asking for it may take.
	slack = 100 * time.Millisecond
	ticks = 20 * time.Millisecond

	// tries bounds how often a renewal is asked for that took longer than slack.
	tries = 3
)

// Lease lets packets leave from the VIP until a moment and not longer. The
// kernel holds to that, whatever becomes of the process that asked: killed,
// stopped or stuck.
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
	until boottime.Time
}

// NewLease has the kernel drop all that leaves from the VIP from now on, also
// after the end of this process, and returns the way to lease it. A lease that
// was there ends. It must come before the address is added.
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
	if err := l.install(); err != nil {
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

// Renew lets packets leave until the given moment at the latest. After an error
// there is no lease. The error is ErrLate when the moment has passed, or when
// the kernel may have heard of it so late that it would let packets leave after
// it.
func (l *Lease) Renew(until boottime.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range tries {
		before := l.now()
		left := until.Sub(before) - slack
		if left < time.Millisecond { // what is less is no timeout
			break
		}
		if err := l.set(left); err != nil {
			return errors.Join(fmt.Errorf("vip: renew the lease: %w", err), l.drop())
		}
		// The kernel counts from some moment before now, so this process may have
		// slept as long as that takes and no longer.
		if l.now().Sub(before) <= slack-ticks {
			l.until = until.Add(-ticks)
			return nil
		}
	}
	return errors.Join(ErrLate, l.drop())
}

// set makes the lease end after left. An element that is there keeps its end
// when it is added again, so it is deleted and added, in one transaction.
func (l *Lease) set(left time.Duration) error {
	for _, f := range l.fences {
		l.conn.FlushSet(f.set)
		if err := l.conn.SetAddElements(f.set, []nftables.SetElement{{Key: l.vip.AsSlice(), Timeout: left}}); err != nil {
			return err
		}
	}
	return l.conn.Flush()
}

// Drop ends the lease at once.
func (l *Lease) Drop() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drop()
}

// drop empties the sets. Where the tables are gone, as after `nft flush
// ruleset`, they come back.
func (l *Lease) drop() error {
	l.until = 0
	for _, f := range l.fences {
		l.conn.FlushSet(f.set)
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
	return max(l.until.Sub(l.now()), 0)
}
