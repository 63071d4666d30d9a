package store

import (
	"sync"
	"testing"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// Two ACEs of one entity are changed at once, each many times: neither change
// may bring back what the other replaced.
func TestChangesOfTwoACEsDoNotUndoEachOther(t *testing.T) {
	onEach(t, testChangesOfTwoACEsDoNotUndoEachOther)
}

func testChangesOfTwoACEsDoNotUndoEachOther(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	if err := s.Create(ctx, node(org, "web1", "{}")); err != nil {
		t.Fatalf("create: %v", err)
	}
	ref := Ref{Org: org.ID, Type: chef.TypeNode, Name: "web1"}
	o, err := s.Object(ctx, ref)
	if err != nil {
		t.Fatalf("object: %v", err)
	}
	const last = 50
	var wg sync.WaitGroup
	for _, perm := range []authz.Perm{authz.Update, authz.Delete} {
		wg.Go(func() {
			for id := range int64(last + 1) {
				err := s.ChangeObjectACL(ctx, o, func(acl authz.ACL) (authz.ACL, error) {
					acl[perm] = authz.ACE{Actors: []int64{id}}
					return acl, nil
				})
				if err != nil {
					t.Errorf("change: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if o, err = s.Object(ctx, ref); err != nil {
		t.Fatalf("object: %v", err)
	}
	for _, perm := range []authz.Perm{authz.Update, authz.Delete} {
		if !o.ACL.Allows(authz.Subject{Actor: last}, perm) || len(o.ACL[perm].Actors) != 1 {
			t.Errorf("%s is held by %v, want %d", perm, o.ACL[perm].Actors, last)
		}
	}
}
