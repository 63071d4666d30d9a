package storm

import (
	"math/rand/v2"
	"time"
)

// A Planned fault is one of a gust.
type Planned struct {
	Kind string `json:"kind"`
	Role Role   `json:"role,omitempty"`
	// Frontend is which one, for that role.
	Frontend string `json:"frontend,omitempty"`
	// After is how long after the gust's beginning it happens, and Lasts how long after that
	// it is mended.
	After time.Duration `json:"after"`
	Lasts time.Duration `json:"lasts"`
}

// A Gust is one fault or two, and the calm after all is well again.
type Gust struct {
	Number int       `json:"number"`
	Faults []Planned `json:"faults"`
	// Quiet says that EC2's clock goes half a day ahead before: attachments and forces are
	// long ago, as they would be, and the hosts' clocks are that wrong. Without it a young
	// attachment and the hold-down after a force are waited for.
	Quiet bool          `json:"quiet,omitempty"`
	Calm  time.Duration `json:"calm"`
}

// aQuietTime is more than four times the longest hold-down, after which no force is
// remembered.
const aQuietTime = 12 * time.Hour

// A Schedule deals gusts, the same ones for the same seed. It is without an end.
type Schedule struct {
	random *rand.Rand
	kinds  []Kind
	deck   []int
	dealt  int
}

// NewSchedule is the one of a seed, for clusters with these frontends.
func NewSchedule(seed uint64) *Schedule {
	return &Schedule{random: rand.New(rand.NewPCG(seed, 0x73746f726d)), kinds: Kinds()}
}

// frontends are what schedules call them.
var frontends = []string{"fe1", "fe2"}

// Next is the next gust. All kinds come once before one comes again, but for those that
// keep others company.
func (s *Schedule) Next() Gust {
	s.dealt++
	first := s.draw()
	g := Gust{Number: s.dealt, Quiet: s.random.IntN(2) == 0, Calm: s.between(2*time.Second, 15*time.Second)}
	g.Faults = []Planned{s.plan(first, 0)}
	if second := s.company(first); second != nil {
		after := s.between(time.Second, 8*time.Second)
		if lasts := g.Faults[0].Lasts; lasts > 0 && !first.Company {
			after = s.between(0, lasts) // while the first is on
		}
		g.Faults = append(g.Faults, s.plan(second, after))
	}
	return g
}

func (s *Schedule) draw() *Kind {
	if len(s.deck) == 0 {
		s.deck = s.random.Perm(len(s.kinds))
	}
	last := len(s.deck) - 1
	k := &s.kinds[s.deck[last]]
	s.deck = s.deck[:last]
	return k
}

// company is what comes with a kind, or nil.
func (s *Schedule) company(first *Kind) *Kind {
	if first.Solo || !first.Company && s.random.IntN(10) >= 3 {
		return nil
	}
	var fit []*Kind
	for i := range s.kinds {
		k := &s.kinds[i]
		if k.Solo || k.Company || k.Class == first.Class || k.Role == first.Role && k.Role != Nobody || first.Company && !k.moves() {
			continue
		}
		fit = append(fit, k)
	}
	return fit[s.random.IntN(len(fit))]
}

func (s *Schedule) plan(k *Kind, after time.Duration) Planned {
	p := Planned{Kind: k.Name, Role: k.Role, After: after, Lasts: s.between(k.Lasts[0], k.Lasts[1])}
	if k.Role == Frontend {
		p.Frontend = frontends[s.random.IntN(len(frontends))]
	}
	return p
}

// between is a time of whole tenths of a second.
func (s *Schedule) between(least, most time.Duration) time.Duration {
	const step = 100 * time.Millisecond
	return least + step*time.Duration(s.random.Int64N(int64((most-least)/step)+1))
}
