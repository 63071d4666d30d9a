package identity

import (
	"os"
	"testing"

	"tournant/internal/chef"
	"tournant/internal/pgtest"
	"tournant/internal/store"
	"tournant/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// A group can be granted permissions, and be nested, outside its organization.
// Whoever leaves it leaves it everywhere.
func TestGroupChangeReachesOtherOrganizations(t *testing.T) {
	storetest.OnEach(t, testGroupChangeReachesOtherOrganizations)
}

func testGroupChangeReachesOtherOrganizations(t *testing.T, db storetest.Database) {
	ctx := t.Context()
	st := db.Open(t, store.Options{})
	t.Cleanup(func() { _ = st.Close() })
	if _, err := st.Found(ctx, func() (store.Founding, error) { return store.Founding{}, nil }); err != nil {
		t.Fatal(err)
	}
	pivotal, err := st.User(ctx, store.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two"} {
		if err := st.CreateOrg(ctx, store.NewOrg{Name: name, FullName: name, Creator: pivotal.ID}); err != nil {
			t.Fatal(err)
		}
	}
	one, _, err := st.Org(ctx, "one")
	if err != nil {
		t.Fatal(err)
	}
	admins, err := st.Object(ctx, store.Ref{Org: one.ID, Type: chef.TypeGroup, Name: "admins"})
	if err != nil {
		t.Fatal(err)
	}
	c := New(st)
	groups := func(org string) map[int64]bool {
		o, heads, err := st.Org(ctx, org)
		if err != nil {
			t.Fatal(err)
		}
		found, err := c.Candidates(ctx, o.ID, heads, store.Superuser)
		if err != nil || len(found) != 1 {
			t.Fatalf("candidates: %v, %v", found, err)
		}
		in := map[int64]bool{}
		for _, id := range found[0].Subject.Groups {
			in[id] = true
		}
		return in
	}
	for _, org := range []string{"one", "two"} {
		if !groups(org)[admins.ID] {
			t.Fatalf("in %s: not in the group to begin with", org)
		}
	}
	if err := st.UpdateGroup(ctx, admins, "admins", store.Membership{Users: []int64{}}); err != nil {
		t.Fatal(err)
	}
	for _, org := range []string{"one", "two"} {
		if groups(org)[admins.ID] {
			t.Errorf("in %s: still in the group", org)
		}
	}
}
