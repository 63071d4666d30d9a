package store

import (
	"errors"
	"testing"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// An item that was acknowledged is in a bag that is there.
func TestItemMeetsTheEndOfItsBag(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	ctx := t.Context()
	bag := mustMake(t, s, Ref{Org: org.ID, Type: chef.TypeDataBag, Name: "users"})
	item := Ref{Org: org.ID, Type: chef.TypeDataBagItem, Parent: "users", Name: "alice"}
	both(t, s, func(tx *Tx) error {
		if _, err := tx.Object(ctx, bag.Ref); err != nil {
			return err
		}
		_, err := tx.Create(ctx, NewObject{Ref: item, Plain: []byte(`{}`)})
		return err
	}, func() error { return s.Delete(ctx, bag) })
	if _, err := s.Object(ctx, item); !errors.Is(err, ErrNotFound) {
		t.Errorf("item of a deleted bag: %v, want ErrNotFound", err)
	}
	bag = mustMake(t, s, bag.Ref)
	first, second := interleave(t, s, func(tx *Tx) error { return tx.Delete(ctx, bag) },
		func() error { return s.CreateItem(ctx, bag, "bob", []byte(`{}`)) })
	if first != nil || !errors.Is(second, ErrNotFound) {
		t.Errorf("bag deleted: %v; item created: %v, want ErrNotFound", first, second)
	}
}

func TestACLChangesMeet(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	o := mustMake(t, s, Ref{Org: org.ID, Type: chef.TypeNode, Name: "web1"})
	give := func(perm authz.Perm) ACLChange {
		return func(acl authz.ACL) (authz.ACL, error) {
			acl[perm].Actors = []int64{7}
			return acl, nil
		}
	}
	both(t, s, func(tx *Tx) error { return tx.changeACL(t.Context(), "object", o.ID, give(authz.Update)) },
		func() error { return s.ChangeObjectACL(t.Context(), o, give(authz.Delete)) })
	o, err := s.Object(t.Context(), o.Ref)
	if err != nil {
		t.Fatal(err)
	}
	for _, perm := range []authz.Perm{authz.Update, authz.Delete} {
		if !o.ACL.Allows(authz.Subject{Actor: 7}, perm) {
			t.Errorf("%s was undone by the other change", perm)
		}
	}
}

// Each of two nestings is no cycle while the other is not there.
func TestNestingsMeet(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	a := mustMake(t, s, Ref{Org: org.ID, Type: chef.TypeGroup, Name: "a"})
	b := mustMake(t, s, Ref{Org: org.ID, Type: chef.TypeGroup, Name: "b"})
	first, second := interleave(t, s,
		func(tx *Tx) error { return tx.SetMembership(t.Context(), a, Membership{Groups: []int64{b.ID}}) },
		func() error { return s.UpdateGroup(t.Context(), b, "b", Membership{Groups: []int64{a.ID}}) })
	if first != nil || chef.CodeOf(second) != chef.Invalid {
		t.Errorf("got %v and %v, want the second invalid", first, second)
	}
}

// Two policies, or two assignments of one, may come at once.
func TestAssignmentsMeet(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	ctx := t.Context()
	policy := mustMake(t, s, policyRef(org.ID, "web"))
	group := mustMake(t, s, Ref{Org: org.ID, Type: chef.TypePolicyGroup, Name: "prod"})
	revision := &chef.PolicyRevision{Policy: "web", ID: "1", Document: []byte(`{}`)}
	both(t, s, func(tx *Tx) error {
		_, err := tx.findOrAddRevision(ctx, policy.ID, revision)
		return err
	}, func() error {
		return s.AssignPolicy(ctx, Assignment{Org: org.ID, GroupName: "prod", Group: group, Policy: policy, Revision: revision})
	})
	if _, err := s.PolicyInGroup(ctx, group, policy); err != nil {
		t.Errorf("assigned: %v", err)
	}
}
