package ha_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/ha"
)

var config = ha.DefaultConfig()

// at is an instant so many milliseconds into a test's second thousand.
func at(ms int) ha.Instant { return ha.Instant(1000*time.Second + time.Duration(ms)*time.Millisecond) }

// date is EC2's clock when tests happen; attachments are a day old.
const date, yesterday = ha.ServerTime(2_000_000), ha.ServerTime(2_000_000 - 86400)

// change makes a snapshot of a fixture another.
type change func(*ha.Snapshot)

func snapshot(changes ...change) *ha.Snapshot {
	s := &ha.Snapshot{Config: &config, Now: at(0), LocalAt: at(-1000)}
	for _, c := range changes {
		c(s)
	}
	return s
}

// standby is a calm standby of a primary peer.
func standby(s *ha.Snapshot) {
	s.VRRP = ha.VRRPBackup
	s.Local.Keepalived = true
	s.Peer = ha.PeerView{Report: ha.Report{State: ha.StatePrimary, Epoch: 7, Holds: true, Lease: true}, AskedAt: at(-401), AnsweredAt: at(-400)}
}

// primary has served for long, and its peer stands by.
func primary(s *ha.Snapshot) {
	s.VRRP = ha.VRRPMaster
	s.Local = ha.Local{Device: true, Mounted: true, Postgres: ha.Running, API: ha.Running, Address: true, Keepalived: true}
	s.Own = ha.Own{
		Attached: true, AttachedAt: at(-900_000), Opened: true, Epoch: ha.Epoch{Number: 7, Mark: 1, Node: ha.Self}, EpochAt: at(-900_000), RivalAt: at(-900_000),
		Beat: at(-500), HeldAt: at(-500), Lease: at(2500), Valid: at(2300), VIP: true, VIPSeen: true,
	}
	peerIs(ha.Report{State: ha.StateStandby, Ready: true})(s)
}

// promoting has taken the epoch half a second ago and has nothing up.
func promoting(s *ha.Snapshot) {
	primary(s)
	s.Local = ha.Local{Device: true, Keepalived: true}
	s.Own.EpochAt, s.Own.RivalAt, s.Own.Beat = at(-500), at(-500), at(-500)
	s.Own.Lease, s.Own.Valid, s.Own.VIP, s.Own.VIPSeen = 0, 0, false, false
	silent(s)
}

func peerIs(r ha.Report) change {
	return func(s *ha.Snapshot) {
		s.Peer = ha.PeerView{Report: r, AskedAt: at(-401), AnsweredAt: at(-400)}
	}
}

// silent is a peer of which neither agent nor keepalived has been heard.
func silent(s *ha.Snapshot) {
	s.VRRP = ha.VRRPMaster
	s.Peer.SilentSince, s.Peer.SilentUntil = at(-2000), at(-500)
}

// taken says that AttachVolume was refused and that Describe shows the peer; the
// frontends answer and vouch for nobody.
func taken(s *ha.Snapshot) {
	s.EC2 = ha.EC2View{
		InUseAt: at(-900), DescribedAt: at(-800), Described: ha.Attachment{Date: date, To: ha.Peer, AttachedAt: yesterday},
	}
	s.Witness = ha.WitnessView{Witness: ha.Witness{Asked: 2, Answered: 2}, At: at(-600)}
}

func given(ms int) change     { return own(func(o *ha.Own) { o.GivenAt = at(ms) }) }
func detached(ms int) change  { return func(s *ha.Snapshot) { s.EC2.DetachPeerAt = at(ms) } }
func described(ms int) change { return func(s *ha.Snapshot) { s.EC2.DescribedAt = at(ms) } }
func forced(ms int) change    { return func(s *ha.Snapshot) { s.EC2.ForcedAt = at(ms) } }
func watched(since, last int, pending bool) change {
	return func(s *ha.Snapshot) { s.EC2.Watch = ha.Watch{Since: at(since), Last: at(last), Pending: pending} }
}
func vrrp(e ha.VRRPEvent) change {
	return func(s *ha.Snapshot) { s.VRRP = e }
}
func local(f func(*ha.Local)) change   { return func(s *ha.Snapshot) { f(&s.Local) } }
func own(f func(*ha.Own)) change       { return func(s *ha.Snapshot) { f(&s.Own) } }
func orders(f func(*ha.Orders)) change { return func(s *ha.Snapshot) { f(&s.Orders) } }
func record(r ha.Record) change        { return func(s *ha.Snapshot) { s.Record = r } }
func ec2(f func(*ha.EC2View)) change   { return func(s *ha.Snapshot) { f(&s.EC2) } }
func lost(c ha.Code) change            { return func(s *ha.Snapshot) { s.Own.Lost = c } }
func coming(c ha.Coming) change        { return func(s *ha.Snapshot) { s.Coming = c } }
func failing(ms int) change            { return func(s *ha.Snapshot) { s.EC2.FailingAt = at(ms) } }
func checkpointed(s *ha.Snapshot)      { s.Own.Checkpoint = true }
func handingOver(s *ha.Snapshot) {
	s.Orders = ha.Orders{HandOver: at(29_000), Since: at(-1000), Why: ha.ReasonHandOver}
}
func noVIP(s *ha.Snapshot) { s.Own.Lease, s.Own.Valid, s.Local.Address = 0, 0, false }

// found is a node whose agent has just started, with the volume still attached.
func found(s *ha.Snapshot) {
	s.VRRP = ha.VRRPBackup
	s.Local = ha.Local{Device: true, Keepalived: true}
}

// decision is a row of a table test.
type decision struct {
	name   string
	s      *ha.Snapshot
	goal   ha.Goal
	reason ha.Reason
	do     []ha.Action
}

func (d decision) check(t *testing.T) {
	t.Helper()
	before := *d.s
	goal, actions, reason := ha.Decide(d.s)
	if goal != d.goal || reason != d.reason || !slices.Equal(actions, d.do) {
		t.Errorf("%s: got goal %d, %v, because %q\nwant goal %d, %v, because %q", d.name, goal, actions, reason, d.goal, d.do, d.reason)
	}
	if diff := cmp.Diff(before, *d.s); diff != "" {
		t.Errorf("%s: the snapshot changed: %s", d.name, diff)
	}
}

func do(a ...ha.Action) []ha.Action { return a }
