package storm

import (
	"strings"
	"testing"

	"tournant/lab/failover"
)

// A record is read as it was written, and its report says what it should.
func TestReport(t *testing.T) {
	file := t.TempDir() + "/storms.jsonl"
	good := &Record{
		Result: failover.Result{At: sec(0), Commit: "abc", Seed: 7, Lab: failover.Machines, Profile: "aws", Row: "storm", Requests: 1000, Writes: 400, Acknowledged: 390, Failed: map[string]int{"fe1": 10}, Frames: 5},
		Length: 600_000, Causes: map[string]int{itsFrontend: 10},
		Gusts: []*Blown{blown(10, happened("power-cut", Primary, "be1")), blown(100, happened("deaf", Standby, "be2"), happened("kill-postgres", Primary, "be1"))},
	}
	good.Gusts[0].Gap, good.Gusts[0].Primary, good.Gusts[1].Number = 12_300, "be2", 2
	bad := &Record{Result: failover.Result{At: sec(-9000), Commit: "old", Seed: 6, Lab: failover.Namespaces, Wrong: []string{"acknowledged writes are lost (1): it"}}}
	for _, r := range []*Record{bad, good} {
		if err := Append(file, r); err != nil {
			t.Fatal(err)
		}
	}
	all, err := ReadRecords(file)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d records, %v", len(all), err)
	}
	var b strings.Builder
	if err := Report(&b, all, "storm.svg"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"10:00 of random faults on machines, commit abc, seed 7, 2026-11-26 12:00 UTC; EC2 takes 1-4 s to attach or detach and 3 s to move the address, keepalived speaks every 1 s: **every invariant held**.",
		"![Who was primary, who had the volume and the VIP, and how clients fared](storm.svg)",
		"| faults, in gusts | 3 in 2 |",
		"| power-cut, primary | 1 | 12.3 | 12.3 | 30 | 0 |  | 0 |  |",
		"| of these: " + itsFrontend + " | 10 |",
		"| 1 | 0:10 | power-cut be1 (primary) |  | be1 → be2 | 12.3 | 10.0 s |",
		"| 2 | 1:40 | deaf be2 (standby); kill-postgres be1 (primary) |",
		"**wrong**: acknowledged writes are lost (1): it",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if err := Report(&b, nil, ""); err == nil {
		t.Error("an empty record makes a report")
	}
}
