package storm

import (
	"strings"
	"testing"
	"time"

	"tournant/lab/fakeec2"
	"tournant/lab/load"
)

var zero = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func sec(s float64) time.Time { return zero.Add(time.Duration(s * float64(time.Second))) }

// blown is a gust from a moment on, which was mended after 20 s and over after 30. be1
// had the volume.
func blown(from float64, faults ...*Happened) *Blown {
	b := &Blown{Gust: Gust{Number: 1}, At: sec(from), Holder: "be1", Primary: "be1", Happened: faults, Mended: sec(from + 20), Served: sec(from + 21), Settled: sec(from + 30)}
	for _, f := range faults {
		f.At, f.Mended = b.At, b.Mended
	}
	return b
}

func happened(kind string, role Role, host string) *Happened {
	return &Happened{Planned: Planned{Kind: kind, Role: role}, Host: host}
}

func wrongs(t *testing.T, r *Record, want ...string) {
	t.Helper()
	all := r.All()
	if len(all) != len(want) {
		t.Fatalf("got %q, want %q", all, want)
	}
	for i := range all {
		if !strings.Contains(all[i], want[i]) {
			t.Errorf("got %q, want %q", all[i], want[i])
		}
	}
}

func TestJudgeForces(t *testing.T) {
	cut := func(from float64) *Blown { return blown(from, happened("power-cut", Primary, "be1")) }
	force := func(at float64, by, from string) fakeec2.Force {
		return fakeec2.Force{At: sec(at), By: by, From: from}
	}
	for name, test := range map[string]struct {
		gusts  []*Blown
		forces []fakeec2.Force
		holds  []hold
		want   []string
	}{
		"of the dead":          {[]*Blown{cut(0)}, []fakeec2.Force{force(5, "be2", "be1")}, nil, nil},
		"while all is well":    {[]*Blown{cut(0)}, []fakeec2.Force{force(35, "be2", "be1")}, nil, []string{"while nothing was broken"}},
		"nothing called for":   {[]*Blown{blown(0, happened("partition", Nobody, ""))}, []fakeec2.Force{force(5, "be2", "be1")}, nil, []string{"which nothing called for"}},
		"two, of other hosts":  {[]*Blown{cut(0), blown(100, happened("freeze", Primary, "be2"))}, []fakeec2.Force{force(5, "be2", "be1"), force(105, "be1", "be2")}, nil, nil},
		"the same hold again":  {[]*Blown{cut(0)}, []fakeec2.Force{force(5, "be2", "be1"), force(25, "be2", "be1")}, []hold{{"be1", sec(-100)}}, nil},
		"a duel":               {[]*Blown{cut(0), cut(200)}, []fakeec2.Force{force(5, "be2", "be1"), force(210, "be2", "be1")}, []hold{{"be1", sec(-100)}, {"be2", sec(9)}, {"be1", sec(100)}}, []string{"a duel: be2 forced the volume off be1 3m25s after"}},
		"after the hold-down":  {[]*Blown{cut(0), cut(700)}, []fakeec2.Force{force(5, "be2", "be1"), force(710, "be2", "be1")}, []hold{{"be1", sec(100)}}, nil},
		"of one that is dead":  {[]*Blown{cut(0), blown(200, happened("instance-stopped", Primary, "be1"))}, []fakeec2.Force{force(5, "be2", "be1"), force(210, "be2", "be1")}, []hold{{"be1", sec(100)}}, nil},
		"EC2's clock is ahead": {[]*Blown{func() *Blown { b := cut(0); b.Ahead = time.Hour; return b }()}, []fakeec2.Force{force(3605, "be2", "be1")}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Record{Gusts: test.gusts, Forces: test.forces}
			r.judgeForces(test.holds)
			wrongs(t, r, test.want...)
		})
	}
}

func TestHeldDown(t *testing.T) {
	forces := []fakeec2.Force{{At: sec(0), By: "be2", From: "be1"}, {At: sec(700), By: "be2", From: "be1"}}
	for _, test := range []struct {
		forces int
		by     string
		at     float64
		want   bool
	}{
		{0, "be2", 1, false}, {1, "be2", 599, true}, {1, "be2", 601, false}, {1, "be1", 1, false},
		{2, "be2", 701, true}, {2, "be2", 1899, true}, {2, "be2", 1901, false},
	} {
		if got := heldDown(forces[:test.forces], test.by, sec(test.at)); got != test.want {
			t.Errorf("%+v: got %v", test, got)
		}
	}
}

