package store

import (
	"errors"
	"slices"
	"testing"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// A key that is added while its client is renamed is announced under the name
// by which caches will know the client.
func TestKeyMeetsRenaming(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	ctx := t.Context()
	newClient(t, s, org, "old", "KEY")
	c, err := s.Client(ctx, org.ID, "old")
	if err != nil {
		t.Fatal(err)
	}
	both(t, s, func(tx *Tx) error {
		a, err := tx.actorByID(ctx, c.ID)
		if err != nil {
			return err
		}
		a.Name = "new"
		return tx.SaveActor(ctx, a, "old")
	}, func() error {
		return s.Write(ctx, func(tx *Tx) error { return tx.AddKey(ctx, c, Key{Name: "second"}) })
	})
	_, heads, err := s.Org(ctx, "acme")
	if err != nil {
		t.Fatal(err)
	}
	last, ok, err := s.AuthzChanges(ctx, org.ID, heads.Authz-1, heads.Authz)
	if want := (AuthzChange{chef.TypeClient, "new"}); err != nil || !ok || !slices.Contains(last, want) {
		t.Errorf("announced %v, %v, %v; want %v", last, ok, err, want)
	}
}

// A user who joins an organization while it is deleted leaves nothing there.
func TestAssociationMeetsDeletion(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	ctx := t.Context()
	user := newUser(t, s, "alice")
	both(t, s, func(tx *Tx) error { return tx.associate(ctx, org, user, authz.Everyone(nil, nil)) },
		func() error { return s.DeleteUser(ctx, user) })
	if _, err := s.Object(ctx, Ref{Org: org.ID, Type: chef.TypeGroup, Name: user.GUID}); !errors.Is(err, ErrNotFound) {
		t.Errorf("group of a deleted user: %v, want ErrNotFound", err)
	}
}

// The group of clients can be deleted at any moment.
func TestClientMeetsTheEndOfItsGroup(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	ctx := t.Context()
	group, err := s.Object(ctx, Ref{Org: org.ID, Type: chef.TypeGroup, Name: authz.Clients})
	if err != nil {
		t.Fatal(err)
	}
	create := func() error {
		return s.CreateClient(ctx, NewActor{Org: org.ID, Type: chef.TypeClient, Name: "web1"}, Key{})
	}
	first, second := interleave(t, s, func(tx *Tx) error { return tx.Delete(ctx, group) }, create)
	if first != nil || !errors.Is(second, ErrOvertaken) {
		t.Fatalf("%v, %v; want the second overtaken", first, second)
	}
	if err := create(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Client(ctx, org.ID, "web1"); err != nil {
		t.Errorf("client: %v", err)
	}
}
