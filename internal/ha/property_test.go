package ha_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tournant/internal/ha"
)

// anySnapshot draws what a node may know, sane or not.
func anySnapshot(t *rapid.T) *ha.Snapshot {
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	instant := func(name string) ha.Instant {
		return rapid.OneOf(
			rapid.Just(ha.Instant(0)),
			rapid.Map(rapid.IntRange(-12_000, 12_000), at),
			rapid.Map(rapid.IntRange(-200_000, 40_000), at),
		).Draw(t, name)
	}
	server := func(name string) ha.ServerTime {
		return rapid.SampledFrom([]ha.ServerTime{0, yesterday, date - 700, date - 61, date - 10, date}).Draw(t, name)
	}
	service := func(name string) ha.Service { return ha.Service(rapid.IntRange(0, 2).Draw(t, name)) }
	s := snapshot()
	s.LocalAt = instant("LocalAt")
	s.Local = ha.Local{
		Device: flag("Device"), Mounted: flag("Mounted"), Postgres: service("Postgres"), API: service("API"), Address: flag("Address"),
		DataFull: flag("DataFull"), RootFull: flag("RootFull"),
	}
	s.Coming = ha.Coming{Mount: flag("Mount"), Postgres: flag("StartPostgres"), API: flag("StartAPI"), Address: flag("AddAddress")}
	s.Own = ha.Own{
		Attached: flag("Attached"), AttachedAt: instant("AttachedAt"), Opened: flag("Opened"),
		Epoch: ha.Epoch{Number: rapid.Uint64Range(0, 2).Draw(t, "Epoch")}, EpochAt: instant("EpochAt"), RivalAt: instant("RivalAt"), Beat: instant("Beat"), HeldAt: instant("HeldAt"),
		Lost:  rapid.SampledFrom([]ha.Code{ha.OK, ha.OK, ha.OK, ha.IOError, ha.ForeignEpoch, ha.Timeout, ha.Damaged}).Draw(t, "Lost"),
		Avoid: instant("Avoid"), DetachAt: instant("DetachAt"), Lease: instant("Lease"), Valid: instant("Valid"), VIP: flag("VIP"), VIPSeen: flag("VIPSeen"),
		Checkpoint: flag("Checkpoint"), KillTried: flag("KillTried"), APIFailed: flag("APIFailed"), Deaths: rapid.IntRange(0, 4).Draw(t, "Deaths"),
	}
	s.VRRP, s.HeardAt = ha.VRRPEvent(rapid.IntRange(0, 5).Draw(t, "VRRP")), instant("HeardAt")
	s.EC2 = ha.EC2View{
		FailingAt: instant("FailingAt"), InUseAt: instant("InUseAt"), DescribedAt: instant("DescribedAt"), DetachPeerAt: instant("DetachPeerAt"),
		ForcedAt: instant("ForcedAt"), Watch: ha.Watch{Since: instant("WatchSince"), Last: instant("WatchLast"), Pending: flag("WatchPending")}, Described: ha.Attachment{
			Date: date, To: ha.Node(rapid.IntRange(0, 3).Draw(t, "To")), AttachedAt: server("AttachTime"), PeerDown: flag("PeerDown"),
		},
	}
	s.Peer = ha.PeerView{
		Report: ha.Report{
			State: ha.State(rapid.IntRange(0, 4).Draw(t, "State")), Holds: flag("Holds"), Lease: flag("PeerLease"), Yields: flag("Yields"), Ready: flag("Ready"),
		},
		AskedAt: instant("AskedAt"), AnsweredAt: instant("AnsweredAt"), SilentSince: instant("SilentSince"), SilentUntil: instant("SilentUntil"),
		YieldsAt: instant("YieldsAt"), Patience: instant("Patience"),
	}
	s.Witness = ha.WitnessView{
		Witness: ha.Witness{Asked: 2, Answered: rapid.IntRange(0, 2).Draw(t, "Answered"), Vouched: flag("Vouched"), ProofAt: instant("ProofAt")},
		At:      instant("WitnessAt"),
	}
	s.Record = ha.Record{Maintenance: flag("Maintenance"), Held: flag("Held"), ForcedAt: server("LastForce"), Took: flag("Took"), Forces: 1}
	s.Orders = ha.Orders{
		HandOver: instant("HandOver"), Since: instant("Since"), Why: ha.ReasonHandOver, TakeOver: instant("TakeOver"), Overrule: flag("Overrule"),
	}
	return s
}

