package store

import (
	"errors"
	"slices"
	"testing"

	"tournant/internal/chef"
)

// Two requests may have read the same environment before either writes. What
// the log says of names must be what the table says, or lists that follow it
// keep a name that is gone.
func TestChangeOfWhatWasRenamedMeanwhile(t *testing.T) {
	onEach(t, testChangeOfWhatWasRenamedMeanwhile)
}

func testChangeOfWhatWasRenamedMeanwhile(t *testing.T, db testDatabase) {
	for name, late := range map[string]func(*Store, *Object) error{
		"rename": func(s *Store, o *Object) error {
			_, err := s.Update(t.Context(), o, "third", "", []byte(`{"late":1}`))
			return err
		},
		"update": func(s *Store, o *Object) error {
			_, err := s.Update(t.Context(), o, "first", "", []byte(`{"late":1}`))
			return err
		},
		"delete": func(s *Store, o *Object) error { return s.Delete(t.Context(), o) },
	} {
		t.Run(name, func(t *testing.T) {
			s, org := openOrg(t, db, Options{})
			ref := Ref{Org: org.ID, Type: chef.TypeEnvironment, Name: "first"}
			if err := s.Create(t.Context(), NewObject{Ref: ref, Plain: []byte(`{}`)}); err != nil {
				t.Fatal(err)
			}
			stale, err := s.Object(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Update(t.Context(), stale, "second", "", []byte(`{"a":1}`)); err != nil {
				t.Fatal(err)
			}
			if err := late(s, stale); !errors.Is(err, ErrNotFound) {
				t.Errorf("late %s: %v, want ErrNotFound", name, err)
			}
			requireLogMatches(t, s, org, chef.TypeEnvironment)
		})
	}
}

func TestChangeOfGroupThatWasRenamedMeanwhile(t *testing.T) {
	onEach(t, testChangeOfGroupThatWasRenamedMeanwhile)
}

func testChangeOfGroupThatWasRenamedMeanwhile(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ref := Ref{Org: org.ID, Type: chef.TypeGroup, Name: "first"}
	if err := s.Create(t.Context(), NewObject{Ref: ref}); err != nil {
		t.Fatal(err)
	}
	stale, err := s.Object(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.UpdateGroup(t.Context(), stale, "second", Membership{}); err != nil {
		t.Fatal(err)
	}
	if err := s.UpdateGroup(t.Context(), stale, "third", Membership{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("late rename: %v, want ErrNotFound", err)
	}
	requireLogMatches(t, s, org, chef.TypeGroup)
}

// requireLogMatches compares the names that the log leads to with the table's.
func requireLogMatches(t *testing.T, s *Store, org *Org, typ chef.ObjectType) {
	t.Helper()
	changes, err := s.ObjectChanges(t.Context(), org.ID, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, c := range changes {
		if c.Type == typ && c.Deleted {
			delete(there, c.Name)
		} else if c.Type == typ {
			there[c.Name] = true
		}
	}
	names, err := s.Names(t.Context(), org.ID, typ, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if !there[n] {
			t.Errorf("the log does not know %s", n)
		}
		delete(there, n)
	}
	for n := range there {
		t.Errorf("the log has %s, which is gone", n)
	}
}

// A client that was renamed is cached by its new name: that is the name by
// which its deletion and the end of a key must be announced.
func TestChangeOfClientThatWasRenamedMeanwhile(t *testing.T) {
	onEach(t, testChangeOfClientThatWasRenamedMeanwhile)
}

func testChangeOfClientThatWasRenamedMeanwhile(t *testing.T, db testDatabase) {
	for name, late := range map[string]func(*Tx, *Actor) error{
		"delete":     func(tx *Tx, a *Actor) error { return tx.DeleteActor(t.Context(), a) },
		"delete key": func(tx *Tx, a *Actor) error { return tx.DeleteKey(t.Context(), a, DefaultKey) },
	} {
		t.Run(name, func(t *testing.T) {
			s, org := openOrg(t, db, Options{})
			stale, err := s.Client(t.Context(), org.ID, ValidatorName("acme"))
			if err != nil {
				t.Fatal(err)
			}
			rename := func(a *Actor) error { a.Name = "renamed"; return nil }
			if err := s.UpdateActor(t.Context(), stale.ID, rename, Key{}); err != nil {
				t.Fatal(err)
			}
			_, before, _ := s.Org(t.Context(), "acme")
			if err := s.Write(t.Context(), func(tx *Tx) error { return late(tx, stale) }); err != nil {
				t.Fatal(err)
			}
			_, after, _ := s.Org(t.Context(), "acme")
			changes, _, err := s.AuthzChanges(t.Context(), org.ID, before.Authz, after.Authz)
			if err != nil || !slices.Contains(changes, AuthzChange{chef.TypeClient, "renamed"}) {
				t.Errorf("announced %v, %v; want the client as it is called now", changes, err)
			}
		})
	}
}

// What a row would refer to may be deleted after the write was decided on.
func TestWritesThatReferToWhatIsGone(t *testing.T) { onEach(t, testWritesThatReferToWhatIsGone) }

func testWritesThatReferToWhatIsGone(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	validator, err := s.Client(ctx, org.ID, ValidatorName("acme"))
	if err != nil {
		t.Fatal(err)
	}
	user, err := s.User(ctx, Superuser)
	if err != nil {
		t.Fatal(err)
	}
	group, err := s.Object(ctx, Ref{Org: org.ID, Type: chef.TypeGroup, Name: "clients"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteClient(ctx, validator); err != nil {
		t.Fatal(err)
	}
	err = s.UpdateGroup(ctx, group, group.Name, Membership{Clients: []int64{validator.ID}})
	if !errors.Is(err, ErrOvertaken) {
		t.Errorf("a member that is gone: %v, want ErrOvertaken", err)
	}
	if err := s.DeleteOrg(ctx, org); err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func() error{
		"object": func() error { return s.Create(ctx, node(org, "n", `{}`)) },
		"client": func() error {
			return s.CreateClient(ctx, NewActor{Org: org.ID, Type: chef.TypeClient, Name: "c"}, Key{})
		},
		"association": func() error { return s.Associate(ctx, org, user, validator.ACL) },
		"invitation":  func() error { _, err := s.Invite(ctx, org, user.ID, user.ID); return err },
		"sandbox":     func() error { _, _, err := s.CreateSandbox(ctx, org.ID, nil); return err },
		"cookbook":    func() error { return s.CreateCookbook(ctx, org.ID, cookbook(t, "1.0.0"), validator.ACL) },
	} {
		if err := write(); !errors.Is(err, ErrOvertaken) {
			t.Errorf("%s: %v, want ErrOvertaken", name, err)
		}
	}
}
