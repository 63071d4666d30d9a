package api

import (
	"errors"
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

var policyGroups = noun{
	typ: chef.TypePolicyGroup, container: "policy_groups",
	missing: func(name string) error { return chef.Errorf(chef.NotFound, "policy_group '%s' not found", name) },
}

func (s *Server) policyGroupRoutes() {
	s.orgRoute("/policy_groups", resource{"GET": do(listPolicyGroups)})
	s.orgRoute("/policy_groups/{group}", resource{"GET": do(getPolicyGroup), "DELETE": do(deletePolicyGroup)})
	s.orgRoute("/policy_groups/{group}/policies/{name}", resource{
		"GET":    do(getAssignment),
		"PUT":    take(parseAssignment, putAssignment),
		"DELETE": do(deleteAssignment),
	})
}

// policyGroupBody is a policy group as lists show it.
type policyGroupBody struct {
	URI      string                    `json:"uri"`
	Policies map[string]policyRevision `json:"policies,omitempty"`
}

type policyRevision struct {
	ID string `json:"revision_id"`
}

func listPolicyGroups(rq *request) (*response, error) {
	if _, err := rq.container(policyGroups.container, authz.Read); err != nil {
		return nil, err
	}
	names, err := rq.Store.Names(rq.Context(), rq.org.ID, chef.TypePolicyGroup, "")
	if err != nil {
		return nil, err
	}
	rows, err := rq.Store.PoliciesInGroups(rq.Context(), rq.org.ID, "")
	if err != nil {
		return nil, err
	}
	list := make(map[string]policyGroupBody, len(names))
	for _, name := range names {
		list[name] = policyGroupBody{rq.url(policyGroups.container, name), map[string]policyRevision{}}
	}
	for _, row := range rows {
		if group, ok := list[row.Group]; ok { // else it came between the two reads
			group.Policies[row.Policy] = policyRevision{row.Revision}
		}
	}
	return ok(list)
}

func (rq *request) showPolicyGroup(group *store.Object) (*response, error) {
	rows, err := rq.Store.PoliciesInGroups(rq.Context(), rq.org.ID, group.Name)
	if err != nil {
		return nil, err
	}
	body := struct {
		URI      string                    `json:"uri"`
		Policies map[string]policyRevision `json:"policies"`
	}{rq.url(policyGroups.container, group.Name), map[string]policyRevision{}}
	for _, row := range rows {
		body.Policies[row.Policy] = policyRevision{row.Revision}
	}
	return ok(body)
}

func getPolicyGroup(rq *request) (*response, error) {
	group, err := policyGroups.permitted(rq, rq.PathValue("group"), authz.Read)
	if err != nil {
		return nil, err
	}
	return rq.showPolicyGroup(group)
}

func deletePolicyGroup(rq *request) (*response, error) {
	group, err := policyGroups.permitted(rq, rq.PathValue("group"), authz.Delete)
	if err != nil {
		return nil, err
	}
	res, err := rq.showPolicyGroup(group)
	if err != nil {
		return nil, err
	}
	return res, orMissing(rq.Store.Delete(rq.Context(), group), policyGroups.missing(group.Name))
}

// assignment is a policy group, a policy and the revision that the group uses
// of it. What is missing is nil.
type assignment struct {
	group, policy *store.Object
	revision      *store.PolicyRevision
}

func (rq *request) assignment() (a assignment, err error) {
	a.group, err = policyGroups.find(rq, rq.PathValue("group"))
	if err != nil && chef.CodeOf(err) != chef.NotFound {
		return a, err
	}
	a.policy, err = policies.find(rq, rq.PathValue("name"))
	if err != nil && !errors.Is(err, errNoPolicy) {
		return a, err
	}
	if a.group == nil || a.policy == nil {
		return a, nil
	}
	r, err := rq.Store.PolicyInGroup(rq.Context(), a.group, a.policy)
	if errors.Is(err, store.ErrNotFound) {
		return a, nil
	}
	a.revision = r
	return a, err
}

// assigned returns the assignment that the path names after checking a
// permission on its policy and its group.
func (rq *request) assigned(perm authz.Perm) (assignment, error) {
	a, err := rq.assignment()
	if err != nil {
		return a, err
	}
	if a.revision == nil {
		return a, rq.notAssigned()
	}
	if err := rq.requireUnlessSuper(a.policy.ACL, perm); err != nil {
		return a, err
	}
	return a, rq.requireUnlessSuper(a.group.ACL, perm)
}

func (rq *request) notAssigned() error {
	return chef.Errorf(chef.NotFound, "Cannot load policy %s in policy group %s", rq.PathValue("name"), rq.PathValue("group"))
}

func getAssignment(rq *request) (*response, error) {
	a, err := rq.assigned(authz.Read)
	if err != nil {
		return nil, err
	}
	return stored(a.revision.Document)
}

func deleteAssignment(rq *request) (*response, error) {
	a, err := rq.assigned(authz.Delete)
	if err != nil {
		return nil, err
	}
	if err := rq.Store.UnassignPolicy(rq.Context(), a.group, a.policy); err != nil {
		return nil, orMissing(err, rq.notAssigned())
	}
	return stored(a.revision.Document)
}

// parseAssignment checks the group's name too: it comes from the path alone.
func parseAssignment(rq *request) (*chef.PolicyRevision, error) {
	if !chef.ValidPolicyName(rq.PathValue("group")) {
		return nil, chef.InvalidField("policy_group")
	}
	return parsePolicyRevision(rq)
}

func putAssignment(rq *request, r *chef.PolicyRevision) (*response, error) {
	a, err := rq.assignment()
	if err != nil {
		return nil, err
	}
	next := store.Assignment{
		Org: rq.org.ID, GroupName: rq.PathValue("group"), Group: a.group, Policy: a.policy, Revision: r,
	}
	if next.GroupACL, err = rq.updateOrInherit(a.group, policyGroups.container); err != nil {
		return nil, err
	}
	if next.PolicyACL, err = rq.updateOrInherit(a.policy, policies.container); err != nil {
		return nil, err
	}
	if err := rq.Store.AssignPolicy(rq.Context(), next); err != nil {
		return nil, err
	}
	if a.revision != nil {
		return raw(http.StatusOK, "", r.Document)
	}
	return raw(http.StatusCreated, rq.url(policies.container, r.Policy), r.Document)
}

// updateOrInherit requires that the requestor may update an object, or, when
// there is none, create one: then it returns the ACL to create it with.
func (rq *request) updateOrInherit(o *store.Object, container string) (authz.ACL, error) {
	if o != nil {
		return authz.ACL{}, rq.requireUnlessSuper(o.ACL, authz.Update)
	}
	return rq.inheritUnlessSuper(container)
}
