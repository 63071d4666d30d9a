package demo_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/demo"
	"tournant/lab/machine"
	"tournant/lab/timeline"
)

// dir is the same at each run, so that the next one removes what a killed one
// has left.
var dir = filepath.Join(os.TempDir(), "tournant-demo-test")

func TestMain(m *testing.M) {
	machine.Init()
	os.Exit(m.Run())
}

// The whole demonstration, with an EC2 that takes no time: nothing fails, and each
// picture shows what it is of.
func TestDemo(t *testing.T) {
	program := filepath.Join(dir, "bin", "tournant")
	if out, err := exec.Command("go", "build", "-o", program, "tournant/cmd/tournant").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v: %s", err, out)
	}
	var out bytes.Buffer
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	kept := false
	o := demo.Options{
		Stage: demo.Namespaces(cluster.Config{Dir: filepath.Join(dir, "run"), Prefix: "tdemo", Frontends: 2, Advert: 200 * time.Millisecond, Seed: seed}, program),
		Of:    "a test", Times: "EC2 takes no time", Out: &out, Pictures: t.TempDir(), Nodes: 8, Pace: 100 * time.Millisecond, Steady: 3 * time.Second, Within: 2 * time.Minute, Seed: seed,
		Keep: func(_ context.Context, tell func(string)) error { kept = true; tell("kept"); return nil },
	}
	r, err := demo.Run(t.Context(), o)
	t.Log(out.String())
	if err != nil {
		t.Fatal(err)
	}
	if wrong := r.Wrong(); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
	if r.Cut.By == "" || r.Stop.By != r.Cut.From || r.Stop.From != r.Cut.By {
		t.Errorf("%s took over from %s, then %s from %s", r.Cut.By, r.Cut.From, r.Stop.By, r.Stop.From)
	}
	if r.Cut.Held == 0 || r.Cut.Gap.Length() <= 0 || len(r.Cut.Steps) == 0 || r.Load.Acknowledged == 0 || r.Up == 0 {
		t.Errorf("the report lacks something: %+v", r)
	}
	for _, told := range []string{"Act 3 of 6, a power cut. " + r.Cut.From + " has lost its power", r.Cut.By + " is primary", "the address leads to " + r.Cut.By, "kept"} {
		if !strings.Contains(out.String(), told) {
			t.Errorf("%q is not told", told)
		}
	}
	if !kept {
		t.Error("nobody could look at the cluster in the end")
	}
	pictures(t, r)
}

// pictures can be drawn anew from the records beside them, which have all lanes.
func pictures(t *testing.T, r *demo.Report) {
	if len(r.Pictures) != 3 {
		t.Errorf("the pictures are %v, want three", r.Pictures)
	}
	for _, file := range r.Pictures {
		drawn, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		in, err := os.Open(strings.TrimSuffix(file, ".svg") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		record, err := timeline.Read(in)
		if err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if err := timeline.SVG(&again, record); err != nil || again.String() != string(drawn) {
			t.Errorf("%s is drawn anew otherwise (%v)", file, err)
		}
		for _, l := range record.Lanes {
			if len(l.Changes) == 0 {
				t.Errorf("%s has nothing of %s", file, l.Name)
			}
		}
		if len(record.Requests) == 0 || len(record.Gaps) == 0 {
			t.Errorf("%s has %d requests and %d gaps", file, len(record.Requests), len(record.Gaps))
		}
	}
}
