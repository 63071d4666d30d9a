package ha_test

import (
	"testing"
	"time"

	"tournant/internal/ha"
)

// What the simulation found in this package, each with the history that showed it
// made short.

// An evicted node took the volume back between its peer's force and the peer's
// AttachVolume.
func TestEvictedNodeLeavesTheVolumeToThePeer(t *testing.T) {
	h := promoted(t, ha.Record{})
	h.pass(time.Second, nil)
	h.now = h.now.Add(900 * time.Millisecond)
	h.post(ha.Event{})
	h.end(ha.Heartbeat, ha.Result{Code: ha.IOError, Started: h.now})
	h.want(ha.StateFenced, ha.ReasonLostIO)
	for _, a := range []ha.Action{ha.WithdrawLease, ha.RemoveAddress, ha.KillAPI, ha.KillPostgres, ha.UnmountLazily} {
		h.end(a, ha.Result{})
	}
	h.want(ha.StateStandby, ha.ReasonAvoiding)
	h.end(ha.Detach, ha.Result{Code: ha.NotAttached})
	h.want(ha.StateStandby, ha.ReasonTaken)
	h.pass(8*time.Second, nil)
	h.wantNo(ha.Attach)
}

// A force was sent before it was written down, and a crash between the two made
// the next one early.
func TestForceIsWrittenDownFirst(t *testing.T) {
	h := waiting(t, ha.Record{})
	h.evicting(ha.Attachment{Date: date, To: ha.Peer, AttachedAt: yesterday}, ha.Persist)
	h.want(ha.StatePromoting, ha.ReasonForcing)
	if c, _ := h.running(ha.Persist); c.Record.Forces != 1 || c.Record.ForcedAt < date {
		t.Fatalf("got record %+v, want one force at %v or later", c.Record, date)
	}
	h.wantNo(ha.ForceDetachPeer)
	h.end(ha.Persist, ha.Result{Code: ha.Failed}) // a full disk does not stop it
	if _, ok := h.running(ha.ForceDetachPeer); !ok {
		t.Fatalf("no force is under way: %v, because %q", h.m.State(), h.m.Reason())
	}
}

// A peer that came back within the second that a plain detach is given had a new
// attachment, and the force hit that.
func TestForceIsOfTheAttachmentThatWasDetached(t *testing.T) {
	h := waiting(t, ha.Record{})
	h.evicting(ha.Attachment{Date: date, To: ha.Peer, AttachedAt: yesterday}, ha.DetachPeer)
	h.end(ha.DetachPeer, ha.Result{})
	h.evicting(ha.Attachment{Date: date + 1, To: ha.Peer, AttachedAt: yesterday}, ha.Describe)
	h.end(ha.Describe, ha.Result{Attachment: ha.Attachment{Date: date + 1, To: ha.Peer, AttachedAt: date}})
	h.want(ha.StateStandby, ha.ReasonYoung)
}

// A force that was repeated, because EC2 was slow, counted as the first of a new
// duel.
func TestRepeatedForceCountsOnce(t *testing.T) {
	h := waiting(t, ha.Record{ForcedAt: date - 700, Took: true, Forces: 1})
	held := ha.Attachment{Date: date, To: ha.Peer, AttachedAt: yesterday}
	h.evicting(held, ha.ForceDetachPeer)
	h.end(ha.ForceDetachPeer, ha.Result{})
	first := h.m.Status().Snapshot.Record
	h.evicting(held, ha.ForceDetachPeer)
	if again := h.m.Status().Snapshot.Record; first.Forces != 2 || again != first {
		t.Fatalf("got %+v after %+v, want the second force twice", again, first)
	}
}

// A Describe went back in time, which made a duel's new hold an old one.
func TestOlderDescribeIsNotBelieved(t *testing.T) {
	h := waiting(t, ha.Record{})
	h.evicting(ha.Attachment{}, ha.Describe)
	h.end(ha.Describe, ha.Result{Attachment: ha.Attachment{Date: date, To: ha.Peer, AttachedAt: date - 5}})
	old := ha.Attachment{Date: date + 10, To: ha.Peer, AttachedAt: yesterday}
	h.evicting(old, ha.Describe)
	h.end(ha.Describe, ha.Result{Attachment: old})
	h.evicting(old, ha.AskFrontends)
	h.wantNo(ha.DetachPeer)
	if d := h.m.Status().Snapshot.EC2.Described; d.AttachedAt != date-5 {
		t.Fatalf("got an attachment of %v, want that of %v", d.AttachedAt, date-5)
	}
}

