package failover_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/internal/mutation"
	"tournant/lab/cluster"
	"tournant/lab/failover"
)

var hunt = flag.Bool("mutants", false, "run the mutants on clusters; without it they are only edited")

// root is the module's.
const root = "../.."

// The lab finds each mutant, and none of what finds it is found without.
func TestMutants(t *testing.T) {
	if *hunt {
		t.Run("none", testNoMutant)
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			overlay, err := mutation.Overlay(root, t.TempDir(), m.edits)
			if err != nil {
				t.Fatal(err)
			}
			if *hunt {
				m.hunt(t, overlay)
			}
		})
	}
}

// testNoMutant runs the rows of all mutants with the program as it is.
func testNoMutant(t *testing.T) {
	done := map[string]bool{}
	for _, m := range mutants {
		for _, name := range m.rows {
			if done[name] {
				continue
			}
			done[name] = true
			began := time.Now()
			o := found(t)
			if wrong := wrongs(t, o, name); wrong != nil {
				t.Errorf("%s: %s", name, strings.Join(wrong, "\n"))
			}
			t.Logf("| none | %s | nothing | 1 | %.0f |", name, time.Since(began).Seconds())
		}
	}
}

// patience is how long a mutant has to serve anybody.
const patience = 40 * time.Second

// hunt runs a mutant until it is found.
func (m mutant) hunt(t *testing.T, overlay string) {
	program := filepath.Join(t.TempDir(), "tournant")
	if err := mutation.Build(t.Context(), overlay, "tournant/cmd/tournant", program); err != nil {
		t.Fatal(err)
	}
	for run := range m.tries {
		for _, row := range m.rows {
			o := found(t)
			o.Within, o.Cluster.Hosts = patience, &cluster.Plain{Program: program}
			began := time.Now()
			for _, wrong := range wrongs(t, o, row) {
				t.Log(wrong)
				if by := m.foundBy(wrong); by != "" {
					t.Logf("| %s | %s | %s | %d | %.0f |", m.name, row, by, run+1, time.Since(began).Seconds())
					return
				}
			}
		}
	}
	t.Errorf("nobody noticed in %d runs of %s", m.tries, strings.Join(m.rows, ", "))
}

func (m mutant) foundBy(wrong string) string {
	for _, by := range m.by {
		if strings.Contains(wrong, by) {
			return by
		}
	}
	return ""
}

// wrongs runs a row and returns what was not as it must be.
func wrongs(t *testing.T, o failover.Options, name string) []string {
	t.Helper()
	row, err := failover.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := failover.Run(t.Context(), o, row)
	if err != nil {
		return []string{err.Error()}
	}
	t.Log(r)
	if row.Moves && !r.Moved {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%s: nobody took over", name))
	}
	return r.Wrong
}