func TestJudgeGusts(t *testing.T) {
	with := func(b *Blown, gap int64, waits, primary string) *Blown {
		b.Gap, b.Waits, b.Primary = gap, waits, primary
		return b
	}
	cut := func() *Happened { return happened("power-cut", Primary, "be1") }
	for name, test := range map[string]struct {
		gust *Blown
		want []string
	}{
		"in time":                     {with(blown(0, cut()), 29_000, "", "be2"), nil},
		"too late":                    {with(blown(0, cut()), 31_000, "", "be2"), []string{"31.0 s, and 30 s is the most"}},
		"held down until mended":      {with(blown(0, cut()), 79_000, "hold-down", "be1"), nil},
		"held down for ever":          {with(blown(0, cut()), 81_000, "hold-down", "be1"), []string{"80 s is the most"}},
		"nothing to wait for":         {with(blown(0, happened("partition", Nobody, "")), 6_000, "young", "be1"), []string{"5 s is the most"}},
		"a move for nothing":          {with(blown(0, happened("deaf", Standby, "be2")), 0, "", "be2"), []string{"be2 took over from be1"}},
		"two at once have no bound":   {with(blown(0, cut(), happened("deaf", Standby, "be2")), 31_000, "", "be2"), nil},
		"nor has what did not happen": {with(blown(0, &Happened{Planned: Planned{Kind: "planned", Role: Primary}, Refused: "the peer is not ready"}), 16_000, "", "be1"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Record{Gusts: []*Blown{test.gust}}
			r.judgeGusts()
			wrongs(t, r, test.want...)
		})
	}
}

func TestJudgeRefused(t *testing.T) {
	refused := func(kind string) *Happened {
		return &Happened{Planned: Planned{Kind: kind, Role: Primary}, Refused: "it would not"}
	}
	other := func() *Happened { return happened("deaf", Standby, "be2") }
	for _, test := range []struct {
		gust *Blown
		want []string
	}{
		{blown(0, refused("planned")), []string{"it would not"}},
		{blown(0, refused("planned"), other()), nil},
		{blown(0, refused("fence-flushed"), other()), []string{"it would not"}},
	} {
		test.gust.judgeRefused()
		wrongs(t, &Record{Gusts: []*Blown{test.gust}}, test.want...)
	}
}

func TestJudgeFailures(t *testing.T) {
	request := func(route string, call, back float64, status int) load.Operation {
		return load.Operation{Kind: load.Get, Node: "n", Route: route, Status: status, Error: "an error", Call: sec(call), Return: sec(back)}
	}
	for name, test := range map[string]struct {
		faults []*Happened
		failed load.Operation
		cause  string
		want   []string
	}{
		"of a dead frontend":            {[]*Happened{happened("power-cut", Frontend, "fe1")}, request("fe1", 5, 6, 0), itsFrontend, nil},
		"of the other frontend":         {[]*Happened{happened("power-cut", Frontend, "fe1")}, request("fe2", 5, 6, 502), "", []string{"a request failed"}},
		"begun before it died":          {[]*Happened{happened("power-cut", Frontend, "fe1")}, request("fe1", -1, 33, 0), itsFrontend, nil},
		"held for too long":             {[]*Happened{happened("power-cut", Primary, "be1")}, request("fe2", 5, 65.1, 503), heldLong, nil},
		"not held for long enough":      {[]*Happened{happened("power-cut", Primary, "be1")}, request("fe2", 5, 59, 503), "", []string{"a request failed"}},
		"while nothing was broken":      {[]*Happened{happened("power-cut", Primary, "be1")}, request("fe2", 31, 32, 500), "", []string{"while nothing was broken"}},
		"before anything was":           {[]*Happened{happened("power-cut", Primary, "be1")}, request("fe2", -2, -1, 500), "", []string{"while nothing was broken"}},
		"begun before, failed in it":    {[]*Happened{happened("kill-postgres", Primary, "be1")}, request("fe2", -2, 1, 500), "", []string{"a request failed"}},
		"what succeeds needs no reason": {nil, request("fe1", 1, 2, 200), "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Record{Gusts: []*Blown{blown(0, test.faults...)}}
			r.judgeFailures(load.History{test.failed})
			wrongs(t, r, test.want...)
			if test.cause != "" && r.Causes[test.cause] != 1 {
				t.Errorf("causes %v, want %q", r.Causes, test.cause)
			}
		})
	}
}

// What is told one by one has an end, and what is not told is counted.
func TestManyFailures(t *testing.T) {
	var h load.History
	for range 20 {
		h = append(h, load.Operation{Kind: load.Get, Route: "fe1", Status: 500, Call: sec(1), Return: sec(2)})
	}
	r := &Record{Gusts: []*Blown{blown(0, happened("kill-postgres", Primary, "be1"))}}
	r.judgeFailures(h)
	all := r.All()
	if len(all) != atMost+1 || !strings.Contains(all[atMost], "20 requests failed") {
		t.Errorf("got %q", all)
	}
}