// A Describe that went back in time hid that the peer's stopped instance ran
// again: that it is stopped is for the last answer to say.
func TestAPeerIsDownByTheLastAnswerAlone(t *testing.T) {
	h := waiting(t, ha.Record{})
	h.evicting(ha.Attachment{}, ha.Describe)
	h.end(ha.Describe, ha.Result{Attachment: ha.Attachment{Date: date, To: ha.Peer, AttachedAt: date - 5, PeerDown: true}})
	old := ha.Attachment{Date: date + 10, To: ha.Peer, AttachedAt: yesterday}
	h.evicting(old, ha.DetachPeer)
	h.end(ha.DetachPeer, ha.Result{Code: ha.Throttled})
	h.pass(30*time.Second, nil)
	h.evicting(old, ha.Describe)
	h.end(ha.Describe, ha.Result{Attachment: old})
	if h.m.Status().Snapshot.EC2.Described.PeerDown {
		t.Fatal("the peer's instance is still taken for stopped")
	}
}

// A node that an operator stopped between its force and AttachVolume came back to
// a peer that had taken the volume back, and to an answer of Describe from before:
// it forced again.
func TestStaleDescribeHidesNoDuel(t *testing.T) {
	h := waiting(t, ha.Record{})
	held := ha.Attachment{Date: date, To: ha.Peer, AttachedAt: yesterday}
	h.evicting(held, ha.ForceDetachPeer)
	h.end(ha.ForceDetachPeer, ha.Result{})
	h.want(ha.StatePromoting, ha.ReasonForced)
	h.post(ha.Event{Kind: ha.EventRequest, Request: ha.RequestStopKeepalived})
	h.end(ha.StopKeepalived, ha.Result{})
	h.pass(10*time.Second, nil)
	h.post(ha.Event{Kind: ha.EventRequest, Request: ha.RequestStartKeepalived})
	h.end(ha.StartKeepalived, ha.Result{})
	h.open = nil // what was asked before
	h.vrrp(ha.VRRPMaster)
	held.Date += 12
	h.evicting(held, ha.Describe)
	h.end(ha.Describe, ha.Result{Attachment: held})
	h.evicting(held, ha.AskFrontends)
	h.end(ha.AskFrontends, ha.Result{Started: h.now, Witness: ha.Witness{Asked: 1, Answered: 1}})
	h.want(ha.StateStandby, ha.ReasonNewHold)

	// What EC2 has shown for a minute, and AttachVolume has said since, is so.
	doubted := h.now
	h.evicting(held, ha.DetachPeer)
	if doubt := h.now.Sub(doubted); doubt < config.Stale-5*time.Second || doubt > config.Stale+15*time.Second {
		t.Fatalf("evicts after %v of doubt, want about %v", doubt, config.Stale)
	}
}

// A peer that had been rebooted took the volume back between two tries of
// AttachVolume here, and an old answer of Describe let the force be repeated.
func TestForceThatEC2TookIsNotRepeated(t *testing.T) {
	for code, after := range map[ha.Code]time.Duration{ha.OK: config.Stale, ha.Timeout: config.Stale, ha.Throttled: 2 * config.DetachUnsure} {
		h := waiting(t, ha.Record{})
		held := ha.Attachment{Date: date, To: ha.Peer, AttachedAt: yesterday}
		h.evicting(held, ha.ForceDetachPeer)
		first := h.now
		h.end(ha.ForceDetachPeer, ha.Result{Code: code})
		h.evicting(held, ha.ForceDetachPeer)
		if d := h.now.Sub(first); d < after || d > after+15*time.Second {
			t.Errorf("a force that ended with %d is repeated after %v, want %v", code, d, after)
		}
	}
}

