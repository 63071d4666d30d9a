package ha_test

import "tournant/internal/ha"

func faultsOfVolumes() []row {
	yields := func(ms int) change {
		return func(s *ha.Snapshot) {
			peerIs(ha.Report{State: ha.StateFenced, Holds: true, Yields: true})(s)
			s.Peer.YieldsAt = at(ms)
		}
	}
	attached := func(ms int) change {
		return func(s *ha.Snapshot) {
			silent(s)
			s.Own.Attached, s.Own.AttachedAt = true, at(ms)
		}
	}
	return []row{
		{"14 detach stuck", []decision{
			{"our own is forced after five seconds", snapshot(found, handingOver, peerIs(ha.Report{}), own(func(o *ha.Own) { o.DetachAt = at(-5000) })),
				ha.Standby, ha.ReasonHandOver, do(ha.ForceDetach)},
			{"a peer's that answers gets time", snapshot(standby, yields(-4900), taken), ha.Primary, ha.ReasonPeerSettles, do(ha.Attach)},
			{"is then helped", snapshot(standby, yields(-5000), taken), ha.Primary, ha.ReasonYieldedDetaching, do(ha.DetachPeer)},
			{"awaited", snapshot(standby, yields(-9000), taken, detached(-4000)), ha.Primary, ha.ReasonYieldedDetaching, do(ha.Attach)},
			{"forced, which it agrees to", snapshot(standby, yields(-9000), taken, detached(-5000)), ha.Primary, ha.ReasonYieldedForcing, do(ha.ForceDetachPeer)},
			{"and awaited again", snapshot(standby, yields(-9000), taken, detached(-6000), forced(-1000)), ha.Primary, ha.ReasonForced, do(ha.Attach)},
			{"a peer that answers and settles is left alone", snapshot(standby, vrrp(ha.VRRPMaster), peerIs(ha.Report{Holds: true}), taken),
				ha.Primary, ha.ReasonPeerSettles, do(ha.Attach)},
			{"a silent one's is forced", snapshot(standby, silent, taken, detached(-9000), forced(-8000)), ha.Primary, ha.ReasonForced, do(ha.Attach)},
			{"for as long as Describe may hide a new hold", snapshot(standby, silent, taken, detached(-62_000), forced(-59_999)), ha.Primary, ha.ReasonForced, do(ha.Attach)},
			{"then again", snapshot(standby, silent, taken, detached(-62_000), forced(-60_000)), ha.Primary, ha.ReasonForcing, do(ha.ForceDetachPeer)},
			{"one that was refused sooner", snapshot(standby, silent, taken, detached(-12_000), forced(-10_000), watched(-11_000, -900, true)),
				ha.Primary, ha.ReasonForcing, do(ha.ForceDetachPeer)},
			{"but not at once", snapshot(standby, silent, taken, detached(-12_000), forced(-9999), watched(-11_000, -900, true)),
				ha.Primary, ha.ReasonForced, do(ha.Attach)},
			{"by what EC2 showed not long ago", snapshot(standby, silent, taken, ec2(func(e *ha.EC2View) { e.InUseAt, e.DescribedAt = at(-3001), at(-3000) })),
				ha.Primary, ha.ReasonStale, do(ha.Describe)},
			{"nor very long", snapshot(standby, silent, taken, ec2(func(e *ha.EC2View) { e.InUseAt, e.DescribedAt = at(-10_001), at(-10_000) })),
				ha.Primary, ha.ReasonWhoHasIt, do(ha.Describe)},
			{"a third instance's is an operator's matter", snapshot(standby, silent, taken, ec2(func(e *ha.EC2View) { e.Described.To = ha.Stranger })),
				ha.Standby, ha.ReasonStranger, do(ha.Attach)},
			{"a refusal for a free volume is asked again", snapshot(standby, silent, taken, ec2(func(e *ha.EC2View) { e.Described.To = ha.Nobody })),
				ha.Primary, ha.ReasonAttaching, do(ha.Attach)},
		}},
		{"15 attach stuck", []decision{
			{"the device is awaited", snapshot(attached(-100)), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice)},
			{"and the VIP moved beside it", snapshot(attached(-100), given(-100)), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice, ha.AssignVIP)},
			{"once", snapshot(attached(-100), given(-100), own(func(o *ha.Own) { o.VIP = true })), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice)},
			{"and only while that is new", snapshot(attached(-1500), given(-1500)), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice)},
			{"and EC2 asked", snapshot(attached(-5000)), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice, ha.Describe)},
			{"for ninety seconds", snapshot(attached(-90_000)), ha.Standby, ha.ReasonAttachStuck, do(ha.Detach)},
		}},
		{"16 wrong device", []decision{
			{"no epoch without the serial", snapshot(attached(-100), local(func(l *ha.Local) { l.Device = true })), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice)},
			{"with it", snapshot(attached(-100), own(func(o *ha.Own) { o.Opened = true })), ha.Primary, ha.ReasonEpoch, do(ha.TakeEpoch)},
			{"a mount that finds another ends", snapshot(promoting, lost(ha.WrongDevice)), ha.Fenced, ha.ReasonUnfit, nil},
		}},
		{"17 EBS stalls", []decision{
			{"three seconds", snapshot(primary, own(func(o *ha.Own) { o.Beat, o.Valid = at(-2900), at(0) })), ha.Primary, ha.ReasonLapsed, nil},
			{"ten", snapshot(primary, noVIP, own(func(o *ha.Own) { o.Beat = at(-10_000) })), ha.Fenced, ha.ReasonDeadman,
				do(ha.KillAPI, ha.KillPostgres, ha.UnmountLazily)},
			{"no duel", snapshot(found, peerIs(ha.Report{}), own(func(o *ha.Own) { o.Avoid = at(1) })), ha.Standby, ha.ReasonAvoiding, do(ha.Detach)},
			{"a new try in the end", snapshot(found, peerIs(ha.Report{}), own(func(o *ha.Own) { o.Avoid = at(0) })), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice)},
		}},
		{"18 I/O error", []decision{
			{"it ends all", snapshot(primary, lost(ha.IOError)), ha.Fenced, ha.ReasonLostIO,
				do(ha.WithdrawLease, ha.RemoveAddress, ha.KillAPI, ha.KillPostgres, ha.UnmountLazily)},
			{"what is about to come, too", snapshot(promoting, lost(ha.IOError), coming(ha.Coming{Mount: true, Address: true, API: true})),
				ha.Fenced, ha.ReasonLostIO, do(ha.RemoveAddress, ha.KillAPI, ha.UnmountLazily)},
			{"and hands over", snapshot(own(func(o *ha.Own) { o.Avoid = at(5000) })), ha.Standby, ha.ReasonAvoiding, nil},
			{"the peer takes it", snapshot(standby, peerIs(ha.Report{Yields: true})), ha.Primary, ha.ReasonAttaching, do(ha.Attach)},
		}},
		{"28 torn epoch block", []decision{
			{"it is not used", snapshot(found, lost(ha.BadEpochBlock)), ha.Fenced, ha.ReasonUnfit, nil},
			{"nor one of a later release", snapshot(found, lost(ha.Misconfigured)), ha.Fenced, ha.ReasonUnfit, nil},
			{"and given back", snapshot(found, peerIs(ha.Report{}), own(func(o *ha.Own) { o.Avoid = at(5000) })), ha.Standby, ha.ReasonAvoiding, do(ha.Detach)},
		}},
	}
}

