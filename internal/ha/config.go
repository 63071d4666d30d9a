package ha

import (
	"errors"
	"fmt"
	"time"
)

// Config is the times that decisions are made by. DefaultConfig is what ships.
type Config struct {
	Lease          time.Duration // how long a heartbeat lets packets leave, from the start of its I/O
	Drift          float64       // how much two hosts' clocks may differ in speed
	LeaseSlack     time.Duration // how long half a renewal may take
	HeartbeatEvery time.Duration
	Deadman        time.Duration // without a heartbeat so long, a primary fences itself
	AskPeerEvery   time.Duration // while all is well
	AskPeerFast    time.Duration // while the peer changes or VRRP is silent
	AskPeerWithin  time.Duration // an answer that takes longer is none. Two make Confirm, and a little more: executors give up early
	Confirm        time.Duration // the peer's agent must be silent so long before a force
	VouchAge       time.Duration // an older proof vouches for nothing
	Young          time.Duration // an attachment is left alone so long
	HoldDown       time.Duration // between forces in a duel; doubles
	HoldDownMax    time.Duration
	Stale          time.Duration // an answer of Describe is no older
	DetachSure     time.Duration // plain detach before a force when all detectors agree
	DetachUnsure   time.Duration // and when one of them could not say
	ReleaseWait    time.Duration // how long a peer that hands over is waited for
	RetryMin       time.Duration // back-off, jittered, of whatever failed
	RetryMax       time.Duration
	AwaitEvery     time.Duration // at most between two looks for what is under way: a detach, a device
	FenceEvery     time.Duration // a node without a lease makes sure so often that nothing leaves from the VIP
	AttachStuck    time.Duration // an attachment without a device for so long is given back
	Audit          time.Duration // of the VIP and of this host
	SelfTestEvery  time.Duration
	Restarts       int // of PostgreSQL here, within RestartsWithin, before a hand-over
	RestartsWithin time.Duration
}

// DefaultConfig is what ships.
func DefaultConfig() Config {
	return Config{
		Lease: 3 * time.Second, LeaseSlack: 200 * time.Millisecond, Drift: 0.01, HeartbeatEvery: time.Second, Deadman: 10 * time.Second,
		AskPeerEvery: time.Second, AskPeerFast: 250 * time.Millisecond, AskPeerWithin: 560 * time.Millisecond,
		Confirm: time.Second, VouchAge: 3 * time.Second,
		Young: time.Minute, HoldDown: 10 * time.Minute, HoldDownMax: 160 * time.Minute, Stale: time.Minute,
		DetachSure: time.Second, DetachUnsure: 5 * time.Second, ReleaseWait: 30 * time.Second,
		RetryMin: 100 * time.Millisecond, RetryMax: 5 * time.Second, AwaitEvery: 400 * time.Millisecond, FenceEvery: 2 * time.Second,
		AttachStuck: 90 * time.Second,
		Audit:       10 * time.Second, SelfTestEvery: 5 * time.Minute,
		Restarts: 2, RestartsWithin: 5 * time.Minute,
	}
}

// Validate refuses times that would make a rule void, naming the field.
func (c Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name string
		d    time.Duration
	}{
		{"Lease", c.Lease}, {"LeaseSlack", c.LeaseSlack}, {"HeartbeatEvery", c.HeartbeatEvery}, {"Deadman", c.Deadman},
		{"AskPeerEvery", c.AskPeerEvery}, {"AskPeerFast", c.AskPeerFast}, {"AskPeerWithin", c.AskPeerWithin},
		{"Confirm", c.Confirm}, {"VouchAge", c.VouchAge}, {"Young", c.Young}, {"HoldDown", c.HoldDown},
		{"HoldDownMax", c.HoldDownMax}, {"Stale", c.Stale}, {"DetachSure", c.DetachSure}, {"DetachUnsure", c.DetachUnsure},
		{"ReleaseWait", c.ReleaseWait}, {"RetryMin", c.RetryMin}, {"RetryMax", c.RetryMax},
		{"FenceEvery", c.FenceEvery},
		{"AwaitEvery", c.AwaitEvery},
		{"AttachStuck", c.AttachStuck}, {"Audit", c.Audit},
		{"SelfTestEvery", c.SelfTestEvery}, {"RestartsWithin", c.RestartsWithin},
	} {
		if f.d <= 0 {
			errs = append(errs, fmt.Errorf("ha: %s is %v and must be more than 0", f.name, f.d))
		}
	}
	check := func(ok bool, what string) {
		if !ok {
			errs = append(errs, errors.New("ha: "+what))
		}
	}
	check(c.Drift >= 0 && c.Drift < 0.1, "Drift must be at least 0 and less than 0.1")
	check(c.Lease-c.LeaseSlack >= 2*c.HeartbeatEvery, "Lease less LeaseSlack must be at least two heartbeats, or one slow I/O stops the service")
	check(c.Deadman > c.Lease, "Deadman must be longer than Lease")
	check(c.VouchAge <= c.Lease, "VouchAge must not be longer than Lease, or a vouch outlives what it proves")
	check(c.Confirm >= c.AskPeerFast, "Confirm must be at least AskPeerFast, or one lost question is a death")
	check(c.RetryMin <= c.RetryMax, "RetryMin must not be longer than RetryMax")
	check(c.HoldDown <= c.HoldDownMax, "HoldDown must not be longer than HoldDownMax")
	check(c.DetachSure <= c.DetachUnsure, "DetachSure must not be longer than DetachUnsure")
	check(c.Restarts >= 0, "Restarts must not be negative")
	return errors.Join(errs...)
}