// A start of PostgreSQL that was under way ended on a volume that a hand-over had
// unmounted.
func TestReleaseEndsAStartUnderWay(t *testing.T) {
	h := promoted(t, ha.Record{})
	h.post(ha.Event{Kind: ha.EventService, Service: ha.StartPostgres})
	h.end(ha.StopPostgres, ha.Result{})
	h.want(ha.StatePromoting, ha.ReasonPostgresStarting)
	h.vrrp(ha.VRRPStop)
	h.end(ha.WithdrawLease, ha.Result{})
	h.end(ha.RemoveAddress, ha.Result{})
	h.end(ha.StopAPI, ha.Result{})
	h.wantNo(ha.Unmount)
	h.end(ha.KillPostgres, ha.Result{})
	h.wantNo(ha.Unmount)
	h.end(ha.StartPostgres, ha.Result{Code: ha.Failed})
	h.pass(100*time.Millisecond, &ha.Report{Ready: true})
	h.end(ha.StopPostgres, ha.Result{})
	h.end(ha.Unmount, ha.Result{})
	h.end(ha.Detach, ha.Result{})
	h.want(ha.StateStandby, ha.ReasonStopped)
}

// The agent looked at its host without end.
func TestHostIsObservedInMeasure(t *testing.T) {
	h := promoted(t, ha.Record{})
	looks := 0
	for range 100 {
		h.now = max(h.m.Wake(), h.now.Add(time.Millisecond))
		h.post(ha.Event{})
		if _, ok := h.running(ha.Observe); ok {
			looks++
		}
		h.questions(&ha.Report{Ready: true})
	}
	if looks > 8 {
		t.Errorf("looked %d times in %v", looks, h.now.Sub(at(0)))
	}
}

// A renewal that took too long is not confirmed, and a clock that jumped ends the
// lease and the priority before anything else.
func TestLateRenewalIsWithdrawn(t *testing.T) {
	h := promoted(t, ha.Record{})
	for {
		h.now = max(h.m.Wake(), h.now.Add(time.Millisecond))
		h.post(ha.Event{})
		if _, ok := h.running(ha.Heartbeat); ok {
			break
		}
		h.questions(&ha.Report{Ready: true})
	}
	h.end(ha.Heartbeat, ha.Result{Started: h.now})
	if c, _ := h.running(ha.RenewLease); c.Until != h.now.Add(config.Lease-config.LeaseSlack) {
		t.Fatalf("got a renewal until %v at %v", c.Until, h.now)
	}
	h.now = h.now.Add(config.LeaseSlack + time.Millisecond)
	h.end(ha.RenewLease, ha.Result{})
	h.wantNo(ha.ConfirmLease)
	h.end(ha.WithdrawLease, ha.Result{})

	h.pass(2*time.Second, &ha.Report{Ready: true})
	h.open = nil
	h.now = h.now.Add(10 * time.Second)
	h.post(ha.Event{})
	if len(h.open) < 2 || h.open[0].Action != ha.LowerPriority || h.open[1].Action != ha.WithdrawLease {
		t.Fatalf("after a jump of the clock it does %v", h.open)
	}
}

// One question that was lost is no silence, nor are those that a node asked
// before it slept.
func TestSilenceTakesTwoQuestions(t *testing.T) {
	h := start(t, ha.Record{}, ha.Local{Keepalived: true})
	h.questions(&ha.Report{State: ha.StatePrimary, Holds: true})
	h.vrrp(ha.VRRPMaster)
	for {
		h.now = max(h.m.Wake(), h.now.Add(time.Millisecond))
		h.post(ha.Event{})
		if _, ok := h.running(ha.AskPeer); ok {
			break
		}
	}
	h.now = h.now.Add(5 * time.Second)
	h.end(ha.AskPeer, ha.Result{Code: ha.Timeout, Started: h.now.Add(-5 * time.Second)})
	h.want(ha.StateStandby, ha.ReasonConfirming)
	h.pass(600*time.Millisecond, nil)
	h.want(ha.StateStandby, ha.ReasonConfirming)
	h.pass(600*time.Millisecond, nil)
	h.want(ha.StatePromoting, ha.ReasonAttaching)
}

// A peer that yielded, fell silent and came back was not given its time.
func TestYieldingCountsAnewAfterSilence(t *testing.T) {
	h := start(t, ha.Record{}, ha.Local{Keepalived: true})
	h.vrrp(ha.VRRPBackup)
	yields := &ha.Report{State: ha.StateFenced, Holds: true, Yields: true}
	h.questions(yields)
	h.pass(time.Second, nil)
	h.pass(10*time.Second, nil)
	h.pass(time.Second, yields)
	if at := h.m.Status().Snapshot.Peer.YieldsAt; h.now.Sub(at) > time.Second {
		t.Fatalf("the peer counts as yielding since %v at %v", at, h.now)
	}
}

