package listing

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"tournant/internal/chef"
	"tournant/internal/pgtest"
	"tournant/internal/store"
	"tournant/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func openOrg(tb testing.TB, db storetest.Database, opts store.Options) (*store.Store, int64) {
	tb.Helper()
	st := db.Open(tb, opts)
	tb.Cleanup(func() { _ = st.Close() })
	_, err := st.Found(tb.Context(), func() (store.Founding, error) { return store.Founding{}, nil })
	if err != nil {
		tb.Fatalf("found: %v", err)
	}
	if err := st.CreateOrg(tb.Context(), store.NewOrg{Name: "acme", FullName: "Acme", Creator: 1}); err != nil {
		tb.Fatalf("create organization: %v", err)
	}
	org, _, err := st.Org(tb.Context(), "acme")
	if err != nil {
		tb.Fatalf("organization: %v", err)
	}
	return st, org.ID
}

// The cache must always agree with the table, however it got there.
func TestListsFollowTheLog(t *testing.T) { storetest.OnEach(t, testListsFollowTheLog) }

func testListsFollowTheLog(t *testing.T, db storetest.Database) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	st, org := openOrg(t, db, store.Options{})
	c := New(st)
	ctx := t.Context()
	for step := range 300 {
		ref := store.Ref{Org: org, Type: chef.TypeNode, Name: fmt.Sprintf("n%d", r.IntN(40))}
		if o, err := st.Object(ctx, ref); err != nil {
			err = st.Create(ctx, store.NewObject{Ref: ref, Plain: []byte("{}")})
			if err != nil {
				t.Fatalf("create: %v", err)
			}
		} else if r.IntN(2) == 0 {
			if err := st.Delete(ctx, o); err != nil {
				t.Fatalf("delete: %v", err)
			}
		}
		if r.IntN(3) > 0 {
			continue // let the cache fall behind
		}
		_, heads, err := st.Org(ctx, "acme")
		if err != nil {
			t.Fatalf("heads: %v", err)
		}
		got := names(t, c, org, heads.Object)
		want, err := st.Names(ctx, org, chef.TypeNode, "")
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("step %d: list %v, table %v, %v", step, got, want, err)
		}
	}
}

// A list that nobody asked for in a day has lost its way along the log.
func TestListBehindATrimmedLog(t *testing.T) { storetest.OnEach(t, testListBehindATrimmedLog) }

func testListBehindATrimmedLog(t *testing.T, db storetest.Database) {
	now := time.Now()
	st, org := openOrg(t, db, store.Options{Now: func() time.Time { return now }})
	c := New(st)
	for _, name := range []string{"before", "after"} {
		if err := st.Create(t.Context(), store.NewObject{Ref: store.Ref{Org: org, Type: chef.TypeNode, Name: name}, Plain: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
		if name == "after" {
			now = now.Add(store.KeepChanges + time.Hour)
			if err := st.TrimChanges(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		_, heads, err := st.Org(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		if got := names(t, c, org, heads.Object); !slices.Contains(got, name) {
			t.Errorf("%s is not among %v", name, got)
		}
	}
}

func names(t *testing.T, c *Cache, org, head int64) []string {
	t.Helper()
	packed, err := c.Document(t.Context(), org, head, chef.TypeNode, "https://chef/nodes/")
	if err != nil {
		t.Fatalf("document: %v", err)
	}
	plain, err := packed.Unpack()
	if err != nil {
		t.Fatalf("unpack: %v", err)
	}
	var urls map[string]string
	if err := json.Unmarshal(plain, &urls); err != nil {
		t.Fatalf("list %s: %v", plain, err)
	}
	var out []string
	for name, url := range urls {
		if url != "https://chef/nodes/"+name {
			t.Errorf("URL of %s is %s", name, url)
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
