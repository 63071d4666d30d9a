package ha_test

import (
	"testing"

	"tournant/internal/ha"
)

// row is a row of the fault table, with the decisions that meet it.
type row struct {
	fault     string
	decisions []decision
}

// TestFaults goes through the fault table row by row.
func TestFaults(t *testing.T) {
	for _, r := range [][]row{faultsOfHosts(), faultsOfNetworks(), faultsOfVolumes(), faultsOfTheRest()} {
		for _, r := range r {
			t.Run(r.fault, func(t *testing.T) {
				for _, d := range r.decisions {
					d.check(t)
				}
			})
		}
	}
}

func faultsOfHosts() []row {
	return []row{
		{"01 operator stops keepalived, or fails over", []decision{
			{"first a checkpoint", snapshot(primary, vrrp(ha.VRRPStop)), ha.Standby, ha.ReasonStopped, do(ha.Checkpoint)},
			{"then the VIP", snapshot(primary, vrrp(ha.VRRPStop), checkpointed), ha.Standby, ha.ReasonStopped, do(ha.WithdrawLease, ha.RemoveAddress)},
			{"then the API", snapshot(primary, handingOver, checkpointed, noVIP), ha.Standby, ha.ReasonHandOver, do(ha.StopAPI)},
			{"then PostgreSQL", snapshot(primary, handingOver, checkpointed, noVIP, local(func(l *ha.Local) { l.API = ha.Stopped })),
				ha.Standby, ha.ReasonHandOver, do(ha.StopPostgres)},
			{"by force if it would not", snapshot(primary, handingOver, checkpointed, noVIP, local(func(l *ha.Local) { l.API = ha.Stopped }),
				own(func(o *ha.Own) { o.KillTried = true })), ha.Standby, ha.ReasonHandOver, do(ha.KillPostgres)},
			{"then the mount", snapshot(primary, handingOver, checkpointed, noVIP,
				local(func(l *ha.Local) { l.API, l.Postgres = ha.Stopped, ha.Stopped })), ha.Standby, ha.ReasonHandOver, do(ha.Unmount)},
			{"all at once when it takes too long", snapshot(primary, handingOver, checkpointed, orders(func(o *ha.Orders) { o.Since = at(-20_000) })),
				ha.Standby, ha.ReasonHandOver, do(ha.WithdrawLease, ha.RemoveAddress, ha.KillAPI, ha.KillPostgres, ha.UnmountLazily)},
			{"then the attachment", snapshot(found, handingOver, peerIs(ha.Report{})), ha.Standby, ha.ReasonHandOver, do(ha.Detach)},
			{"and nothing more", snapshot(vrrp(ha.VRRPStop)), ha.Standby, ha.ReasonStopped, nil},
			{"the peer waits", snapshot(standby, vrrp(ha.VRRPMaster), peerIs(ha.Report{State: ha.StateDemoting, Holds: true})),
				ha.Standby, ha.ReasonPeerDemoting, nil},
			{"and takes what is free", snapshot(standby, peerIs(ha.Report{Yields: true})), ha.Primary, ha.ReasonAttaching, do(ha.Attach)},
			{"one that is asked on the standby asks the primary", snapshot(standby, orders(func(o *ha.Orders) { o.TakeOver = at(9000) })),
				ha.Standby, ha.ReasonAskingRelease, do(ha.AskRelease)},
			{"and goes on when it has released", snapshot(standby, peerIs(ha.Report{}), orders(func(o *ha.Orders) { o.TakeOver = at(9000) })),
				ha.Primary, ha.ReasonAttaching, do(ha.Attach)},
			{"what was begun is carried through", snapshot(primary, checkpointed, noVIP, orders(func(o *ha.Orders) { o.Since, o.Why = at(-1000), ha.ReasonStopped })),
				ha.Standby, ha.ReasonStopped, do(ha.StopAPI)},
			{"a start of PostgreSQL under way is ended", snapshot(promoting, handingOver, coming(ha.Coming{Postgres: true})),
				ha.Standby, ha.ReasonHandOver, do(ha.KillPostgres)},
		}},
		{"02 primary stopped, terminated or dead", []decision{
			{"silence is confirmed first", snapshot(standby, silent, func(s *ha.Snapshot) { s.Peer.SilentUntil = at(-1500) }),
				ha.Standby, ha.ReasonConfirming, nil},
			{"then AttachVolume asks", snapshot(standby, silent), ha.Primary, ha.ReasonAttaching, do(ha.Attach)},
			{"then Describe", snapshot(standby, silent, ec2(func(e *ha.EC2View) { e.InUseAt = at(-10) })), ha.Primary, ha.ReasonWhoHasIt, do(ha.Describe)},
			{"then the frontends", snapshot(standby, silent, taken, func(s *ha.Snapshot) { s.Witness.At = 0 }),
				ha.Primary, ha.ReasonAskingFrontends, do(ha.AskFrontends)},
			{"then a plain detach", snapshot(standby, silent, taken), ha.Primary, ha.ReasonDetaching, do(ha.DetachPeer)},
			{"which gets half a second", snapshot(standby, silent, taken, detached(-499)), ha.Primary, ha.ReasonDetaching, do(ha.Attach)},
			{"then EC2 is asked again", snapshot(standby, silent, taken, detached(-900)), ha.Primary, ha.ReasonDetaching, do(ha.Attach, ha.Describe)},
			{"and the second gets full", snapshot(standby, silent, taken, detached(-900), described(-399)), ha.Primary, ha.ReasonDetaching, do(ha.Attach)},
			{"then a force", snapshot(standby, silent, taken, detached(-1000), described(-499)), ha.Primary, ha.ReasonForcing, do(ha.ForceDetachPeer)},
			{"a stopped instance is detached at once", snapshot(standby, silent, taken, ec2(func(e *ha.EC2View) {
				e.Described.PeerDown, e.Described.AttachedAt = true, date-5
			})), ha.Primary, ha.ReasonPeerDown, do(ha.DetachPeer)},
			{"and awaited", snapshot(standby, silent, taken, detached(-900), ec2(func(e *ha.EC2View) {
				e.Described.PeerDown, e.Described.AttachedAt = true, date-5
			})), ha.Primary, ha.ReasonPeerDown, do(ha.Attach)},
			{"but forced only with every guard", snapshot(standby, silent, taken, detached(-5000), ec2(func(e *ha.EC2View) {
				e.Described.PeerDown, e.Described.AttachedAt = true, date-5
			})), ha.Standby, ha.ReasonYoung, do(ha.Attach)},
		}},
		{"03 primary reboots", []decision{
			{"it starts as a standby", snapshot(func(s *ha.Snapshot) { s.LocalAt = 0 }), ha.Standby, ha.ReasonLooking, do(ha.Observe)},
			{"it gives back what the peer took", snapshot(found, peerIs(ha.Report{State: ha.StatePromoting, Holds: true})),
				ha.Standby, ha.ReasonBothHold, do(ha.Detach)},
			{"it takes part again from the first step", snapshot(found, peerIs(ha.Report{})), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice)},
			{"whatever became of the peer", snapshot(found, silent), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice)},
		}},
		{"04 secondary reboots", []decision{
			{"it finds a primary", snapshot(standby), ha.Standby, ha.ReasonPeerPrimary, nil},
			{"and the primary does not mind", snapshot(primary, silent), ha.Primary, ha.ReasonServing, nil},
		}},
		{"05 both boot at once", []decision{
			{"VRRP says who goes first", snapshot(standby, vrrp(ha.VRRPMaster), peerIs(ha.Report{})), ha.Primary, ha.ReasonAttaching, do(ha.Attach)},
			{"and who does not", snapshot(standby, peerIs(ha.Report{})), ha.Standby, ha.ReasonPeerLeads, nil},
			{"for a time", snapshot(standby, peerIs(ha.Report{}), func(s *ha.Snapshot) { s.Peer.Patience = at(-1) }),
				ha.Primary, ha.ReasonAttaching, do(ha.Attach)},
			{"a peer that only tries stops nobody", snapshot(standby, vrrp(ha.VRRPMaster), peerIs(ha.Report{State: ha.StatePromoting})),
				ha.Primary, ha.ReasonAttaching, do(ha.Attach)},
			{"the loser leaves a young hold alone", snapshot(standby, silent, taken, ec2(func(e *ha.EC2View) { e.Described.AttachedAt = date - 59 })),
				ha.Standby, ha.ReasonYoung, do(ha.Attach)},
			{"also if Describe is stale", snapshot(standby, silent, taken, own(func(o *ha.Own) { o.HeldAt = at(-50_000) })),
				ha.Standby, ha.ReasonYoung, do(ha.Attach)},
		}},
		{"06 primary hangs and thaws", []decision{
			{"nothing leaves", snapshot(primary, own(func(o *ha.Own) { o.Beat, o.Valid = at(-4000), at(-1200) })), ha.Primary, ha.ReasonLapsed, nil},
			{"it ends all", snapshot(primary, own(func(o *ha.Own) { o.Beat = at(-10_000) })), ha.Fenced, ha.ReasonDeadman,
				do(ha.WithdrawLease, ha.RemoveAddress, ha.KillAPI, ha.KillPostgres, ha.UnmountLazily)},
			{"another's epoch does, too", snapshot(primary, lost(ha.ForeignEpoch), noVIP, local(func(l *ha.Local) { l.API = ha.Stopped })),
				ha.Fenced, ha.ReasonLostEpoch, do(ha.KillPostgres, ha.UnmountLazily)},
			{"and leaves the peer the right of way", snapshot(found, orders(func(o *ha.Orders) { o.HandOver, o.Why = at(1), ha.ReasonTaken })),
				ha.Standby, ha.ReasonTaken, do(ha.Detach)},
		}},
		{"07 only the agent or keepalived hangs", []decision{
			{"keepalived is heard", snapshot(standby, silent, vrrp(ha.VRRPBackup)), ha.Standby, ha.ReasonVRRPHears, nil},
			{"or was, by a master", snapshot(standby, silent, func(s *ha.Snapshot) { s.HeardAt = at(-2900) }), ha.Standby, ha.ReasonVRRPHears, nil},
			{"the agent answers", snapshot(standby, vrrp(ha.VRRPMaster)), ha.Standby, ha.ReasonPeerPrimary, nil},
			{"keepalived here is no witness", snapshot(standby, silent, vrrp(ha.VRRPCrashed)), ha.Standby, ha.ReasonVRRPUnknown, nil},
			{"a free volume may be asked for in the end", snapshot(standby, silent, vrrp(ha.VRRPBackup),
				func(s *ha.Snapshot) { s.Peer.SilentSince = at(-31_000) }), ha.Standby, ha.ReasonVRRPHears, do(ha.Attach)},
		}},
		{"08 PostgreSQL dies", []decision{
			{"what is left of it is ended", snapshot(primary, local(func(l *ha.Local) { l.Postgres = ha.Unclear })),
				ha.Primary, ha.ReasonPostgresUnclear, do(ha.StopPostgres)},
			{"by force if it would not", snapshot(primary, local(func(l *ha.Local) { l.Postgres = ha.Unclear }), own(func(o *ha.Own) { o.KillTried = true })),
				ha.Primary, ha.ReasonPostgresUnclear, do(ha.KillPostgres)},
			{"it is started here", snapshot(primary, local(func(l *ha.Local) { l.Postgres = ha.Stopped })),
				ha.Primary, ha.ReasonPostgresStarting, do(ha.StartPostgres)},
			{"as is the API", snapshot(primary, local(func(l *ha.Local) { l.API = ha.Unclear })), ha.Primary, ha.ReasonAPIUnclear, do(ha.KillAPI)},
			{"and started", snapshot(primary, local(func(l *ha.Local) { l.API = ha.Stopped })), ha.Primary, ha.ReasonAPIStarting, do(ha.StartAPI)},
			{"without the API, frontends are served", snapshot(primary, local(func(l *ha.Local) { l.API = ha.Stopped }), own(func(o *ha.Own) { o.APIFailed = true })),
				ha.Primary, ha.ReasonAPIFails, do(ha.StartAPI)},
			{"and get the VIP", snapshot(promoting, local(func(l *ha.Local) { l.Mounted, l.Postgres = true, ha.Running }), own(func(o *ha.Own) { o.APIFailed = true })),
				ha.Primary, ha.ReasonVIPAssigning, do(ha.StartAPI, ha.AssignVIP)},
			{"but not past the lease", snapshot(primary, local(func(l *ha.Local) { l.API = ha.Stopped }), own(func(o *ha.Own) { o.APIFailed, o.Valid = true, at(-1) })),
				ha.Primary, ha.ReasonLapsed, do(ha.StartAPI)},
			{"twice", snapshot(primary, own(func(o *ha.Own) { o.Deaths = 2 })), ha.Primary, ha.ReasonServing, nil},
			{"not more often", snapshot(primary, own(func(o *ha.Own) { o.Deaths = 3 })), ha.Standby, ha.ReasonPostgresFails, do(ha.Checkpoint)},
			{"unless the peer is no better", snapshot(primary, own(func(o *ha.Own) { o.Deaths = 3 }), peerIs(ha.Report{})), ha.Primary, ha.ReasonServing, nil},
			{"or an operator is at work", snapshot(primary, own(func(o *ha.Own) { o.Deaths = 3 }), record(ha.Record{Maintenance: true})),
				ha.Primary, ha.ReasonServing, nil},
		}},
	}
}

