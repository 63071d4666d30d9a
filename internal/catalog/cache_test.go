package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/pgtest"
	"tournant/internal/store"
	"tournant/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

type world struct {
	*testing.T
	store *store.Store
	org   int64
}

func newWorld(t *testing.T, db storetest.Database) *world { return worldAt(t, db, time.Now) }

func worldAt(t *testing.T, db storetest.Database, now func() time.Time) *world {
	t.Helper()
	s := db.Open(t, store.Options{Now: now})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	const key = "a key that nobody reads"
	_, err := s.Found(t.Context(), func() (store.Founding, error) {
		return store.Founding{SuperuserKey: key, WebUIKey: key, PresignKey: key}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, s, 0}
	w.org = w.newOrg("acme")
	return w
}

func (w *world) newOrg(name string) int64 {
	w.Helper()
	pivotal, err := w.store.User(w.Context(), store.Superuser)
	if err != nil {
		w.Fatal(err)
	}
	err = w.store.CreateOrg(w.Context(), store.NewOrg{Name: name, FullName: name, Creator: pivotal.ID, ValidatorKey: "x"})
	if err != nil {
		w.Fatal(err)
	}
	org, _, err := w.store.Org(w.Context(), name)
	if err != nil {
		w.Fatal(err)
	}
	return org.ID
}

func (w *world) heads() store.Heads {
	w.Helper()
	_, h, err := w.store.Org(w.Context(), "acme")
	if err != nil {
		w.Fatal(err)
	}
	return h
}

func (w *world) put(name, version string) {
	w.Helper()
	body := fmt.Sprintf(`{"name":"%s-%s","cookbook_name":"%s","metadata":{"version":"%s","dependencies":{"dep":"~> %s"}},
		"recipes":[]}`, name, version, name, version, version)
	c, err := chef.ParseCookbookVersion([]byte(body), name, version, false)
	if err != nil {
		w.Fatal(err)
	}
	object, _, err := w.store.CookbookVersion(w.Context(), w.org, name, c.Version)
	if err != nil {
		w.Fatal(err)
	}
	if object == nil {
		err = w.store.CreateCookbook(w.Context(), w.org, c, authz.Everyone(nil, nil))
	} else {
		err = w.store.AddCookbookVersion(w.Context(), object, c)
	}
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) names(c *Catalog) []string {
	var out []string
	for _, b := range c.Cookbooks {
		for _, v := range b.Versions {
			out = append(out, b.Name+" "+v.Number.String())
		}
	}
	return out
}

// A catalog that nobody asked for in a day has lost its way along the log.
func TestCatalogBehindATrimmedLog(t *testing.T) { storetest.OnEach(t, testCatalogBehindATrimmedLog) }

func testCatalogBehindATrimmedLog(t *testing.T, db storetest.Database) {
	now := time.Now()
	w := worldAt(t, db, func() time.Time { return now })
	cache := NewCache(w.store)
	w.put("a", "1.0.0")
	if _, err := cache.At(t.Context(), w.org, w.heads()); err != nil {
		t.Fatal(err)
	}
	w.put("b", "1.0.0")
	now = now.Add(store.KeepChanges + time.Hour)
	if err := w.store.TrimChanges(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := cache.At(t.Context(), w.org, w.heads())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := w.names(c), []string{"a 1.0.0", "b 1.0.0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Whoever asks with heads that a change advanced sees the change, and not every
// change costs a new catalog.
func TestCacheFollowsTheLog(t *testing.T) { storetest.OnEach(t, testCacheFollowsTheLog) }

func testCacheFollowsTheLog(t *testing.T, db storetest.Database) {
	w := newWorld(t, db)
	cache := NewCache(w.store)
	at := func() *Catalog {
		t.Helper()
		c, err := cache.At(t.Context(), w.org, w.heads())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	expect := func(want ...string) *Catalog {
		t.Helper()
		c := at()
		if got := w.names(c); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		return c
	}
	expect()
	w.put("b", "1.9.0")
	w.put("a", "1.0.0")
	expect("a 1.0.0", "b 1.9.0")
	w.put("b", "1.10.0")
	before := expect("a 1.0.0", "b 1.10.0", "b 1.9.0")

	w.newOrg("other")
	if at() != before {
		t.Error("a change of another organization makes a new catalog")
	}
	err := w.store.Create(t.Context(), store.NewObject{Ref: store.Ref{Org: w.org, Type: chef.TypeNode, Name: "b"}, Plain: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	if at() != before {
		t.Error("a node makes a new catalog")
	}
	object := before.Cookbook("b").Object(w.org)
	if err := w.store.ChangeObjectACL(t.Context(), object, func(authz.ACL) (authz.ACL, error) {
		return authz.Everyone([]int64{7}, nil), nil
	}); err != nil {
		t.Fatal(err)
	}
	if acl := at().Cookbook("b").ACL; !acl.Allows(authz.Subject{Actor: 7}, authz.Read) {
		t.Error("the catalog has an old ACL")
	}
	for _, v := range before.Cookbook("b").Versions {
		if err := w.store.DeleteCookbookVersion(t.Context(), object, v.ID); err != nil {
			t.Fatal(err)
		}
	}
	expect("a 1.0.0")
	if got := w.names(before); len(got) != 3 {
		t.Errorf("a catalog changed under its reader: %q", got)
	}
}

func TestVersionLookup(t *testing.T) { storetest.OnEach(t, testVersionLookup) }

func testVersionLookup(t *testing.T, db storetest.Database) {
	w := newWorld(t, db)
	for _, v := range []string{"1.0.0", "2.0.0", "10.0.0"} {
		w.put("a", v)
	}
	all, err := NewCache(w.store).At(t.Context(), w.org, w.heads())
	if err != nil {
		t.Fatal(err)
	}
	book := all.Cookbook("a")
	for _, major := range []int64{1, 2, 10} {
		if v := book.Version(chef.Version{Major: major}); v == nil || v.Number.Major != major {
			t.Errorf("version %d: %v", major, v)
		}
	}
	if v := book.Version(chef.Version{Major: 3}); v != nil {
		t.Errorf("found %v", v.Number)
	}
}

// Past its limit the cache drops what was used longest ago, and asking for it
// again works.
func TestCacheIsBounded(t *testing.T) { storetest.OnEach(t, testCacheIsBounded) }

func testCacheIsBounded(t *testing.T, db storetest.Database) {
	w := newWorld(t, db)
	w.put("a", "1.0.0")
	cache := NewCache(w.store)
	cache.limit = 2 * entryCost
	other := w.newOrg("other")
	for range 3 {
		for _, org := range []int64{w.org, other} {
			if _, err := cache.At(t.Context(), org, w.heads()); err != nil {
				t.Fatal(err)
			}
		}
		if len(cache.orgs) != 1 || cache.held > cache.limit {
			t.Errorf("%d organizations, %d held", len(cache.orgs), cache.held)
		}
	}
}

func TestManifests(t *testing.T) { storetest.OnEach(t, testManifests) }

func testManifests(t *testing.T, db storetest.Database) {
	w := newWorld(t, db)
	w.put("a", "1.0.0")
	w.put("b", "1.0.0")
	all, err := NewCache(w.store).At(t.Context(), w.org, w.heads())
	if err != nil {
		t.Fatal(err)
	}
	a, b := &all.Cookbook("a").Versions[0], &all.Cookbook("b").Versions[0]
	cache := NewManifests(w.store)
	cache.limit = 1 // holds one, whatever its size
	for range 2 {
		found, err := cache.Get(t.Context(), []*Version{b, a}, chef.ManifestForm{})
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{"b", "a"} {
			var doc struct {
				Name string `json:"cookbook_name"`
			}
			if err := json.Unmarshal(found[i].Append(nil, nil), &doc); err != nil || doc.Name != name {
				t.Errorf("got %+v, %v", doc, err)
			}
		}
		if cache.recent.Len() != 1 || len(cache.byKey) != 1 {
			t.Errorf("holds %d, %d", cache.recent.Len(), len(cache.byKey))
		}
	}
	if err := w.store.DeleteCookbookVersion(t.Context(), all.Cookbook("b").Object(w.org), b.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := cache.Get(t.Context(), []*Version{b}, chef.ManifestForm{Minimal: true}); !errors.Is(err, store.ErrOvertaken) {
		t.Errorf("a deleted version: %v", err)
	}
}
