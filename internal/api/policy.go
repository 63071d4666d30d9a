package api

import (
	"errors"
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

// errNoPolicy stands for a policy or revision that is missing: its answer is
// without a body.
var errNoPolicy = errors.New("no such policy")

var policies = noun{
	typ: chef.TypePolicy, container: "policies",
	missing: func(string) error { return errNoPolicy },
}

func (s *Server) policyRoutes() {
	s.orgRoute("/policies", resource{"GET": do(listPolicies)})
	s.orgRoute("/policies/{name}", resource{
		"GET":    do(orNoPolicy(getPolicy)),
		"DELETE": do(orNoPolicy(deletePolicy)),
	})
	s.orgRoute("/policies/{name}/revisions", resource{"POST": take(parsePolicyRevision, createPolicyRevision)})
	s.orgRoute("/policies/{name}/revisions/{revision}", resource{
		"GET":    do(orNoPolicy(getPolicyRevision)),
		"DELETE": do(orNoPolicy(deletePolicyRevision)),
	})
}

// orNoPolicy answers errNoPolicy.
func orNoPolicy(h handler) handler {
	return func(rq *request) (*response, error) {
		res, err := h(rq)
		if errors.Is(err, errNoPolicy) {
			return &response{status: http.StatusNotFound}, nil
		}
		return res, err
	}
}

func parsePolicyRevision(rq *request) (*chef.PolicyRevision, error) {
	return chef.ParsePolicyRevision(rq.body, rq.PathValue("name"))
}

// revisions is a set of revisions, as the API spells sets.
type revisions map[string]struct{}

func listPolicies(rq *request) (*response, error) {
	if _, err := rq.container(policies.container, authz.Read); err != nil {
		return nil, err
	}
	rows, err := rq.Store.PolicyRevisionNames(rq.Context(), rq.org.ID, "")
	if err != nil {
		return nil, err
	}
	type entry struct {
		URI       string    `json:"uri"`
		Revisions revisions `json:"revisions"`
	}
	list := map[string]entry{}
	for _, row := range rows {
		if _, ok := list[row.Policy]; !ok {
			list[row.Policy] = entry{rq.url(policies.container, row.Policy), revisions{}}
		}
		list[row.Policy].Revisions[row.Revision] = struct{}{}
	}
	return ok(list)
}

// policy returns the policy that the path names after checking a permission on
// it.
func (rq *request) policy(perm authz.Perm) (*store.Object, error) {
	return policies.permitted(rq, rq.PathValue("name"), perm)
}

func (rq *request) showPolicy(policy *store.Object) (*response, error) {
	rows, err := rq.Store.PolicyRevisionNames(rq.Context(), rq.org.ID, policy.Name)
	if err != nil {
		return nil, err
	}
	body := struct {
		Revisions revisions `json:"revisions,omitempty"`
	}{revisions{}}
	for _, row := range rows {
		body.Revisions[row.Revision] = struct{}{}
	}
	return ok(body)
}

func getPolicy(rq *request) (*response, error) {
	policy, err := rq.policy(authz.Read)
	if err != nil {
		return nil, err
	}
	return rq.showPolicy(policy)
}

func deletePolicy(rq *request) (*response, error) {
	policy, err := rq.policy(authz.Delete)
	if err != nil {
		return nil, err
	}
	res, err := rq.showPolicy(policy)
	if err != nil {
		return nil, err
	}
	return res, orMissing(rq.Store.Delete(rq.Context(), policy), errNoPolicy)
}

func createPolicyRevision(rq *request, r *chef.PolicyRevision) (*response, error) {
	policy, err := policies.find(rq, r.Policy)
	switch {
	case errors.Is(err, errNoPolicy):
		err = createPolicy(rq, r)
	case err == nil:
		err = addPolicyRevision(rq, policy, r)
	}
	if err != nil {
		return nil, orExists(err, chef.Errorf(chef.Conflict, "Policy '%s' with revision_id '%s' already exists.", r.Policy, r.ID))
	}
	return raw(http.StatusCreated, rq.url(policies.container, r.Policy), r.Document)
}

func createPolicy(rq *request, r *chef.PolicyRevision) error {
	acl, err := rq.inherit(policies.container)
	if err != nil {
		return err
	}
	return rq.Store.CreatePolicy(rq.Context(), rq.org.ID, r, acl)
}

func addPolicyRevision(rq *request, policy *store.Object, r *chef.PolicyRevision) error {
	if err := rq.require(policy.ACL, authz.Create); err != nil {
		return err
	}
	return rq.Store.AddPolicyRevision(rq.Context(), policy, r)
}

// policyRevision returns the revision that the path names after checking a
// permission on its policy.
func (rq *request) policyRevision(perm authz.Perm) (*store.PolicyRevision, error) {
	policy, err := policies.find(rq, rq.PathValue("name"))
	if err != nil {
		return nil, err
	}
	r, err := rq.Store.PolicyRevision(rq.Context(), policy, rq.PathValue("revision"))
	if err != nil {
		return nil, orMissing(err, errNoPolicy)
	}
	return r, rq.require(policy.ACL, perm)
}

func getPolicyRevision(rq *request) (*response, error) {
	r, err := rq.policyRevision(authz.Read)
	if err != nil {
		return nil, err
	}
	groups, err := rq.Store.PolicyRevisionGroups(rq.Context(), r)
	if err != nil {
		return nil, err
	}
	plain, err := r.Document.Unpack()
	if err != nil {
		return nil, err
	}
	body, err := chef.WithPolicyGroups(plain, groups)
	if err != nil {
		return nil, err
	}
	return raw(http.StatusOK, "", body)
}

func deletePolicyRevision(rq *request) (*response, error) {
	r, err := rq.policyRevision(authz.Delete)
	if err != nil {
		return nil, err
	}
	if err := rq.Store.DeletePolicyRevision(rq.Context(), r); err != nil {
		return nil, orMissing(err, errNoPolicy)
	}
	return stored(r.Document)
}
