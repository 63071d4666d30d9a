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

func TestClientDocuments(t *testing.T) {
	s, org := openOrg(t, Options{})
	newClient(t, s, org, "web1", "KEY")
	newClient(t, s, org, "web2", "")
	tail := `","validator":false,"orgname":"acme","json_class":"Chef::ApiClient","chef_type":"client","public_key":`
	want := map[string]string{
		"web1": `{"name":"web1","clientname":"web1` + tail + `"KEY"}`,
		"web2": `{"name":"web2","clientname":"web2` + tail + `null}`,
	}
	named, err := s.ClientDocuments(t.Context(), org.ID, []string{"web2", "gone", "web1"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, texts(named)); diff != "" {
		t.Errorf("named (-want +got):\n%s", diff)
	}
	all, err := s.AllClientDocuments(t.Context(), org.ID)
	if err != nil || len(all) != 3 || all[0].Name != ValidatorName("acme") {
		t.Errorf("all: %d documents, %v; want the validator and two more", len(all), err)
	}
}

func texts(docs []ClientDocument) map[string]string {
	out := map[string]string{}
	for _, d := range docs {
		out[d.Name] = string(d.Document)
	}
	return out
}

func TestClientLife(t *testing.T) {
	s, org := openOrg(t, Options{})
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
	renamed := *c
	renamed.Name = "web9"
	if err := s.UpdateActor(ctx, &renamed, "web1", Key{Name: DefaultKey, PublicKey: "OTHER"}); err != nil {
		t.Fatalf("rename: %v", err)
	}
	keys, err := s.Keys(ctx, c.ID)
	if want := []Key{{Name: DefaultKey, PublicKey: "OTHER"}}; err != nil || !cmp.Equal(keys, want) {
		t.Errorf("keys %v, %v; want %v", keys, err, want)
	}
	if err := s.DeleteClient(ctx, &renamed); err != nil {
		t.Fatalf("delete: %v", err)
	}
	if err := s.DeleteClient(ctx, &renamed); !errors.Is(err, ErrNotFound) {
		t.Errorf("delete again: %v, want ErrNotFound", err)
	}
}

// Search follows clients by the object log, authentication by the other one.
func TestClientChangesAreLogged(t *testing.T) {
	s, org := openOrg(t, Options{})
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
		"flag":   func(c *Actor) error { c.Validator = true; return s.UpdateActor(ctx, c, c.Name, Key{}) },
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
