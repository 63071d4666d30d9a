package store

import (
	"errors"
	"slices"
	"testing"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// newUser makes a user and returns it as it is stored.
func newUser(t *testing.T, s *Store, name string) *Actor {
	t.Helper()
	err := s.CreateUser(t.Context(), NewActor{
		Org: Server, Type: chef.TypeUser, Name: name, SelfOwned: true,
		User: Actor{Email: nullable(name + "@example.org")},
	}, Key{Name: DefaultKey, PublicKey: testKey})
	if err != nil {
		t.Fatalf("create user %s: %v", name, err)
	}
	u, err := s.User(t.Context(), name)
	if err != nil {
		t.Fatalf("user %s: %v", name, err)
	}
	return u
}

// standing is what an association shows in the database.
type standing struct {
	member, inUsers, readable bool
}

func standingOf(t *testing.T, s *Store, org *Org, name string) standing {
	t.Helper()
	ids, err := s.Identities(t.Context(), org.ID, name)
	if err != nil || len(ids) != 1 {
		t.Fatalf("identities of %s: %d, %v", name, len(ids), err)
	}
	groups, err := s.GroupIDs(t.Context(), org.ID, []string{authz.Users, "::" + authz.ReadAccessGroup(org.Name)})
	if err != nil || len(groups) != 2 {
		t.Fatalf("groups: %v, %v", groups, err)
	}
	return standing{
		member:   ids[0].Member,
		inUsers:  slices.Contains(ids[0].Groups, groups[authz.Users]),
		readable: slices.Contains(ids[0].Actor.ACL[authz.Read].Groups, groups["::"+authz.ReadAccessGroup(org.Name)]),
	}
}

func TestAssociation(t *testing.T) { onEach(t, testAssociation) }

func testAssociation(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	user := newUser(t, s, "anna")
	outside, inside := standing{}, standing{true, true, true}
	for round := range 2 { // what leaves behind nothing can be done again
		if got := standingOf(t, s, org, "anna"); got != outside {
			t.Fatalf("round %d: before: %+v", round, got)
		}
		if err := s.Associate(ctx, org, user, authz.ACL{}); err != nil {
			t.Fatalf("associate: %v", err)
		}
		if err := s.Associate(ctx, org, user, authz.ACL{}); !errors.Is(err, ErrExists) {
			t.Errorf("associate again: %v, want ErrExists", err)
		}
		if got := standingOf(t, s, org, "anna"); got != inside {
			t.Errorf("round %d: associated: %+v", round, got)
		}
		if err := s.Disassociate(ctx, org, user); err != nil {
			t.Fatalf("disassociate: %v", err)
		}
		if err := s.Disassociate(ctx, org, user); !errors.Is(err, ErrNotFound) {
			t.Errorf("disassociate again: %v, want ErrNotFound", err)
		}
	}
	if got := standingOf(t, s, org, "anna"); got != outside {
		t.Errorf("after: %+v", got)
	}
}

func TestAssociationWithoutUsersGroup(t *testing.T) { onEach(t, testAssociationWithoutUsersGroup) }

func testAssociationWithoutUsersGroup(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	group, err := s.Object(t.Context(), Ref{Org: org.ID, Type: chef.TypeGroup, Name: authz.Users})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), group); err != nil {
		t.Fatal(err)
	}
	if err := s.Associate(t.Context(), org, newUser(t, s, "anna"), authz.ACL{}); err != nil {
		t.Errorf("associate: %v", err)
	}
}

func TestDeleteUserLeavesNoGroup(t *testing.T) { onEach(t, testDeleteUserLeavesNoGroup) }

func testDeleteUserLeavesNoGroup(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	user := newUser(t, s, "anna")
	if err := s.Associate(t.Context(), org, user, authz.ACL{}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteUser(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	_, err := s.Object(t.Context(), Ref{Org: org.ID, Type: chef.TypeGroup, Name: user.GUID})
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("the user's group: %v, want ErrNotFound", err)
	}
	if again := newUser(t, s, "anna"); again.ID == user.ID {
		t.Error("an id was used twice: what was granted to the old user is the new one's")
	}
	if got := standingOf(t, s, org, "anna"); got != (standing{}) {
		t.Errorf("a new user of the name: %+v", got)
	}
}

func TestInvitation(t *testing.T) { onEach(t, testInvitation) }

func testInvitation(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	user, inviter := newUser(t, s, "anna"), newUser(t, s, "bert")
	id, err := s.Invite(ctx, org, user.ID, inviter.ID)
	if err != nil {
		t.Fatalf("invite: %v", err)
	}
	if _, err := s.Invite(ctx, org, user.ID, inviter.ID); !errors.Is(err, ErrExists) {
		t.Errorf("invite again: %v, want ErrExists", err)
	}
	i, err := s.Invitation(ctx, id)
	if err != nil || i.User != "anna" || i.OrgName != "acme" || i.Inviter != inviter.ID {
		t.Fatalf("invitation %+v, %v", i, err)
	}
	if err := s.Accept(ctx, i, org, user, authz.ACL{}); err != nil {
		t.Fatalf("accept: %v", err)
	}
	if err := s.Accept(ctx, i, org, user, authz.ACL{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("accept again: %v, want ErrNotFound", err)
	}
	if list, err := s.UserInvitations(ctx, user.ID); err != nil || len(list) != 0 {
		t.Errorf("invitations left: %v, %v", list, err)
	}
}

func TestRefusedAcceptanceKeepsInvitation(t *testing.T) {
	onEach(t, testRefusedAcceptanceKeepsInvitation)
}

func testRefusedAcceptanceKeepsInvitation(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	user := newUser(t, s, "anna")
	id, err := s.Invite(ctx, org, user.ID, user.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Associate(ctx, org, user, authz.ACL{}); err != nil {
		t.Fatal(err)
	}
	i, err := s.Invitation(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Accept(ctx, i, org, user, authz.ACL{}); !errors.Is(err, ErrExists) {
		t.Fatalf("accept: %v, want ErrExists", err)
	}
	if _, err := s.Invitation(ctx, id); err != nil {
		t.Errorf("a transaction that failed took the invitation: %v", err)
	}
}
