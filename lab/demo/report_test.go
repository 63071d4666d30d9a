package demo_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/lab/demo"
	"tournant/lab/load"
	"tournant/lab/timeline"
	"tournant/lab/volume"
)

var began = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)

func after(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }

func TestSteps(t *testing.T) {
	changes := []timeline.Change{
		{At: after(-5000), To: "standby", Why: "waits"}, {At: after(700), To: "standby", Why: "confirms"}, {At: after(1700), To: "promoting", Why: "detaches"},
		{At: after(1710), To: "promoting", Why: "too short to tell"}, {At: after(1720), To: "promoting", Why: "detaches"}, {At: after(2000), To: "primary", Why: "serves"},
		{At: after(9000), To: "standby", Why: "too late"},
	}
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	want := []demo.Step{{After: 0, For: ms(700), Why: "waits"}, {After: ms(700), For: ms(1000), Why: "confirms"}, {After: ms(1700), For: ms(290), Why: "detaches"}, {After: ms(2000), For: ms(500), Why: "serves"}}
	if diff := cmp.Diff(want, demo.Steps(changes, began, after(2500))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTally(t *testing.T) {
	op := func(kind load.Kind, status, from, to int) load.Operation {
		return load.Operation{Kind: kind, Status: status, Call: after(from), Return: after(to)}
	}
	stale := op(load.GetOwn, 200, 0, 10)
	stale.Value, stale.Seen = 2, 1
	var tally demo.Tally
	tally.Add(load.History{op(load.Create, 201, 0, 20), op(load.Save, 200, 0, 900), op(load.Get, 200, 0, 30), op(load.GetOwn, 200, 0, 40), stale, op(load.Save, 503, 0, 50)},
		[]time.Time{after(900), after(0)}, after(1000))
	tally.Add(nil, []time.Time{after(0)}, after(1500))
	want := demo.Tally{
		Served: 5, Released: 1, Held: 1, Failed: 1, Acknowledged: 2, ReadBack: 1, Lost: 1,
		Slots: []time.Duration{time.Second, 1500 * time.Millisecond},
	}
	if diff := cmp.Diff(want, tally.Seen(), cmp.AllowUnexported(demo.Tally{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range 100 {
		tally.Add(nil, nil, after(2000+500*i))
	}
	if n := len(tally.Slots); n != 60 {
		t.Errorf("%d half seconds are kept, want 60", n)
	}
}

// What must not be is told, and is an error.
func TestWrong(t *testing.T) {
	r := demo.Report{
		Load:   load.Report{Failed: map[string]int{"fe1": 2}, Lost: []string{"a", "b", "c", "d"}, Doubled: []string{"e"}, Stale: []string{"f"}},
		Volume: volume.Report{Violations: []string{"g"}},
	}
	var out bytes.Buffer
	err := r.Print(&out)
	if err == nil {
		t.Fatal("nothing was wrong")
	}
	for _, want := range []string{"4 acknowledged writes are lost: a; b; c", "1 writes were done twice: e", "1 answers were stale: f", "2 requests failed", "1 writes by a second writer: g"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in %q", want, err)
		}
	}
	if err := new(demo.Report).Print(&out); err != nil {
		t.Errorf("nothing is wrong, and yet %v", err)
	}
}
