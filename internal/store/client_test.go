package store

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

func newClient(t *testing.T, s *Store, org *Org, name, key string) {
	t.Helper()
	err := s.CreateClient(t.Context(), NewActor{Org: org.ID, Type: chef.TypeClient, Name: name, SelfOwned: true},
		Key{Name: DefaultKey, PublicKey: key})
	if err != nil {
		t.Fatalf("create client %s: %v", name, err)
	}
}

func TestClientLife(t *testing.T) { onEach(t, testClientLife) }

func testClientLife(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	newClient(t, s, org, "web1", "KEY")
	err := s.CreateClient(ctx, NewActor{Org: org.ID, Type: chef.TypeClient, Name: "web1"}, Key{})
	if !errors.Is(err, ErrExists) {
		t.Errorf("create again: %v, want ErrExists", err)
	}
	c, err := s.Client(ctx, org.ID, "web1")
	if err != nil {
		t.Fatal(err)
	}
	if in, err := s.IsMember(ctx, org.ID, authz.Clients, c.ID); err != nil || !in {
		t.Errorf("in the group of clients: %v, %v", in, err)
	}
	rename := func(a *Actor) error { a.Name = "web9"; return nil }
	if err := s.UpdateActor(ctx, c.ID, rename, Key{Name: DefaultKey, PublicKey: "OTHER"}); err != nil {
		t.Fatalf("rename: %v", err)
	}
	renamed, err := s.Client(ctx, org.ID, "web9")
	if err != nil {
		t.Fatalf("renamed: %v", err)
	}
	keys, err := s.Keys(ctx, c.ID)
	if want := []Key{{Name: DefaultKey, PublicKey: "OTHER"}}; err != nil || !cmp.Equal(keys, want) {
		t.Errorf("keys %v, %v; want %v", keys, err, want)
	}
	if err := s.DeleteClient(ctx, renamed); err != nil {
		t.Fatalf("delete: %v", err)
	}
	if err := s.DeleteClient(ctx, renamed); !errors.Is(err, ErrNotFound) {
		t.Errorf("delete again: %v, want ErrNotFound", err)
	}
}

// Search follows clients by the object log, authentication by the other one.
func TestClientChangesAreLogged(t *testing.T) { onEach(t, testClientChangesAreLogged) }

func testClientChangesAreLogged(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	heads := func() Heads {
		t.Helper()
		_, h, err := s.Org(ctx, "acme")
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	steps := map[string]func(c *Actor) error{
		"key": func(c *Actor) error {
			return s.Write(ctx, func(tx *Tx) error { return tx.AddKey(ctx, c, Key{Name: "k"}) })
		},
		"flag": func(c *Actor) error {
			return s.UpdateActor(ctx, c.ID, func(a *Actor) error { a.Validator = true; return nil }, Key{})
		},
		"delete": func(c *Actor) error { return s.DeleteClient(ctx, c) },
	}
	newClient(t, s, org, "web1", "KEY")
	for _, name := range []string{"key", "flag", "delete"} {
		before := heads()
		c, err := s.Client(ctx, org.ID, "web1")
		if err != nil {
			t.Fatal(err)
		}
		if err := steps[name](c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if after := heads(); after.Object <= before.Object || after.Authz <= before.Authz {
			t.Errorf("%s: heads %+v, then %+v; both must advance", name, before, after)
		}
	}
}
