package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tournant/internal/ha"
)

// Schedule is everything that a world's history depends on.
type Schedule struct {
	Seed      uint64 // of everything random in the world
	Advert    int64  // keepalived's advert_int
	Instant   bool   // EC2 answers at once, rather than like AWS
	SlowVIP   bool   // but moves the VIP like AWS
	Aged      bool   // the first attachment is old when the faults begin
	Frontends int    // how many the backends may ask
	Drift     [2]int64
	Boot      [2]int64
	Soak      time.Duration // how long to go on without any fault
	Hangs     bool          // I/O to a volume that was taken away hangs for a while before it fails
	Duel      bool          // the hold-down is short enough to end within a schedule
	Faults    []Fault

	struck []int8 // whom each fault struck
}

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
	if s.Duel { // nobody to vouch, and nobody dead
		s.Frontends = 0
		s.Faults = []Fault{{Kind: Partition, At: 20 * time.Second, For: time.Duration(rng.Int64N(300*sec) + 60*sec)}}
		if rng.IntN(2) == 0 {
			s.Faults = append(s.Faults, Fault{Kind: EC2Stale, At: 21 * time.Second, For: 300 * time.Second})
		}
		if rng.IntN(2) == 0 { // one that forced is away while its peer takes the volume back
			s.Faults = append(s.Faults, Fault{
				Kind: [...]FaultKind{FreezeAt, PowerCutAt}[rng.IntN(2)], Target: OnStandby, Action: ha.ForceDetachPeer, Late: true,
				At: 21 * time.Second, For: time.Duration(rng.Int64N(25*sec) + 6*sec),
			})
		}
		s.struck = make([]int8, len(s.Faults))
		return s
	}
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
		if f.Kind == Partition && rng.IntN(6) == 0 {
			s.Faults = append(s.Faults, Fault{Kind: LateIO, Target: OnPrimary, At: f.At, For: f.For})
			if rng.IntN(2) == 0 { // an evicted primary that does not notice, and still has clients
				s.Frontends, s.Hangs, s.Instant, s.SlowVIP = 0, true, true, true
			}
		}
		switch rng.IntN(10) {
		case 0: // when no hold is young any more
			at += 65*time.Second + time.Duration(rng.Int64N(10*sec))
		case 1, 2, 3, 4:
			at += time.Duration(rng.Int64N(25 * sec))
		default:
			at += time.Duration(rng.Int64N(6 * sec))
		}
	}
	s.struck = make([]int8, len(s.Faults))
	return s
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
	return f
}

// config is the machines' configuration.
func (s *Schedule) config() ha.Config {
	c := ha.DefaultConfig()
	if s.Duel {
		c.Young, c.HoldDown, c.HoldDownMax = 5*time.Second, time.Minute, 8*time.Minute
	}
	return c
}

// leaks says that EC2 breaks its promise that a forced detach ends all I/O. Then
// only the epoch stands between two writers, and what was acknowledged until it
// was seen may be lost.
func (s *Schedule) leaks() bool { return len(s.Faults) == 1 && s.Faults[0].Kind == FenceLeak }

// end is when the last fault is over.
func (s *Schedule) end() time.Duration {
	end := 15*time.Second + s.Soak
	for _, f := range s.Faults {
		end = max(end, f.At+f.For)
	}
	return end + calm
}

// calm is how long after the last fault a cluster must be in order.
const calm = 16 * time.Second

// String is the schedule for people.
func (s Schedule) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, adverts every %v, EC2 instant %v (VIP not %v), old attachment %v, %d frontends asked, short hold-down %v, lost volumes hang %v, soak %v\n",
		s.Seed, time.Duration(s.Advert), s.Instant, s.SlowVIP, s.Aged, s.Frontends, s.Duel, s.Hangs, s.Soak)
	for _, f := range s.Faults {
		fmt.Fprintf(&b, "  at %-12v %s on %s for %v", f.At.Round(time.Millisecond), f.Kind, f.Target, f.For.Round(time.Millisecond))
		if f.Action != ha.ActionNone {
			fmt.Fprintf(&b, " in %s (late %v)", f.Action, f.Late)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
