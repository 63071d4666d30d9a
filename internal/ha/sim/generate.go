package sim

import (
	"math/rand/v2"
	"time"

	"tournant/internal/ha"
)

// trappable are the actions that FreezeAt, CrashAt and PowerCutAt wait for.
var trappable = [...]ha.Action{
	ha.Attach, ha.OpenDevice, ha.TakeEpoch, ha.Mount, ha.StartPostgres, ha.StartAPI, ha.AssignVIP, ha.AddAddress,
	ha.DetachPeer, ha.ForceDetachPeer, ha.Detach, ha.Unmount, ha.StopPostgres, ha.StopAPI, ha.RemoveAddress,
	ha.WithdrawLease, ha.RenewLease, ha.ConfirmLease, ha.Describe, ha.AskFrontends, ha.Heartbeat,
}

// Generate makes the schedule of a seed.
func Generate(seed uint64) Schedule {
	rng := rand.New(rand.NewPCG(seed, 0x7363686564756c65)) //nolint:gosec // a schedule must come from its seed
	s := Schedule{
		Seed: seed, Advert: sec, Instant: rng.IntN(2) == 0, Aged: rng.IntN(5) > 0, Frontends: 2,
		Drift: [2]int64{rng.Int64N(9801) - 4900, rng.Int64N(9801) - 4900},
		Boot:  [2]int64{rng.Int64N(2 * sec), rng.Int64N(2 * sec)},
		Hangs: rng.IntN(3) == 0, Duel: rng.IntN(40) == 0,
	}
	if rng.IntN(2) == 0 {
		s.Advert = 200 * ms
	}
	if rng.IntN(3) == 0 {
		s.Frontends = rng.IntN(2)
	}
	s.SlowVIP = rng.IntN(3) == 0
	if s.Duel {
		s.duel(rng)
	} else {
		s.mishaps(rng)
	}
	s.struck = make([]int8, len(s.Faults))
	s.NoAPI = outage(seed)
	return s
}

// outage is of its own chance, so that it leaves the rest of a seed's history as it
// was before there were any.
func outage(seed uint64) Outage {
	rng := rand.New(rand.NewPCG(seed, 0x6e6f617069)) //nolint:gosec // as above
	if rng.IntN(8) > 0 {
		return Outage{}
	}
	from := 15*time.Second + time.Duration(rng.Int64N(30*sec))
	return Outage{Node: int8(rng.IntN(2)), From: from, Until: from + time.Duration(rng.Int64N(40*sec)+5*sec)}
}

// duel is two nodes that take the volume from each other: nobody vouches, and
// nobody is dead. One that forced may be away, or cut off, while its peer takes
// the volume back, and the peer may have been away just before.
func (s *Schedule) duel(rng *rand.Rand) {
	s.Frontends = 0
	s.Faults = []Fault{{Kind: Partition, At: 20 * time.Second, For: time.Duration(rng.Int64N(300*sec) + 60*sec)}}
	if rng.IntN(2) == 0 {
		s.Faults = append(s.Faults, Fault{Kind: EC2Stale, At: 21 * time.Second, For: 300 * time.Second})
	}
	away := Fault{Target: OnStandby, At: 21 * time.Second, For: time.Duration(rng.Int64N(25*sec) + 6*sec)}
	switch rng.IntN(6) {
	case 0:
		away.Kind, away.Action, away.Late = FreezeAt, ha.ForceDetachPeer, true
	case 1:
		away.Kind, away.Action, away.Late = PowerCutAt, ha.ForceDetachPeer, true
	case 2:
		away.Kind, away.At = CutEC2, 25*time.Second+time.Duration(rng.Int64N(2*sec))
	case 3: // back when the volume comes free
		away.Kind, away.Target, away.At = PowerCut, OnPrimary, 20*time.Second
		away.For = time.Duration(rng.Int64N(5*sec) + 6*sec)
	default:
		return
	}
	s.Faults = append(s.Faults, away)
}

