package api

import (
	"encoding/json"
	"fmt"
	"slices"

	"tournant/internal/authz"
	"tournant/internal/catalog"
	"tournant/internal/chef"
	"tournant/internal/store"
)

func (s *Server) environmentCookbookRoutes() {
	s.orgRoute("/environments/{name}/cookbooks", resource{"GET": take(parseNumVersions(1), environmentCookbooks)})
	s.orgRoute("/environments/{name}/cookbooks/{cookbook}", resource{
		"GET": take(parseNumVersions(allVersions), environmentCookbook),
	})
	s.orgRoute("/environments/{name}/recipes", resource{"GET": do(environmentRecipes)})
}

// cookbookConstraints reads what an environment allows.
func cookbookConstraints(env *store.Object) (map[string]chef.Constraint, error) {
	plain, err := env.Document.Unpack()
	if err != nil {
		return nil, err
	}
	constraints, err := chef.CookbookConstraints(plain)
	if err != nil {
		return nil, fmt.Errorf("environment %s: %w", env.Name, err)
	}
	return constraints, nil
}

// allowed returns the versions that an environment's constraints allow, newest
// first. The zero constraint allows all.
func allowed(c *catalog.Cookbook, constraints map[string]chef.Constraint) []catalog.Version {
	return c.Matching(constraints[c.Name])
}

// environmentCatalog returns the organization's cookbooks and what the
// environment that the path names allows of them, to those who may read that.
func (rq *request) environmentCatalog() (*catalog.Catalog, map[string]chef.Constraint, error) {
	env, err := environments.permitted(rq, rq.PathValue("name"), authz.Read)
	if err != nil {
		return nil, nil, err
	}
	constraints, err := cookbookConstraints(env)
	if err != nil {
		return nil, nil, err
	}
	all, err := rq.catalog()
	return all, constraints, err
}

// environmentCookbooks leaves out cookbooks that the environment allows no
// version of, unless that is all of them: so does Chef's server.
func environmentCookbooks(rq *request, limit int) (*response, error) {
	all, constraints, err := rq.environmentCatalog()
	if err != nil {
		return nil, err
	}
	list, empty := newCookbookList(rq), newCookbookList(rq)
	found := false
	for _, c := range all.Cookbooks {
		versions := allowed(c, constraints)
		if len(versions) > 0 {
			list.add(c.Name, versions, limit)
			found = true
		}
		empty.add(c.Name, nil, 0)
	}
	if !found {
		return empty.response()
	}
	return list.response()
}

func environmentCookbook(rq *request, limit int) (*response, error) {
	env, err := environments.find(rq, rq.PathValue("name"))
	if err != nil {
		return nil, err
	}
	all, err := rq.catalog()
	if err != nil {
		return nil, err
	}
	c := all.Cookbook(rq.PathValue("cookbook"))
	if c == nil {
		return nil, missingCookbook(rq.PathValue("cookbook"))
	}
	if err := rq.require(env.ACL, authz.Read); err != nil {
		return nil, err
	}
	constraints, err := cookbookConstraints(env)
	if err != nil {
		return nil, err
	}
	list := newCookbookList(rq)
	list.add(c.Name, allowed(c, constraints), limit)
	return list.response()
}

func environmentRecipes(rq *request) (*response, error) {
	all, constraints, err := rq.environmentCatalog()
	if err != nil {
		return nil, err
	}
	recipes := []string{}
	for _, c := range all.Cookbooks {
		versions := allowed(c, constraints)
		if len(versions) == 0 {
			continue
		}
		var names []string
		if err := json.Unmarshal(versions[0].Recipes, &names); err != nil {
			return nil, fmt.Errorf("recipes of cookbook %s: %w", c.Name, err)
		}
		recipes = append(recipes, names...)
	}
	slices.Sort(recipes)
	return ok(recipes)
}