// decides is what must hold whatever a node knows.
func decides(t *rapid.T) {
	s := anySnapshot(t)
	before := *s
	goal, actions, reason := ha.Decide(s)
	if *s != before {
		t.Fatal("Decide changed the snapshot")
	}
	if goal > ha.Fenced || reason == ha.ReasonNone || !slices.Contains(ha.Reasons(), reason) {
		t.Fatalf("goal %d, reason %d", goal, reason)
	}
	later := *s
	later.EC2.Described.Date += 1 << 30
	later.EC2.Described.AttachedAt += 1 << 30
	if later.Record.ForcedAt != 0 {
		later.Record.ForcedAt += 1 << 30
	}
	if g, a, r := ha.Decide(&later); g != goal || r != reason || !slices.Equal(a, actions) {
		t.Fatalf("another date makes it %v because %q, not %v because %q", a, r, actions, reason)
	}
	for _, a := range actions {
		evictsOnlyTheDead(t, s, a)
		keepsTheOrder(t, s, a)
	}
}

// evictsOnlyTheDead: nothing is detached from a peer for which anything speaks.
func evictsOnlyTheDead(t *rapid.T, s *ha.Snapshot, a ha.Action) {
	if a != ha.DetachPeer && a != ha.ForceDetachPeer {
		return
	}
	answers := s.Peer.SilentSince == 0
	if a == ha.ForceDetachPeer && (s.EC2.DetachPeerAt == 0 || s.Now.Sub(s.EC2.DetachPeerAt) < config.DetachSure) {
		t.Fatal("a force before a plain detach had its time")
	}
	if answers {
		if s.Peer.YieldsAt == 0 || s.Now.Sub(s.Peer.YieldsAt) < config.DetachUnsure {
			t.Fatal("the peer answers and did not agree")
		}
		return
	}
	overruled := s.Now < s.Orders.TakeOver && s.Orders.Overrule
	if s.Witness.Vouched && s.Now.Sub(s.Witness.ProofAt) <= config.VouchAge {
		t.Fatal("a frontend vouches for the peer")
	}
	if s.VRRP != ha.VRRPMaster && !overruled {
		t.Fatal("VRRP does not say that the peer is gone")
	}
	if s.Peer.SilentUntil.Sub(s.Peer.SilentSince) < config.Confirm {
		t.Fatal("the peer's silence is not confirmed")
	}
	w, forcedFor := &s.EC2.Watch, s.Now.Sub(s.EC2.DescribedAt)+date.Sub(s.Record.ForcedAt)
	known := w.Since != 0 && s.Now.Sub(w.Last) <= 2*config.RetryMax && (w.Pending || s.EC2.DescribedAt.Sub(w.Since) >= config.Stale)
	if s.Record.ForcedAt != 0 && forcedFor < config.HoldDown-time.Second && !overruled && (s.Record.Took || !known) && (a == ha.ForceDetachPeer || !s.EC2.Described.PeerDown) {
		t.Fatalf("the peer may have taken the volume back after the force %v ago", forcedFor)
	}
	age := s.Now.Sub(s.EC2.DescribedAt) + date.Sub(s.EC2.Described.AttachedAt)
	if age <= config.Young-time.Second && !overruled && (a == ha.ForceDetachPeer || !s.EC2.Described.PeerDown) {
		t.Fatalf("the peer has had the volume for %v", age)
	}
}

// keepsTheOrder: each step up stands on the one before.
func keepsTheOrder(t *rapid.T, s *ha.Snapshot, a ha.Action) {
	owner := s.Own.Epoch.Number != 0 && s.Own.Lost == ha.OK
	up := s.Local.Mounted && s.Local.Postgres == ha.Running
	switch a {
	case ha.TakeEpoch:
		if !s.Own.Opened {
			t.Fatal("an epoch without a device whose serial was seen")
		}
	case ha.Mount:
		if !owner {
			t.Fatal("a mount without the epoch")
		}
	case ha.StartPostgres:
		if !owner || !s.Local.Mounted {
			t.Fatal("PostgreSQL without the mount")
		}
	case ha.StartAPI:
		if !owner || !up {
			t.Fatal("the API without PostgreSQL")
		}
	case ha.AssignVIP, ha.AddAddress:
		if !owner || !up || s.Local.API != ha.Running && (s.Local.API == ha.Unclear || !s.Own.APIFailed) {
			t.Fatal("the VIP before the services")
		}
	case ha.Detach, ha.ForceDetach:
		if s.Local.Mounted || s.Local.Postgres != ha.Stopped {
			t.Fatal("the volume is given back while something uses it")
		}
	}
}

func TestProperties(t *testing.T) { rapid.Check(t, decides) }

func FuzzDecide(f *testing.F) { f.Fuzz(rapid.MakeFuzz(decides)) }
