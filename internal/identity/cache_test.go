package identity

import (
	"os"
	"testing"
	"time"

	"tournant/internal/chef"
	"tournant/internal/pgtest"
	"tournant/internal/store"
	"tournant/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// A group can be granted permissions, and be nested, outside its organization.
// Whoever leaves it leaves it everywhere.
func TestGroupChangeReachesOtherOrganizations(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, db storetest.Database) {
		w := newWorld(t, db)
		w.leaveAdmins()
		w.expectOutsiders()
	})
}

// What a log no longer tells may have been any change.
func TestActorsBehindATrimmedLog(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, db storetest.Database) {
		w := newWorld(t, db)
		w.leaveAdmins()
		w.now = w.now.Add(store.KeepChanges + time.Hour)
		if err := w.store.TrimChanges(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.expectOutsiders()
	})
}

// world is two organizations, in both of which the superuser is an admin of the
// first, as the cache knows.
type world struct {
	*testing.T
	store  *store.Store
	now    time.Time
	admins *store.Object
	cache  *Cache
}

func newWorld(t *testing.T, db storetest.Database) *world {
	t.Helper()
	w := &world{T: t, now: time.Now()}
	ctx := t.Context()
	w.store = db.Open(t, store.Options{Now: func() time.Time { return w.now }})
	t.Cleanup(func() { _ = w.store.Close() })
	if _, err := w.store.Found(ctx, func() (store.Founding, error) { return store.Founding{}, nil }); err != nil {
		t.Fatal(err)
	}
	pivotal, err := w.store.User(ctx, store.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two"} {
		if err := w.store.CreateOrg(ctx, store.NewOrg{Name: name, FullName: name, Creator: pivotal.ID}); err != nil {
			t.Fatal(err)
		}
	}
	one, _, err := w.store.Org(ctx, "one")
	if err != nil {
		t.Fatal(err)
	}
	if w.admins, err = w.store.Object(ctx, store.Ref{Org: one.ID, Type: chef.TypeGroup, Name: "admins"}); err != nil {
		t.Fatal(err)
	}
	w.cache = New(w.store)
	for _, org := range []string{"one", "two"} {
		if !w.groups(org)[w.admins.ID] {
			t.Fatalf("in %s: not in the group to begin with", org)
		}
	}
	return w
}

// groups are those of the superuser in an organization.
func (w *world) groups(org string) map[int64]bool {
	w.Helper()
	o, heads, err := w.store.Org(w.Context(), org)
	if err != nil {
		w.Fatal(err)
	}
	found, err := w.cache.Candidates(w.Context(), o.ID, heads, store.Superuser)
	if err != nil || len(found) != 1 {
		w.Fatalf("candidates: %v, %v", found, err)
	}
	in := map[int64]bool{}
	for _, id := range found[0].Subject.Groups {
		in[id] = true
	}
	return in
}

func (w *world) leaveAdmins() {
	w.Helper()
	if err := w.store.UpdateGroup(w.Context(), w.admins, "admins", store.Membership{Users: []int64{}}); err != nil {
		w.Fatal(err)
	}
}

func (w *world) expectOutsiders() {
	w.Helper()
	for _, org := range []string{"one", "two"} {
		if w.groups(org)[w.admins.ID] {
			w.Errorf("in %s: still in the group", org)
		}
	}
}