func faultsOfNetworks() []row {
	vouch := func(ms int) change {
		return func(s *ha.Snapshot) { s.Witness.Vouched, s.Witness.ProofAt = true, at(ms) }
	}
	return []row{
		{"09 partition between the backends", []decision{
			{"a frontend vouches", snapshot(standby, silent, taken, vouch(-3000)), ha.Standby, ha.ReasonVouched, nil},
			{"but not for ever", snapshot(standby, silent, taken, vouch(-3001)), ha.Primary, ha.ReasonDetaching, do(ha.DetachPeer)},
			{"what they said before counts for nothing", snapshot(standby, silent, taken, func(s *ha.Snapshot) { s.Witness.At = at(-2001) }),
				ha.Primary, ha.ReasonAskingFrontends, do(ha.AskFrontends)},
			{"where none answers a detach gets five seconds", snapshot(standby, silent, taken, detached(-4900), described(-800),
				func(s *ha.Snapshot) { s.Witness.Answered = 0 }), ha.Primary, ha.ReasonDetaching, do(ha.Attach)},
			{"and not more", snapshot(standby, silent, taken, detached(-5000), described(-800), func(s *ha.Snapshot) { s.Witness.Answered = 0 }),
				ha.Primary, ha.ReasonForcing, do(ha.ForceDetachPeer)},
			{"where there are none they agree", snapshot(standby, silent, taken, detached(-1000), described(-499), func(s *ha.Snapshot) { s.Witness.Witness = ha.Witness{} }),
				ha.Primary, ha.ReasonForcing, do(ha.ForceDetachPeer)},
		}},
		{"10 primary cannot reach EC2", []decision{
			{"it serves", snapshot(primary, failing(-60_000)), ha.Primary, ha.ReasonServingAlone, nil},
			{"and looks up what it may have", snapshot(primary, failing(-60_000), own(func(o *ha.Own) { o.VIP = false })),
				ha.Primary, ha.ReasonVIPUnsure, do(ha.AssignVIP, ha.AuditVIP)},
			{"a hand-over that cannot end is taken back", snapshot(found, handingOver, failing(-6000), peerIs(ha.Report{}),
				own(func(o *ha.Own) { o.DetachAt = at(-5000) })), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice)},
		}},
		{"11 standby cannot reach EC2 while the primary dies", []decision{
			{"it goes on trying", snapshot(standby, silent, taken, failing(-5000)), ha.Primary, ha.ReasonAttachFails, do(ha.Attach)},
		}},
		{"12 standby is deaf", []decision{
			{"VRRP is not enough", snapshot(standby, vrrp(ha.VRRPMaster), func(s *ha.Snapshot) { s.Peer.SilentSince, s.Peer.SilentUntil = at(-500), at(-1) }),
				ha.Standby, ha.ReasonConfirming, nil},
			{"a frontend vouches", snapshot(standby, silent, taken, vouch(-100)), ha.Standby, ha.ReasonVouched, nil},
		}},
		{"13 primary is deaf", []decision{
			{"it serves", snapshot(primary, silent), ha.Primary, ha.ReasonServing, nil},
			{"whatever VRRP says", snapshot(primary, silent, vrrp(ha.VRRPBackup)), ha.Primary, ha.ReasonServing, nil},
			{"also without a link", snapshot(primary, silent, vrrp(ha.VRRPFault)), ha.Primary, ha.ReasonServing, nil},
			{"but without one it takes nothing", snapshot(silent, vrrp(ha.VRRPFault)), ha.Standby, ha.ReasonLinkDown, nil},
		}},
		{"21 flapping link", []decision{
			{"no duel", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 599, Took: true, Forces: 1})),
				ha.Standby, ha.ReasonHoldDown, do(ha.Attach)},
			{"by what EC2 shows, too", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: yesterday, Forces: 1}),
				ec2(func(e *ha.EC2View) { e.Described.Date = yesterday + 599 })), ha.Standby, ha.ReasonHoldDown, do(ha.Attach)},
			{"for ten minutes", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 601, Took: true, Forces: 1})),
				ha.Primary, ha.ReasonDetaching, do(ha.DetachPeer)},
			{"then twenty", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 1199, Took: true, Forces: 2})),
				ha.Standby, ha.ReasonHoldDown, do(ha.Attach)},
			{"and not for ever", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 9601, Took: true, Forces: 200})),
				ha.Primary, ha.ReasonDetaching, do(ha.DetachPeer)},
			{"a force of what it still has is no duel", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 10, Forces: 1}),
				watched(-10_000, -7500, true)), ha.Primary, ha.ReasonDetaching, do(ha.DetachPeer)},
			{"but Describe may be old", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 10, Forces: 1})),
				ha.Standby, ha.ReasonNewHold, do(ha.Attach)},
			{"also where AttachVolume has said so since", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 100, Forces: 1}),
				watched(-60_799, -900, false)), ha.Standby, ha.ReasonNewHold, do(ha.Attach)},
			{"unless for as long as Describe may be", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 100, Forces: 1}),
				watched(-60_800, -900, false)), ha.Primary, ha.ReasonDetaching, do(ha.DetachPeer)},
			{"and not without a pause", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 100, Forces: 1}),
				watched(-60_800, -7501, true)), ha.Standby, ha.ReasonNewHold, do(ha.Attach)},
			{"doubt ends with the hold-down", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 601, Forces: 1})),
				ha.Primary, ha.ReasonDetaching, do(ha.DetachPeer)},
			{"or by an operator", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 10, Forces: 1}),
				orders(func(o *ha.Orders) { o.TakeOver, o.Overrule = at(9000), true })), ha.Primary, ha.ReasonDetaching, do(ha.DetachPeer)},
			{"an operator overrules it", snapshot(standby, silent, taken, record(ha.Record{ForcedAt: date - 1, Took: true, Forces: 1}),
				orders(func(o *ha.Orders) { o.TakeOver, o.Overrule = at(9000), true })), ha.Primary, ha.ReasonDetaching, do(ha.DetachPeer)},
		}},
		{"22 throttled, or 5xx", []decision{
			{"a refusal changes nothing", snapshot(standby, silent, taken, failing(-4900)), ha.Primary, ha.ReasonDetaching, do(ha.DetachPeer)},
			{"many leave the volume to the peer", snapshot(standby, vrrp(ha.VRRPMaster), peerIs(ha.Report{}), failing(-5000)),
				ha.Primary, ha.ReasonAttachFails, do(ha.Attach)},
		}},
		{"23 credentials revoked", []decision{
			{"the primary serves", snapshot(primary, failing(-3_600_000)), ha.Primary, ha.ReasonServingAlone, nil},
			{"the standby leaves it to one who may", snapshot(standby, peerIs(ha.Report{Yields: true}), failing(-3_600_000)),
				ha.Primary, ha.ReasonAttachFails, do(ha.Attach)},
		}},
	}
}
