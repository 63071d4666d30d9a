package machine_test

import (
	"context"
	"path/filepath"
	"testing"

	"tournant/lab/cgroup"
	"tournant/lab/machine"
)

// Labs whose directories have similar names are not each other's.
func TestSweepSparesOtherLabs(t *testing.T) {
	base := t.TempDir()
	for _, dirs := range []struct{ swept, other string }{
		{"life", "life-2"}, {"life", "life2"}, {"a/b", "a-b"}, {"a-b", "a/b"}, {"a_b", "a-b"}, {"a_d", "a-"},
	} {
		t.Run(dirs.swept+" "+dirs.other, func(t *testing.T) {
			m, err := machine.New(machine.Config{Name: "be1", Dir: filepath.Join(base, dirs.other, "be1"), Inside: here, Units: []machine.Unit{forever("a")}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := m.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			if err := m.Boot(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := cgroup.Sweep(t.Context(), filepath.Join(base, dirs.swept)); err != nil {
				t.Fatal(err)
			}
			if now := await(t, m, "a", machine.Active, machine.Status{}); now.PID == 0 {
				t.Errorf("the other lab's unit is %+v", now)
			}
		})
	}
}
