package store

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/chef"
)

func TestServerAdmins(t *testing.T) { onEach(t, testServerAdmins) }

func testServerAdmins(t *testing.T, db testDatabase) {
	s := open(t, db, Options{})
	err := s.CreateUser(t.Context(), NewActor{Org: Server, Type: chef.TypeUser, Name: "alice", SelfOwned: true}, Key{Name: DefaultKey, PublicKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // adding twice changes nothing
		if err := s.AddServerAdmin(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
	}
	names, err := s.ServerAdmins(t.Context())
	if diff := cmp.Diff([]string{"alice", Superuser}, names); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if err := s.RemoveServerAdmin(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"remove twice":  s.RemoveServerAdmin(t.Context(), "alice"),
		"remove nobody": s.RemoveServerAdmin(t.Context(), "nobody"),
		"add nobody":    s.AddServerAdmin(t.Context(), "nobody"),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v, want %v", what, err, ErrNotFound)
		}
	}
}
