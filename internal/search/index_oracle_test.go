package search

import (
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// history draws saves, deletes and searches, and compares each search with
// what the oracle says.
func history(t *rapid.T, x *Index, m *memory, org int64) {
	refs := []Ref{
		nodeRef("n1"), item("bag", "i1"), {Type: TypeRole, Name: "r1"}, nodeRef("n2"), item("bag", "i2"),
		{Type: TypeRole, Name: "r2"}, nodeRef("n3"), item("bag", "i3"), {Type: TypeRole, Name: "r3"},
		item("other", "i1"), {Type: TypeClient, Name: "c1"}, {Type: TypeEnvironment, Name: "e1"},
	}
	// Few objects that are written often meet in more ways.
	refs = refs[:rapid.IntRange(1, len(refs)).Draw(t, "objects")]
	for range rapid.IntRange(1, 6).Draw(t, "rounds") {
		for range rapid.IntRange(0, 8).Draw(t, "writes") {
			ref := rapid.SampledFrom(refs).Draw(t, "ref")
			if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
				m.delete(org, ref)
				continue
			}
			c, obj := m.put(org, ref, genDocument(ref).Draw(t, "json"))
			if rapid.Bool().Draw(t, "offer") {
				x.Offer(org, c.Seq, obj)
			}
		}
		if rapid.IntRange(0, 9).Draw(t, "prune") == 0 {
			m.prune(org)
		}
		if err := x.CatchUp(t.Context(), org, m.head(org)); err != nil {
			t.Fatalf("catch up: %v", err)
		}
		for range rapid.IntRange(1, 10).Draw(t, "searches") {
			ref := rapid.SampledFrom(refs).Draw(t, "space")
			compare(t, x, m, org, ref, genBoolean(t, 2))
		}
	}
}

func compare(t *rapid.T, x *Index, m *memory, org int64, ref Ref, q genQuery) {
	var want []string
	objects := m.sorted(org, ref.Type, ref.Bag)
	for _, obj := range objects {
		if q.is(oracleTokens(t, org, obj)) {
			want = append(want, obj.Name)
		}
	}
	res, err := x.Search(t.Context(), Query{Org: org, Type: ref.Type, Bag: ref.Bag, Text: q.text, Rows: 100})
	if err != nil {
		t.Fatalf("search %q: %v", q.text, err)
	}
	var got []string
	for _, r := range res.Refs {
		got = append(got, r.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" || res.Total != len(want) {
		for _, obj := range objects {
			t.Logf("%s: %s\ntokens %q", obj.Name, obj.JSON, oracleTokens(t, org, obj))
		}
		t.Fatalf("query %q, total %d: (-want +got)\n%s", q.text, res.Total, diff)
	}
}

func TestIndexIsOracle(t *testing.T) {
	m := newMemory()
	x := mustOpen(t, t.TempDir(), m)
	var org atomic.Int64
	rapid.Check(t, func(rt *rapid.T) { history(rt, x, m, org.Add(1)) })
}

func FuzzIndexAgainstOracle(f *testing.F) {
	m := newMemory()
	x := mustOpen(f, f.TempDir(), m)
	var org atomic.Int64
	f.Fuzz(rapid.MakeFuzz(func(rt *rapid.T) { history(rt, x, m, org.Add(1)) }))
}