// mishaps are up to four faults of any kind.
func (s *Schedule) mishaps(rng *rand.Rand) {
	n := [...]int{0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4}[rng.IntN(20)]
	if n == 0 {
		s.Soak = time.Duration(rng.IntN(200)+40) * time.Second
	}
	at := 15*time.Second + time.Duration(rng.Int64N(10*sec))
	for range n {
		f := randomFault(rng, at)
		if f.Kind == FenceLeak { // what EC2 promises is broken once, with nothing else
			s.Faults = append(s.Faults[:0], f)
			break
		}
		s.Faults = append(s.Faults, f)
		s.companions(rng, f)
		switch rng.IntN(10) {
		case 0: // when no hold is young any more
			at += 65*time.Second + time.Duration(rng.Int64N(10*sec))
		case 1, 2, 3, 4:
			at += time.Duration(rng.Int64N(25 * sec))
		default:
			at += time.Duration(rng.Int64N(6 * sec))
		}
	}
}

// companions are what makes some faults worse, and would seldom come by chance.
func (s *Schedule) companions(rng *rand.Rand, f Fault) {
	if f.Kind == Partition && rng.IntN(6) == 0 {
		s.Faults = append(s.Faults, Fault{Kind: LateIO, Target: OnPrimary, At: f.At, For: f.For})
		if rng.IntN(2) == 0 { // an evicted primary that does not notice, and still has clients
			s.Frontends, s.Hangs, s.Instant, s.SlowVIP = 0, true, true, true
		}
	}
	if f.Kind == Stranger && rng.IntN(2) == 0 { // the same node gets it back: two of its holds, and EC2 may show either
		s.Frontends, s.Hangs = 0, false
		s.Faults[len(s.Faults)-1].For = time.Duration(rng.Int64N(3*sec) + sec)
		s.Faults = append(s.Faults, Fault{Kind: EC2Stale, At: f.At, For: 60 * time.Second},
			Fault{Kind: StopKeepalived, Target: OnStandby, At: f.At - time.Second/2, For: 13 * time.Second},
			Fault{Kind: Partition, At: f.At + time.Duration(rng.Int64N(4*sec)+12*sec), For: 50 * time.Second})
	}
}

func randomFault(rng *rand.Rand, at time.Duration) Fault {
	f := Fault{Kind: FaultKind(rng.IntN(int(faultKinds))), At: at}
	if rng.IntN(12) == 0 {
		f.Kind = [...]FaultKind{Partition, FreezeInRenewal, FreezeTwice, AgentFreeze}[rng.IntN(4)]
	}
	f.Target = [...]Target{First, Second, OnPrimary, OnPrimary, OnPrimary, OnPrimary, OnStandby, OnStandby}[rng.IntN(8)]
	switch rng.IntN(4) {
	case 0:
		f.For = time.Duration(rng.Int64N(3*sec) + 100*ms)
	case 1, 2:
		f.For = time.Duration(rng.Int64N(15*sec) + 2*sec)
	case 3:
		f.For = time.Duration(rng.Int64N(40*sec) + 5*sec)
	}
	f.suit(rng)
	return f
}

// suit gives a fault the length, the target and the action that its kind needs to
// matter.
func (f *Fault) suit(rng *rand.Rand) {
	switch f.Kind {
	case PowerCut, InstanceStop:
		if f.For += 10 * time.Second; rng.IntN(2) == 0 {
			f.For = 0
		}
	case Partition:
		switch rng.IntN(4) {
		case 0:
			f.For += 90 * time.Second
		case 1, 2: // about as long as it takes to take over
			f.For = time.Duration(rng.Int64N(6*sec) + sec/2)
		}
	case FreezeAt, CrashAt, PowerCutAt:
		f.Action, f.Late = trappable[rng.IntN(len(trappable))], rng.IntN(2) == 0
		f.Target = Target(rng.IntN(2))
	case FreezeInRenewal:
		f.Action = [...]ha.Action{ha.RenewLease, ha.ConfirmLease, ha.Heartbeat}[rng.IntN(3)]
		f.Late = f.Action == ha.Heartbeat
		f.Target = OnPrimary
		f.For += 8 * time.Second
	case FreezeTwice:
		f.Target = OnPrimary
		f.For += 8 * time.Second
	case AgentFreeze:
		f.For = min(f.For, 8*time.Second)
	case FenceLeak:
		f.For += 15 * time.Second
	case Reboot, Reset:
		f.For += 5 * time.Second
	case AttachStuck:
		if f.For += time.Second; rng.IntN(8) == 0 { // until it is given back
			f.For += 90 * time.Second
		}
	case WrongDevice, TornEpoch, EC2Denies, Maintenance, WrongPostgres, Stranger:
		f.For += time.Second
	}
}
