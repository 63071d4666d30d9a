package sim

import (
	"fmt"
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
	NoAPI     Outage

	struck []int8 // whom each fault struck
}

// Outage is when the API does not start on one of the nodes.
type Outage struct {
	Node        int8
	From, Until time.Duration
}

// over says whether it is at a time on a node.
func (o Outage) over(node int8, at int64) bool {
	return o.Node == node && at >= int64(o.From) && at < int64(o.Until)
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
	end := max(15*time.Second+s.Soak, s.NoAPI.Until)
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
	if s.NoAPI.Until > 0 {
		fmt.Fprintf(&b, "  from %v to %v the API does not start on be%d\n", s.NoAPI.From.Round(time.Millisecond), s.NoAPI.Until.Round(time.Millisecond), s.NoAPI.Node)
	}
	for _, f := range s.Faults {
		fmt.Fprintf(&b, "  at %-12v %s on %s for %v", f.At.Round(time.Millisecond), f.Kind, f.Target, f.For.Round(time.Millisecond))
		if f.Action != ha.ActionNone {
			fmt.Fprintf(&b, " in %s (late %v)", f.Action, f.Late)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
