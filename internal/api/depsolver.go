package api

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"time"

	"tournant/internal/authz"
	"tournant/internal/catalog"
	"tournant/internal/chef"
	"tournant/internal/depsolver"
)

func (s *Server) depsolverRoutes() {
	s.orgRoute("/environments/{name}/cookbook_versions", resource{
		"POST": take(func(rq *request) ([]chef.Requirement, error) { return chef.ParseRunListRequest(rq.body) }, solve),
	})
}

// depsolverTimeout bounds the wait for a turn and, again, a solution.
const depsolverTimeout = depsolver.DefaultTimeout

// solvers bounds how many solutions are searched at once: a search is work for
// one processor and no waiting.
type solvers chan struct{}

func newSolvers() solvers { return make(solvers, max(2, runtime.GOMAXPROCS(0))) }

// turn waits until a search may begin. The caller calls done behind it.
func (s solvers) turn(ctx context.Context) (done func(), err error) {
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	default:
	}
	wait := time.NewTimer(depsolverTimeout)
	defer wait.Stop()
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-wait.C:
	case <-ctx.Done():
	}
	return nil, chef.Errorf(chef.Unavailable, "Dependency solver overloaded. Try again later.")
}

// solve answers with the manifests of the cookbooks that a run list needs in an
// environment.
func solve(rq *request, roots []chef.Requirement) (*response, error) {
	name := rq.PathValue("name")
	env, err := environments.find(rq, name)
	if err != nil {
		return nil, orMissingCode(err, chef.Errorf(chef.NotFound, "environment '%s' not found", name))
	}
	if _, err := rq.container(cookbooksContainer, authz.Read); err != nil {
		return nil, err
	}
	if err := rq.require(env.ACL, authz.Read); err != nil {
		return nil, err
	}
	constraints, err := cookbookConstraints(env)
	if err != nil {
		return nil, err
	}
	all, err := rq.catalog()
	if err != nil {
		return nil, err
	}
	solution, err := rq.search(all.Universe, constraints, roots)
	if err != nil {
		return nil, err
	}
	return rq.solution(all, solution)
}

func (rq *request) search(u *depsolver.Universe, env map[string]chef.Constraint, roots []chef.Requirement) (depsolver.Solution, error) {
	done, err := rq.solving.turn(rq.Context())
	if err != nil {
		return nil, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(rq.Context(), depsolverTimeout)
	defer cancel()
	return depsolver.Solve(ctx, u, env, roots)
}

// unauthorized is the error body for cookbooks that the requestor may not read.
type unauthorized struct {
	Message   string   `json:"message"`
	Cookbooks []string `json:"unauthorized_cookbooks"`
}

// solution answers with the chosen versions, if the requestor may read all.
func (rq *request) solution(all *catalog.Catalog, chosen depsolver.Solution) (*response, error) {
	versions := make([]*catalog.Version, len(chosen))
	var denied []string
	for i, c := range chosen {
		book := all.Cookbook(c.Name)
		if !book.ACL.Allows(rq.who.subject, authz.Read) {
			denied = append(denied, c.Name)
		}
		versions[i] = book.Version(c.Version)
	}
	if len(denied) > 0 {
		slices.Sort(denied)
		const message = "Read permission is not granted for one or more cookbooks"
		return nil, &chef.Error{Code: chef.Forbidden, Message: message, Detail: unauthorized{message, denied}}
	}
	manifests, err := rq.manifests.Get(rq.Context(), versions, chef.ManifestForm{AllFiles: rq.allFiles(), Minimal: true})
	if err != nil {
		return nil, err
	}
	size := 2
	for i, m := range manifests {
		size += rq.manifestSize(m) + len(chosen[i].Name) + 4
	}
	body := append(make([]byte, 0, size), '{')
	for i, m := range manifests {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(chef.AppendQuoted(body, chosen[i].Name), ':')
		body = rq.appendManifest(body, m)
	}
	return raw(http.StatusOK, "", append(body, '}'))
}
