package failover_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tournant/lab/failover"
)

func TestRecord(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results.jsonl")
	if all, err := failover.ReadRecord(file); err != nil || len(all) != 0 {
		t.Errorf("no file: %v, %v", all, err)
	}
	for i := range 20 {
		r := &failover.Result{
			Commit: "a", Profile: "instant", Row: "planned", Moved: true, Gap: int64(1000 + 100*i),
			Requests: 10, Acknowledged: 5, Failed: map[string]int{"vip": 1, "fe1": 2}, Frames: 7,
		}
		if i == 19 {
			r.Wrong, r.Lost = []string{"lost"}, 1
		}
		if err := failover.Append(file, r); err != nil {
			t.Fatal(err)
		}
	}
	all, err := failover.ReadRecord(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := failover.Done(all, "a", "instant", failover.Namespaces, failover.Row{Name: "planned"}); got != 20 {
		t.Errorf("done %d, want 20", got)
	}
	for _, other := range [][4]string{
		{"b", "instant", "namespaces", "planned"}, {"a", "aws", "namespaces", "planned"},
		{"a", "instant", "machines", "planned"}, {"a", "instant", "namespaces", "deaf"},
	} {
		if got := failover.Done(all, other[0], other[1], failover.Kind(other[2]), failover.Row{Name: other[3]}); got != 0 {
			t.Errorf("done of %v: %d", other, got)
		}
	}
	var b strings.Builder
	if err := failover.Report(&b, all); err != nil {
		t.Fatal(err)
	}
	want := "| a | namespaces | instant | planned | 20 | 20 | 1.90 | 2.90 | 100 | 1 | 0 | 0 | 40 / 20 of 200 | 140 | 0 | 19 of 20 |"
	if lines := strings.Split(strings.TrimSpace(b.String()), "\n"); len(lines) != 3 || lines[2] != want {
		t.Errorf("got %s\nwant %s", b.String(), want)
	}
	if err := os.WriteFile(file, []byte("{}\n{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := failover.ReadRecord(file); err == nil {
		t.Error("half a line is read")
	}
}

// An upgrade is counted and drawn by what it is from and to, with its stages.
func TestRecordOfUpgrades(t *testing.T) {
	var all []failover.Result
	for i := range 3 {
		all = append(all, failover.Result{
			Commit: "b", Profile: "aws", Lab: failover.Machines, Row: failover.Upgrade, From: "1.0", To: "1.1", Moved: true, Gap: 4000, Takings: 1,
			Stages: []failover.StageResult{{Name: "standby", Took: 20000, Gap: 50}, {Name: "hand-over", Took: 9000, Gap: int64(4000 + i)}},
		})
	}
	to := func(from, to string) failover.Row {
		return failover.UpgradeRow(failover.Upgrade, failover.Release{Version: from}, failover.Release{Version: to}, nil)
	}
	for _, test := range []struct {
		from, to string
		want     int
	}{{"1.0", "1.1", 3}, {"1.0", "1.2", 0}, {"0.9", "1.1", 0}} {
		if got := failover.Done(all, "b", "aws", failover.Machines, to(test.from, test.to)); got != test.want {
			t.Errorf("from %s to %s: done %d, want %d", test.from, test.to, got, test.want)
		}
	}
	var b strings.Builder
	if err := failover.Report(&b, all); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| b | machines | aws | upgrade from 1.0 | 3 | 3 | 4.00 |", "\nupgrade from 1.0 to 1.1, 3 runs:\n",
		"\n| standby | 20.00 | 0.05 | 0.05 |\n| hand-over | 9.00 | 4.00 | 4.00 |\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