// A peer that had yielded for long when it heard that the volume is its own had no
// time to give that back.
func TestYieldingCountsAnewOnceThePeerHolds(t *testing.T) {
	h := start(t, ha.Record{}, ha.Local{Keepalived: true})
	h.vrrp(ha.VRRPBackup)
	h.questions(&ha.Report{Yields: true})
	h.pass(10*time.Second, &ha.Report{Yields: true})
	began := h.now
	h.pass(3*time.Second, &ha.Report{Yields: true, Holds: true})
	at := h.m.Status().Snapshot.Peer.YieldsAt
	if since := at.Sub(began); since < 0 || since > 2*time.Second {
		t.Fatalf("the peer counts as yielding since %v after it heard, want at most 2s", since)
	}
}

// A node whose volume was taken while it could not reach EC2 went on saying that
// it held it, and its peer gave back what it had.
func TestLostVolumeIsNotClaimed(t *testing.T) {
	h := promoted(t, ha.Record{})
	h.now = h.now.Add(900 * time.Millisecond)
	h.post(ha.Event{})
	h.end(ha.Heartbeat, ha.Result{Code: ha.IOError, Started: h.now})
	for _, a := range []ha.Action{ha.WithdrawLease, ha.RemoveAddress, ha.KillAPI, ha.KillPostgres, ha.UnmountLazily} {
		h.end(a, ha.Result{})
	}
	h.end(ha.Detach, ha.Result{Code: ha.Unreachable})
	h.end(ha.Observe, ha.Result{Local: ha.Local{Keepalived: true}})
	if r := h.m.Report(); r.Holds || !r.Yields {
		t.Fatalf("got %+v, want one that holds nothing and yields", r)
	}
}

// A stop of keepalived that failed is tried again.
func TestStopOfKeepalivedIsCarriedThrough(t *testing.T) {
	h := start(t, ha.Record{}, ha.Local{Keepalived: true})
	h.post(ha.Event{Kind: ha.EventRequest, Request: ha.RequestStopKeepalived})
	h.end(ha.StopKeepalived, ha.Result{Code: ha.Failed})
	h.pass(time.Second, nil)
	h.end(ha.StopKeepalived, ha.Result{})
	h.pass(2*time.Second, nil)
	h.wantNo(ha.StopKeepalived)
	h.post(ha.Event{Kind: ha.EventRequest, Request: ha.RequestStartKeepalived})
	h.end(ha.StartKeepalived, ha.Result{})
	h.vrrp(ha.VRRPBackup)
	if h.m.Reason() == ha.ReasonStopped {
		t.Fatal("it still counts as stopped")
	}
}

// Nobody put the fence back when nftables were flushed while there was no lease:
// beside a primary, and on one whose volume had stopped answering.
func TestFenceIsKeptWithoutALease(t *testing.T) {
	fenced := func(h *host, peer *ha.Report, what string) {
		t.Helper()
		n := 0
		for end := h.now.Add(6 * time.Second); h.now < end; {
			h.now = max(h.m.Wake(), h.now.Add(time.Millisecond))
			h.post(ha.Event{})
			if _, ok := h.running(ha.WithdrawLease); ok {
				n++
				h.end(ha.WithdrawLease, ha.Result{})
			}
			for _, a := range []ha.Action{ha.AskPeer, ha.Observe} {
				if _, ok := h.running(a); ok {
					h.end(a, ha.Result{Started: h.now, Report: *peer, Local: h.m.Status().Snapshot.Local})
				}
			}
		}
		if n < 2 || n > 7 {
			t.Errorf("%s: the fence is put back %d times in six seconds", what, n)
		}
	}
	h := start(t, ha.Record{}, ha.Local{Keepalived: true})
	h.vrrp(ha.VRRPBackup)
	serves := &ha.Report{State: ha.StatePrimary, Holds: true, Lease: true}
	h.questions(serves)
	fenced(h, serves, "a standby")

	stands := &ha.Report{Ready: true}
	h = promoted(t, ha.Record{})
	for { // the last beat that is answered
		h.now = max(h.m.Wake(), h.now.Add(time.Millisecond))
		h.post(ha.Event{})
		if _, ok := h.running(ha.Heartbeat); ok {
			break
		}
		h.questions(stands)
	}
	h.now = h.now.Add(200 * time.Millisecond)
	h.post(ha.Event{})
	for h.m.Reason() != ha.ReasonLapsed {
		h.now = max(h.m.Wake(), h.now.Add(time.Millisecond))
		h.post(ha.Event{})
		if _, ok := h.running(ha.AskPeer); ok {
			h.end(ha.AskPeer, ha.Result{Started: h.now, Report: *stands})
		}
	}
	fenced(h, stands, "a primary whose volume does not answer")
	h.want(ha.StatePrimary, ha.ReasonLapsed)
	h.end(ha.Heartbeat, ha.Result{Started: h.now})
	h.questions(stands)
	h.want(ha.StatePrimary, ha.ReasonServing)
}

