package storm_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/lab/cluster"
	"tournant/lab/failover"
	"tournant/lab/storm"
)

func gusts(seed uint64, n int) []storm.Gust {
	s := storm.NewSchedule(seed)
	var all []storm.Gust
	for range n {
		all = append(all, s.Next())
	}
	return all
}

// The same seed is the same storm, another seed another.
func TestScheduleIsOfItsSeed(t *testing.T) {
	for seed := range uint64(50) {
		if diff := cmp.Diff(gusts(seed, 200), gusts(seed, 200)); diff != "" {
			t.Fatalf("seed %d:\n%s", seed, diff)
		}
		if cmp.Equal(gusts(seed, 3), gusts(seed+1, 3)) {
			t.Errorf("seeds %d and %d begin alike", seed, seed+1)
		}
	}
	// It is so in other processes, too.
	var b bytes.Buffer
	if err := storm.Tell(&b, 1, time.Minute); err != nil {
		t.Fatal(err)
	}
	const want = `+0:00  #1 partition for 15.6 s; after a quiet time; then 4.9 s of calm
+0:20  #2 detach-stuck for 29.0 s, and instance-stopped primary after 1.8 s for 16.1 s; after a quiet time; then 13.4 s of calm
`
	if got := b.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got, want:\n%s", cmp.Diff(got, want))
	}
}

// All kinds come, alone and in company where they may, and never two that would undo
// each other.
func TestScheduleDealsAll(t *testing.T) {
	kinds := map[string]storm.Kind{}
	for _, k := range storm.Kinds() {
		if _, twice := kinds[k.String()]; twice {
			t.Errorf("%s is there twice", &k)
		}
		kinds[k.String()] = k
	}
	kind := func(p storm.Planned) storm.Kind {
		k, ok := kinds[(&storm.Kind{Name: p.Kind, Role: p.Role}).String()]
		if !ok {
			t.Fatalf("no kind is %+v", p)
		}
		return k
	}
	alone, together := map[string]int{}, map[string]int{}
	quiet := 0
	all := gusts(7, 4000)
	for _, g := range all {
		if g.Quiet {
			quiet++
		}
		for _, p := range g.Faults {
			k := kind(p)
			if p.Lasts < k.Lasts[0] || p.Lasts > k.Lasts[1] || p.After < 0 {
				t.Fatalf("%s lasts %s from %s: %+v", &k, p.Lasts, p.After, k.Lasts)
			}
			if (p.Frontend != "") != (p.Role == storm.Frontend) {
				t.Fatalf("%+v", p)
			}
			if len(g.Faults) == 1 {
				alone[k.String()]++
			} else {
				together[k.String()]++
			}
		}
		if len(g.Faults) == 1 {
			continue
		}
		a, b := kind(g.Faults[0]), kind(g.Faults[1])
		if a.Class == b.Class || a.Role == b.Role && a.Role != storm.Nobody {
			t.Errorf("%s and %s", &a, &b)
		}
		if lasts := g.Faults[0].Lasts; lasts > 0 && !a.Company && g.Faults[1].After > lasts {
			t.Errorf("%s begins when %s is over", &b, &a)
		}
	}
	for name, k := range kinds {
		if (alone[name] == 0) != k.Company || (together[name] == 0) != k.Solo {
			t.Errorf("%s came %d times alone and %d times in company", name, alone[name], together[name])
		}
	}
	if len(all)*2/5 > quiet || quiet > len(all)*3/5 {
		t.Errorf("%d of %d gusts are after a quiet time", quiet, len(all))
	}
	if n := len(storm.Kinds()); len(slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, g := range all[:n] {
			k := kind(g.Faults[0])
			if !yield(k.String()) {
				return
			}
		}
	}))) != n {
		t.Errorf("the first %d gusts are not all kinds", n)
	}
}

// Each kind is a fault of the cluster or a row of the table: whatever names it takes are
// known there. Where hosts are wanted, a cluster without any says so.
func TestKindsAreKnown(t *testing.T) {
	known := map[string]bool{"isolate": true, "flapping": true, "cut-off": true, "stale": true}
	for _, f := range cluster.Faults() {
		known[f.Name] = true
	}
	for _, r := range failover.Rows() {
		known[r.Name] = true
	}
	for _, k := range storm.Kinds() {
		if !known[k.Name] {
			t.Errorf("%s is neither a fault nor a row", &k)
		}
	}
	if err := new(cluster.Cluster).Mend(context.Background(), "no such fault", "be1"); err == nil || !strings.Contains(err.Error(), "no such fault") {
		t.Errorf("mending what is not known: %v", err)
	}
}
