package depsolver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tournant/internal/chef"
)

func TestOutOfTime(t *testing.T) {
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	_, err := Solve(ctx, world(t, "foo 1.0.0"), nil, runList(t, "foo"))
	var e *chef.Error
	if !errors.As(err, &e) || e.Code != chef.Unsolvable || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	got, ok := e.Detail.(OutOfTime)
	if !ok || got.Message != "unable to solve dependencies in alotted time" || got.NonExistent == nil || got.MostConstrained == nil {
		t.Errorf("got %#v", e.Detail)
	}
}

// looks is a context that ends after it was looked at so many times.
type looks struct {
	context.Context
	left int
}

func (l *looks) Deadline() (time.Time, bool) { return time.Time{}, true }

func (l *looks) Err() error {
	if l.left--; l.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// TestTimeEndsAnywhere: whenever the time is over, also while someone to blame
// is sought, the answer is either complete or says so.
func TestTimeEndsAnywhere(t *testing.T) {
	u, roots := pigeons(5)
	ended := 0
	for left := range 1000 {
		_, err := Solve(&looks{context.Background(), left}, u, nil, roots)
		var e *chef.Error
		if !errors.As(err, &e) {
			t.Fatalf("got %v", err)
		}
		switch body := e.Detail.(type) {
		case OutOfTime:
			ended++
		case NoSolution:
			if ended == 0 || len(body.MostConstrained) == 0 {
				t.Errorf("after %d looks: %+v", left, body)
			}
			return
		default:
			t.Fatalf("got %#v", e.Detail)
		}
	}
	t.Error("there is always a further look")
}

// TestBlameWithoutBudget: when whom to blame is too hard to find out, more are
// blamed than needed, but not nobody.
func TestBlameWithoutBudget(t *testing.T) {
	u, roots := pigeons(4)
	trials := &trials{problem: problem{universe: u, roots: roots}}
	got, err := trials.culprits(context.Background(), trials.problem.survey())
	if err != nil || len(got) != 9 {
		t.Errorf("got %q, %v; want all nine", got, err)
	}
}

// TestConflictLimit: a trial that exceeds its limit has failed.
func TestConflictLimit(t *testing.T) {
	u, roots := pigeons(6)
	p := &problem{universe: u, roots: roots}
	s := p.solver(context.Background())
	s.conflictLimit = 10
	if found, err := s.feasible(); found || !errors.Is(err, errConflicts) || s.conflicts > 11 {
		t.Errorf("got %v, %v after %d conflicts", found, err, s.conflicts)
	}
}

// TestUniverseIsShared is of use under the race detector.
func TestUniverseIsShared(t *testing.T) {
	u := organization(2, 50, 5, 10)
	want, err := Solve(context.Background(), u, nil, named(0, 1))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := Solve(context.Background(), u, nil, named(0, 1)); err != nil || printed(got) != printed(want) {
				t.Errorf("got %s, %v", printed(got), err)
			}
			u.With(Cookbook{Name: "cookbook010"})
		})
	}
	wg.Wait()
}

// TestHardProblems: what backtracking would not finish takes few conflicts,
// which unlike time are the same everywhere.
func TestHardProblems(t *testing.T) {
	problems := make(map[string]*problem)
	for seed := range uint64(6) {
		u := NewUniverse(border(seed, 64, 10, 6))
		problems[fmt.Sprintf("border %d", seed)] = &problem{universe: u, roots: named(0, 1, 2, 3, 4, 5)}
	}
	u, roots := hidden()
	problems["hidden"] = &problem{universe: u, roots: roots}
	for name, p := range problems {
		s := p.solver(context.Background())
		s.conflictLimit = 3000
		if _, err := s.optimum(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
