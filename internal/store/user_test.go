package store

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

func TestUserNames(t *testing.T) { onEach(t, testUserNames) }

func testUserNames(t *testing.T, db testDatabase) {
	s := open(t, db, Options{})
	newUser(t, s, "anna")
	bert := newUser(t, s, "bert")
	link := func(a *Actor) error { a.ExternalUID = nullable("CN=Bert"); return nil }
	if err := s.UpdateActor(t.Context(), bert.ID, link, Key{}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		filter UserFilter
		want   []string
	}{
		{UserFilter{}, []string{"anna", "bert", Superuser}},
		{UserFilter{Email: "anna@example.org"}, []string{"anna"}},
		{UserFilter{ExternalUID: "cn=bert"}, []string{"bert"}},
		{UserFilter{Email: "anna@example.org", ExternalUID: "cn=bert"}, nil},
	}
	for _, test := range tests {
		got, err := s.UserNames(t.Context(), test.filter)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%+v: %v, %v; want %v", test.filter, got, err, test.want)
		}
	}
}

func TestUsersAreUnique(t *testing.T) { onEach(t, testUsersAreUnique) }

func testUsersAreUnique(t *testing.T, db testDatabase) {
	s := open(t, db, Options{})
	newUser(t, s, "anna")
	for _, n := range []NewActor{
		{Org: Server, Type: chef.TypeUser, Name: "anna"},
		{Org: Server, Type: chef.TypeUser, Name: "bert", User: Actor{Email: nullable("anna@example.org")}},
	} {
		if err := s.CreateUser(t.Context(), n, Key{}); !errors.Is(err, ErrExists) {
			t.Errorf("%s with %q: %v, want ErrExists", n.Name, n.User.Email.String, err)
		}
	}
	for _, name := range []string{"carl", "dora"} { // no address is not an address
		if err := s.CreateUser(t.Context(), NewActor{Org: Server, Type: chef.TypeUser, Name: name}, Key{}); err != nil {
			t.Errorf("%s without an address: %v", name, err)
		}
	}
}

func TestSetPasswordYieldsToAnotherChange(t *testing.T) {
	onEach(t, testSetPasswordYieldsToAnotherChange)
}

func testSetPasswordYieldsToAnotherChange(t *testing.T, db testDatabase) {
	s := open(t, db, Options{})
	stale := newUser(t, s, "anna")
	chosen := chef.Password{Hash: "chosen", Scheme: "bcrypt"}
	choose := func(a *Actor) error { a.Password = chosen; return nil }
	if err := s.UpdateActor(t.Context(), stale.ID, choose, Key{}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPassword(t.Context(), stale, chef.Password{Hash: "rehashed", Scheme: "bcrypt"}); err != nil {
		t.Fatal(err)
	}
	u, err := s.User(t.Context(), "anna")
	if err != nil || u.Password != chosen {
		t.Errorf("password %+v, %v; want %+v", u.Password, err, chosen)
	}
}

func TestCommonOrgs(t *testing.T) { onEach(t, testCommonOrgs) }

func testCommonOrgs(t *testing.T, db testDatabase) {
	s, acme := openOrg(t, db, Options{})
	ctx := t.Context()
	anna, bert := newUser(t, s, "anna"), newUser(t, s, "bert")
	if err := s.CreateOrg(ctx, NewOrg{Name: "zeta", FullName: "Zeta", Creator: anna.ID, ValidatorKey: testKey}); err != nil {
		t.Fatal(err)
	}
	zeta, _, err := s.Org(ctx, "zeta")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []struct {
		org  *Org
		user *Actor
	}{{acme, anna}, {zeta, anna}, {zeta, bert}} {
		if err := s.Associate(ctx, a.org, a.user, authz.ACL{}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.UserOrgs(ctx, anna.ID)
	if diff := cmp.Diff([]string{"acme", "zeta"}, orgNames(all)); err != nil || diff != "" {
		t.Errorf("organizations: %v (-want +got):\n%s", err, diff)
	}
	common, err := s.CommonOrgs(ctx, anna.ID, bert.ID)
	if diff := cmp.Diff([]string{"zeta"}, orgNames(common)); err != nil || diff != "" {
		t.Errorf("common organizations: %v (-want +got):\n%s", err, diff)
	}
}

func orgNames(orgs []*Org) []string {
	var names []string
	for _, o := range orgs {
		names = append(names, o.Name)
	}
	return names
}
