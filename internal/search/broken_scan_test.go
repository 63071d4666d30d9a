package search

import (
	"context"
	"slices"
	"testing"
)

// breaking is a source whose scans break off some times, having handed out an
// object each time.
type breaking struct {
	*memory
	times int
}

func (b *breaking) Scan(ctx context.Context, org int64, fn func(Object) error) (int64, error) {
	if b.times == 0 {
		return b.memory.Scan(ctx, org, fn)
	}
	b.times--
	if err := fn(Object{Ref: nodeRef("half"), ID: 1000, JSON: []byte(`{"name":"half"}`)}); err != nil {
		return 0, err
	}
	return 0, ErrBrokenOff
}

// A build that the database leaves midway starts over: the search that waits for
// it hears nothing, and nothing of the first attempt is left.
func TestBuildStartsOver(t *testing.T) {
	m := newMemory()
	m.put(org, nodeRef("web1"), `{"name":"web1"}`)
	m.prune(org)
	x := mustOpen(t, t.TempDir(), &breaking{m, 2})
	mustCatchUp(t, x, m, org)
	if got := names(t, x, Query{Org: org, Type: TypeNode, Text: "*:*", Rows: 10}); !slices.Equal(got, []string{"web1"}) {
		t.Errorf("found %v, want web1", got)
	}
}