// A primary whose renewal came too late called itself promoting for a second.
func TestWithdrawnRenewalLeavesThePrimaryOne(t *testing.T) {
	stands := &ha.Report{Ready: true}
	h := promoted(t, ha.Record{})
	for {
		h.now = max(h.m.Wake(), h.now.Add(time.Millisecond))
		h.post(ha.Event{})
		if _, ok := h.running(ha.Heartbeat); ok {
			break
		}
		h.questions(stands)
	}
	h.end(ha.Heartbeat, ha.Result{Started: h.now})
	h.now = h.now.Add(config.LeaseSlack + time.Millisecond)
	h.end(ha.RenewLease, ha.Result{})
	h.end(ha.WithdrawLease, ha.Result{})
	h.want(ha.StatePrimary, ha.ReasonLapsed)
	if r := h.m.Report(); r.State != ha.StatePrimary || r.Lease {
		t.Errorf("the peer is told %+v", r)
	}
	h.pass(1100*time.Millisecond, stands)
	h.want(ha.StatePrimary, ha.ReasonServing)
}

// A new primary that served on its peer's word stopped when the peer fell silent
// within the time of the old lease.
func TestPeersWordOutlastsItsSilence(t *testing.T) {
	h := promoted(t, ha.Record{})
	h.pass(1500*time.Millisecond, nil)
	h.want(ha.StatePrimary, ha.ReasonServing)
	h.pass(3*time.Second, nil)
	h.want(ha.StatePrimary, ha.ReasonServing)
}

// Two questions without an answer are a second's silence, and not just short of
// it.
func TestSilenceIsConfirmedByTwoQuestions(t *testing.T) {
	h := start(t, ha.Record{}, ha.Local{Keepalived: true})
	h.questions(&ha.Report{State: ha.StatePrimary, Holds: true})
	h.now = h.now.Add(100 * time.Millisecond)
	h.vrrp(ha.VRRPMaster)
	for range 2 {
		c, ok := h.running(ha.AskPeer)
		if !ok {
			t.Fatalf("the peer is not asked; %v", h.open)
		}
		h.now = c.Deadline.Add(-50 * time.Millisecond) // an executor gives up a little early
		h.end(ha.AskPeer, ha.Result{Code: ha.Unreachable, Started: h.now})
	}
	h.want(ha.StatePromoting, ha.ReasonAttaching)
}