func faultsOfTheRest() []row {
	crash := func(c ...change) []decision {
		var out []decision
		for _, f := range c {
			s := snapshot(found, f, silent)
			d := decision{"a new life tidies up", s, ha.Standby, ha.ReasonTidying, nil}
			_, d.do, _ = ha.Decide(s)
			out = append(out, d)
		}
		return out
	}
	return []row{
		{"19 disk full", []decision{
			{"the volume: no failover", snapshot(primary, local(func(l *ha.Local) { l.DataFull = true })), ha.Primary, ha.ReasonDataFull, nil},
			{"also when PostgreSQL ends for it", snapshot(primary, local(func(l *ha.Local) { l.DataFull = true }), own(func(o *ha.Own) { o.Deaths = 3 })),
				ha.Primary, ha.ReasonDataFull, nil},
			{"the root: hand over", snapshot(primary, local(func(l *ha.Local) { l.RootFull = true })), ha.Standby, ha.ReasonRootFull, do(ha.Checkpoint)},
			{"if there is to whom", snapshot(primary, silent, local(func(l *ha.Local) { l.RootFull = true })), ha.Primary, ha.ReasonServing, nil},
		}},
		{"24 VIP taken by another interface", []decision{
			{"it is put back", snapshot(primary, own(func(o *ha.Own) { o.VIP, o.VIPSeen = false, false })), ha.Primary, ha.ReasonVIPAssigning, do(ha.AssignVIP)},
			{"by one who has the volume", snapshot(primary, own(func(o *ha.Own) { o.VIP, o.VIPSeen, o.Beat = false, false, at(-3000) })),
				ha.Primary, ha.ReasonLapsed, nil},
			{"and awaited", snapshot(primary, own(func(o *ha.Own) { o.VIPSeen = false })), ha.Primary, ha.ReasonVIPMoving, do(ha.AuditVIP)},
			{"also on the interface", snapshot(primary, local(func(l *ha.Local) { l.Address = false })), ha.Primary, ha.ReasonVIPAdding, do(ha.AddAddress)},
		}},
		{"25 VIP on a node without the volume", []decision{
			{"it goes", snapshot(standby, local(func(l *ha.Local) { l.Address = true })), ha.Standby, ha.ReasonTidying, do(ha.RemoveAddress)},
			{"as does a lease", snapshot(standby, own(func(o *ha.Own) { o.Lease = at(1000) })), ha.Standby, ha.ReasonTidying, do(ha.WithdrawLease)},
		}},
		{"26 stale connections of frontends", []decision{
			{"are reset before anything stops", snapshot(primary, handingOver, checkpointed), ha.Standby, ha.ReasonHandOver, do(ha.WithdrawLease, ha.RemoveAddress)},
			{"and come back when all is up", snapshot(promoting, local(func(l *ha.Local) { l.Mounted, l.Postgres = true, ha.Running })),
				ha.Primary, ha.ReasonAPIStarting, do(ha.StartAPI)},
			{"after the old lease", snapshot(promoting, local(func(l *ha.Local) {
				l.Mounted, l.Postgres, l.API, l.Address = true, ha.Running, ha.Running, true
			}), own(func(o *ha.Own) { o.VIP = true })), ha.Primary, ha.ReasonOldLease, nil},
			{"or the peer's word", snapshot(promoting, local(func(l *ha.Local) {
				l.Mounted, l.Postgres, l.API, l.Address = true, ha.Running, ha.Running, true
			}), own(func(o *ha.Own) { o.VIP = true }), peerIs(ha.Report{})), ha.Primary, ha.ReasonProving, nil},
			{"which must not be older than the epoch", snapshot(promoting, local(func(l *ha.Local) {
				l.Mounted, l.Postgres, l.API, l.Address = true, ha.Running, ha.Running, true
			}), own(func(o *ha.Own) { o.VIP, o.EpochAt = true, at(-401) }), peerIs(ha.Report{})), ha.Primary, ha.ReasonOldLease, nil},
		}},
		{"27 crash during takeover", append(crash(
			local(func(l *ha.Local) { l.Mounted = true }),
			local(func(l *ha.Local) { l.Mounted, l.Postgres = true, ha.Unclear }),
			local(func(l *ha.Local) { l.Mounted, l.Postgres, l.API = true, ha.Running, ha.Running }),
			local(func(l *ha.Local) { l.Mounted, l.Postgres, l.API, l.Address = true, ha.Running, ha.Running, true }),
		),
			decision{"after AttachVolume", snapshot(found, silent), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice)},
			decision{"after the device", snapshot(found, silent, own(func(o *ha.Own) { o.Opened = true })), ha.Primary, ha.ReasonEpoch, do(ha.TakeEpoch)},
			decision{"after the epoch", snapshot(promoting), ha.Primary, ha.ReasonMounting, do(ha.Mount)},
		)},
		{"20 clock jumps", []decision{
			{"nothing here has a wall clock", snapshot(primary), ha.Primary, ha.ReasonServing, nil},
		}},
		{"00 operators", []decision{
			{"backup-recover", snapshot(primary, record(ha.Record{Held: true})), ha.Standby, ha.ReasonHeld, do(ha.Checkpoint)},
			{"holds", snapshot(standby, silent, record(ha.Record{Held: true})), ha.Standby, ha.ReasonHeld, nil},
			{"maintenance takes nothing over", snapshot(standby, silent, record(ha.Record{Maintenance: true})), ha.Standby, ha.ReasonMaintenance, nil},
			{"but goes on", snapshot(found, silent, record(ha.Record{Maintenance: true})), ha.Primary, ha.ReasonDevice, do(ha.OpenDevice)},
			{"master-recover passes VRRP by", snapshot(standby, silent, vrrp(ha.VRRPBackup),
				orders(func(o *ha.Orders) { o.TakeOver, o.Overrule = at(1), true })), ha.Primary, ha.ReasonAttaching, do(ha.Attach)},
			{"ha-failover does not", snapshot(standby, silent, vrrp(ha.VRRPBackup), orders(func(o *ha.Orders) { o.TakeOver = at(1) })),
				ha.Standby, ha.ReasonVRRPHears, nil},
		}},
	}
}
