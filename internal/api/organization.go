package api

import (
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

func (s *Server) organizationRoutes() {
	s.route("/organizations", resource{
		"GET": do(listOrganizations),
		"POST": take(func(rq *request) (*chef.Organization, error) { return chef.ParseOrganization(rq.body, "") },
			createOrganization),
	})
	s.orgRoute("", resource{
		"GET": do(getOrganization),
		"PUT": take(func(rq *request) (*chef.Organization, error) {
			return chef.ParseOrganization(rq.body, rq.org.Name)
		}, updateOrganization),
		"DELETE": do(deleteOrganization),
	})
}

// organization is an organization as the API shows it.
type organization struct {
	Name     string `json:"name"`
	FullName string `json:"full_name"`
	GUID     string `json:"guid"`
}

func organizationOf(o *store.Org) organization {
	return organization{Name: o.Name, FullName: o.FullName, GUID: o.GUID}
}

func missingOrganization(name string) error {
	return chef.Errorf(chef.NotFound, "organization '%s' does not exist.", name)
}

func listOrganizations(rq *request) (*response, error) {
	if _, err := rq.container("organizations", authz.Read); err != nil {
		return nil, err
	}
	names, err := rq.Store.OrgNames(rq.Context())
	if err != nil {
		return nil, err
	}
	return nameMap(names, rq.globalURL("organizations"))
}

func createOrganization(rq *request, o *chef.Organization) (*response, error) {
	if _, err := rq.container("organizations", authz.Create); err != nil {
		return nil, err
	}
	pair, err := rq.pair(chef.KeyWish{Generate: true})
	if err != nil {
		return nil, err
	}
	err = rq.Store.CreateOrg(rq.Context(), store.NewOrg{
		Name: o.Name, FullName: o.FullName, Creator: rq.who.actor.ID, ValidatorKey: pair.public,
	})
	if err != nil {
		return nil, orExists(err, chef.Plainf(chef.Conflict, "Organization already exists"))
	}
	uri := rq.globalURL("organizations", o.Name)
	return created(uri, struct {
		URI        string `json:"uri"`
		ClientName string `json:"clientname"`
		PrivateKey string `json:"private_key"`
	}{uri, store.ValidatorName(o.Name), pair.private})
}

func getOrganization(rq *request) (*response, error) {
	if err := rq.require(rq.org.ACL, authz.Read); err != nil {
		return nil, err
	}
	return ok(organizationOf(rq.org))
}

func updateOrganization(rq *request, o *chef.Organization) (*response, error) {
	if err := rq.require(rq.org.ACL, authz.Update); err != nil {
		return nil, err
	}
	if err := rq.Store.SetFullName(rq.Context(), rq.org, o.FullName); err != nil {
		return nil, orMissing(err, missingOrganization(rq.org.Name))
	}
	return raw(http.StatusOK, "", o.Echo)
}

func deleteOrganization(rq *request) (*response, error) {
	if err := rq.require(rq.org.ACL, authz.Delete); err != nil {
		return nil, err
	}
	if err := rq.Store.DeleteOrg(rq.Context(), rq.org); err != nil {
		return nil, orMissing(err, missingOrganization(rq.org.Name))
	}
	if err := rq.Index.Drop(rq.Context(), rq.org.ID); err != nil {
		rq.Log.Error("the search index of a deleted organization stays; it takes room and does no harm",
			"request_id", rq.id, "organization", rq.org.Name, "error", err)
	}
	return ok(organizationOf(rq.org))
}