// A device that had not come, and a volume that was being detached, were looked
// for ever more seldom, which cost seconds once they were there.
func TestWhatIsUnderWayIsAwaitedBriskly(t *testing.T) {
	until := func(h *host, a ha.Action, d ha.Attachment) {
		t.Helper()
		for range 4000 {
			if _, ok := h.running(a); ok {
				return
			}
			h.now = h.now.Add(10 * time.Millisecond)
			h.post(ha.Event{})
			h.questions(nil)
			for _, r := range []ha.Result{
				{Action: ha.AskFrontends, Started: h.now, Witness: ha.Witness{Asked: 1, Answered: 1}},
				{Action: ha.Describe, Attachment: d}, {Action: ha.DetachPeer}, {Action: ha.ForceDetachPeer},
			} {
				if _, ok := h.running(r.Action); ok {
					h.end(r.Action, r)
				}
			}
		}
		t.Fatalf("%v is not under way; state %v, because %q", a, h.m.State(), h.m.Reason())
	}
	briskly := func(h *host, a ha.Action, c ha.Code, d ha.Attachment, want bool) {
		t.Helper()
		most := time.Duration(0)
		for range 8 {
			began := h.now
			until(h, a, d)
			most = max(most, h.now.Sub(began))
			h.end(a, ha.Result{Code: c})
		}
		if got := most <= config.AwaitEvery+20*time.Millisecond; got != want {
			t.Errorf("%v is tried every %v at most, briskly: %v, want %v", a, most, got, want)
		}
	}
	h := waiting(t, ha.Record{})
	held := ha.Attachment{Date: date, To: ha.Peer, AttachedAt: yesterday}
	h.evicting(held, ha.ForceDetachPeer)
	h.end(ha.ForceDetachPeer, ha.Result{})
	briskly(h, ha.Attach, ha.InUse, held, true)
	until(h, ha.Attach, held)
	h.end(ha.Attach, ha.Result{})
	briskly(h, ha.OpenDevice, ha.NoDevice, ha.Attachment{Date: date + 9, To: ha.Self, AttachedAt: date + 8}, true)

	h = waiting(t, ha.Record{}) // a hold that is young may last: EC2 is not pestered
	briskly(h, ha.Attach, ha.InUse, ha.Attachment{Date: date, To: ha.Peer, AttachedAt: date - 1}, false)
}

// An API that does not start held back the VIP, and with it frontends that need
// PostgreSQL alone.
func TestAPIThatDoesNotStartHoldsNothingBack(t *testing.T) {
	h, peer := promoted(t, ha.Record{}), &ha.Report{Ready: true}
	h.pass(time.Second, peer)
	h.post(ha.Event{Kind: ha.EventService, Service: ha.StartAPI})
	h.want(ha.StatePromoting, ha.ReasonAPIUnclear)
	h.end(ha.KillAPI, ha.Result{})
	h.want(ha.StatePromoting, ha.ReasonAPIStarting)
	h.end(ha.StartAPI, ha.Result{Code: ha.Failed})
	h.pass(time.Second, peer)
	h.end(ha.KillAPI, ha.Result{})
	h.want(ha.StatePrimary, ha.ReasonAPIFails)
	h.pass(10*time.Second, peer)
	h.end(ha.StartAPI, ha.Result{})
	h.want(ha.StatePrimary, ha.ReasonServing)
	h.post(ha.Event{Kind: ha.EventService, Service: ha.StartAPI})
	h.end(ha.KillAPI, ha.Result{})
	h.want(ha.StatePromoting, ha.ReasonAPIStarting) // it may start, as ever
}

// A volume whose epoch block is of a later release, or that was never prepared, or
// is divided otherwise than it should be, was kept by the node that could not use
// it, and its peer, which could, waited for ever.
func TestVolumeThatIsNotAsItShouldBeIsGivenBack(t *testing.T) {
	for _, failing := range []ha.Action{ha.TakeEpoch, ha.Mount} {
		h := start(t, ha.Record{}, ha.Local{Keepalived: true})
		h.vrrp(ha.VRRPMaster)
		h.questions(&ha.Report{Ready: true})
		h.end(ha.Attach, ha.Result{})
		h.end(ha.OpenDevice, ha.Result{})
		if failing == ha.Mount {
			h.end(ha.TakeEpoch, ha.Result{Epoch: ha.Epoch{Number: 1, Mark: 1, Node: ha.Self}})
		}
		h.end(failing, ha.Result{Code: ha.Misconfigured, Text: "it is not as it should be"})
		h.want(ha.StateStandby, ha.ReasonAvoiding)
		if r := h.m.Report(); !r.Yields {
			t.Errorf("%v failed, and the peer is told %+v, want that it may have the volume", failing, r)
		}
		if _, ok := h.running(ha.Detach); !ok {
			t.Errorf("%v failed, and the volume is kept: %v", failing, h.open)
		}
		if trouble := h.m.Status().Troubles; len(trouble) != 1 || trouble[0].Action != failing {
			t.Errorf("people are told of %v, want of %v", trouble, failing)
		}
	}
}
