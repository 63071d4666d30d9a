package store

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/chef"
)

func revision(t *testing.T, policy, id string) *chef.PolicyRevision {
	t.Helper()
	body := `{"revision_id":"` + id + `","name":"` + policy + `","run_list":[],"cookbook_locks":{}}`
	r, err := chef.ParsePolicyRevision([]byte(body), policy)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPolicyAssignments(t *testing.T) { onEach(t, testPolicyAssignments) }

func testPolicyAssignments(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	assign := func(group string, r *chef.PolicyRevision) error {
		a := Assignment{Org: org.ID, GroupName: group, Revision: r}
		a.Group, _ = s.Object(ctx, Ref{Org: org.ID, Type: chef.TypePolicyGroup, Name: group})
		a.Policy, _ = s.Object(ctx, policyRef(org.ID, r.Policy))
		return s.AssignPolicy(ctx, a)
	}
	shown := func() []PolicyInGroup {
		rows, err := s.PoliciesInGroups(ctx, org.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	for _, step := range []struct{ group, revision string }{{"prod", "1"}, {"dev", "1"}, {"prod", "2"}} {
		if err := assign(step.group, revision(t, "web", step.revision)); err != nil {
			t.Fatalf("%+v: %v", step, err)
		}
	}
	if diff := cmp.Diff([]PolicyInGroup{{"dev", "web", "1"}, {"prod", "web", "2"}}, shown()); diff != "" {
		t.Error(diff)
	}
	blind := Assignment{Org: org.ID, GroupName: "prod", Revision: revision(t, "web", "3")}
	if err := s.AssignPolicy(ctx, blind); !errors.Is(err, ErrOvertaken) {
		t.Errorf("making a group that is there: %v", err)
	}
	policy, err := s.Object(ctx, policyRef(org.ID, "web"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddPolicyRevision(ctx, policy, revision(t, "web", "1")); !errors.Is(err, ErrExists) {
		t.Errorf("adding a revision that is there: %v", err)
	}
	r, err := s.PolicyRevision(ctx, policy, "1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeletePolicyRevision(ctx, r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]PolicyInGroup{{"prod", "web", "2"}}, shown()); diff != "" {
		t.Errorf("a deleted revision is still used: %s", diff)
	}
	if err := s.Delete(ctx, policy); err != nil {
		t.Fatal(err)
	}
	if rows := shown(); len(rows) != 0 {
		t.Errorf("a deleted policy is still used: %v", rows)
	}
}
