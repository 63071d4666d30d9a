package ha_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tournant/internal/ha"
)

// host runs a Machine by hand: the test says how each command ends.
type host struct {
	t    *testing.T
	m    *ha.Machine
	now  ha.Instant
	open []ha.Command
}

func start(t *testing.T, record ha.Record, l ha.Local) *host {
	t.Helper()
	h := &host{t: t, now: at(0)}
	m, cmds := ha.New(config, rand.New(rand.NewPCG(1, 2)), record, h.now)
	h.m = m
	h.take(cmds)
	h.end(ha.Observe, ha.Result{Local: l})
	h.end(ha.WithdrawLease, ha.Result{})
	h.end(ha.LowerPriority, ha.Result{})
	h.end(ha.SelfTest, ha.Result{})
	return h
}

func (h *host) take(cmds []ha.Command) { h.open = append(h.open, cmds...) }

func (h *host) post(e ha.Event) { h.take(h.m.Handle(h.now, &e)) }

func (h *host) vrrp(e ha.VRRPEvent) { h.post(ha.Event{Kind: ha.EventVRRP, VRRP: e}) }

// running returns the open command of an action.
func (h *host) running(a ha.Action) (ha.Command, bool) {
	i := slices.IndexFunc(h.open, func(c ha.Command) bool { return c.Action == a })
	if i < 0 {
		return ha.Command{}, false
	}
	return h.open[i], true
}

// end ends the open command of an action, which must be there.
func (h *host) end(a ha.Action, r ha.Result) {
	h.t.Helper()
	c, ok := h.running(a)
	if !ok {
		h.t.Fatalf("%v is not under way at %v; state %v, because %q, with %v", a, h.now, h.m.State(), h.m.Reason(), h.open)
	}
	h.open = slices.DeleteFunc(h.open, func(o ha.Command) bool { return o.ID == c.ID })
	r.ID, r.Action = c.ID, a
	h.post(ha.Event{Kind: ha.EventResult, Result: r})
}

// pass lets time pass in ticks, with a peer that answers, or not, and a volume
// that does.
func (h *host) pass(d time.Duration, peer *ha.Report) {
	h.t.Helper()
	for end := h.now.Add(d); h.now < end; {
		next := h.m.Wake()
		if c, ok := h.running(ha.AskPeer); ok && peer == nil {
			next = min(next, c.Deadline)
		}
		h.now = min(end, max(next, h.now.Add(time.Millisecond)))
		h.post(ha.Event{})
		h.questions(peer)
	}
}

func (h *host) questions(peer *ha.Report) {
	for again := true; again; {
		again = false
		for _, a := range []ha.Action{
			ha.AskPeer, ha.Heartbeat, ha.RenewLease, ha.ConfirmLease, ha.WithdrawLease, ha.Observe, ha.TellPeer, ha.Persist,
		} {
			c, ok := h.running(a)
			r := ha.Result{Started: h.now}
			switch {
			case !ok, a == ha.Observe && !ok:
				continue
			case a == ha.AskPeer && peer == nil:
				if h.now < c.Deadline {
					continue
				}
				r.Code, r.Started = ha.Timeout, c.Deadline.Add(-config.AskPeerWithin)
			case a == ha.AskPeer:
				r.Report = *peer
			case a == ha.Observe:
				r.Local = h.m.Status().Snapshot.Local
			}
			h.end(a, r)
			again = true
		}
	}
}

// promoted brings a node from its start to primary beside a standby peer.
func promoted(t *testing.T, record ha.Record) *host {
	t.Helper()
	h := start(t, record, ha.Local{Keepalived: true})
	peer := &ha.Report{Ready: true}
	h.vrrp(ha.VRRPMaster)
	h.questions(peer)
	h.end(ha.Attach, ha.Result{})
	h.end(ha.OpenDevice, ha.Result{})
	h.end(ha.TakeEpoch, ha.Result{Epoch: ha.Epoch{Number: 1, Mark: 1, Node: ha.Self}})
	for _, a := range []ha.Action{ha.Mount, ha.StartPostgres, ha.StartAPI, ha.AssignVIP, ha.AddAddress} {
		h.end(a, ha.Result{})
	}
	h.pass(1100*time.Millisecond, peer)
	h.end(ha.AuditVIP, ha.Result{Yes: true})
	h.end(ha.RaisePriority, ha.Result{})
	h.pass(100*time.Millisecond, peer)
	if h.m.State() != ha.StatePrimary || h.m.Reason() != ha.ReasonServing {
		t.Fatalf("got %v, because %q; want primary, serving; open: %v", h.m.State(), h.m.Reason(), h.open)
	}
	return h
}

func (h *host) want(s ha.State, r ha.Reason) {
	h.t.Helper()
	if h.m.State() != s || h.m.Reason() != r {
		h.t.Fatalf("got %v, because %q\nwant %v, because %q\nopen: %v", h.m.State(), h.m.Reason(), s, r, h.open)
	}
}

func (h *host) wantNo(a ha.Action) {
	h.t.Helper()
	if _, ok := h.running(a); ok {
		h.t.Fatalf("%v is under way; state %v, because %q", a, h.m.State(), h.m.Reason())
	}
}

// evicting lets a standby whose peer is silent try to get its volume, step by
// step, until an action is under way. EC2 shows d, frontends vouch for nobody.
func (h *host) evicting(d ha.Attachment, until ha.Action) {
	h.t.Helper()
	for range 400 {
		if _, ok := h.running(until); ok {
			return
		}
		h.now = max(h.m.Wake(), h.now.Add(time.Millisecond))
		h.post(ha.Event{})
		if until != ha.Persist {
			h.questions(nil)
		}
		for _, r := range []ha.Result{
			{Action: ha.AskFrontends, Started: h.now, Witness: ha.Witness{Asked: 1, Answered: 1}}, {Action: ha.DetachPeer},
			{Action: ha.Describe, Attachment: d}, {Action: ha.Attach, Code: ha.InUse},
		} {
			if _, ok := h.running(r.Action); ok && r.Action != until {
				h.end(r.Action, r)
			}
		}
	}
	h.t.Fatalf("%v is not under way; state %v, because %q", until, h.m.State(), h.m.Reason())
}

// waiting is a standby whose peer has just stopped answering, to VRRP too.
func waiting(t *testing.T, record ha.Record) *host {
	t.Helper()
	h := start(t, record, ha.Local{Keepalived: true})
	h.questions(&ha.Report{State: ha.StatePrimary, Holds: true})
	h.vrrp(ha.VRRPMaster)
	h.pass(1600*time.Millisecond, nil)
	h.want(ha.StatePromoting, ha.ReasonAttaching)
	return h
}
