package api

import (
	"errors"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

var artifacts = noun{
	typ: chef.TypeCookbookArtifact, container: "cookbook_artifacts",
	missing: func(string) error { return missingArtifact() },
	exists:  chef.Plainf(chef.Conflict, "Cookbook artifact already exists"),
}

func missingArtifact() error { return chef.Errorf(chef.NotFound, "not_found") }

func (s *Server) artifactRoutes() {
	s.orgRoute("/cookbook_artifacts", resource{"GET": do(listArtifacts)})
	s.orgRoute("/cookbook_artifacts/{name}", resource{"GET": do(listArtifact)})
	s.orgRoute("/cookbook_artifacts/{name}/{identifier}", resource{
		"GET": do(getArtifact),
		"PUT": take(func(rq *request) (*chef.CookbookArtifact, error) {
			return chef.ParseCookbookArtifact(rq.body, rq.PathValue("name"), rq.PathValue("identifier"))
		}, putArtifact),
		"DELETE": do(deleteArtifact),
	})
}

// requireUnlessSuper is require for the objects of policyfiles: the superuser
// may do anything with them.
func (rq *request) requireUnlessSuper(acl authz.ACL, perm authz.Perm) error {
	if rq.who.superuser() {
		return nil
	}
	return rq.require(acl, perm)
}

// inheritUnlessSuper is inherit for the objects of policyfiles.
func (rq *request) inheritUnlessSuper(container string) (authz.ACL, error) {
	c, err := rq.identities.Container(rq.Context(), rq.org.ID, rq.heads, container)
	if err != nil {
		return authz.ACL{}, orMissing(err, missing(authz.Create))
	}
	return c.ACL.Inherit(rq.who.actor.ID), rq.requireUnlessSuper(c.ACL, authz.Create)
}

// artifactEntry is a name in the list of artifacts.
type artifactEntry struct {
	URL      string             `json:"url"`
	Versions []artifactVersions `json:"versions"`
}

type artifactVersions struct {
	URL        string `json:"url"`
	Identifier string `json:"identifier"`
}

func listArtifacts(rq *request) (*response, error) {
	if _, err := rq.container(artifacts.container, authz.Read); err != nil {
		return nil, err
	}
	return rq.artifactList("")
}

// listArtifact looks at the container's ACL, but for a name that is there.
func listArtifact(rq *request) (*response, error) {
	o, err := artifacts.find(rq, rq.PathValue("name"))
	if err != nil {
		return nil, err
	}
	if _, err := rq.container(artifacts.container, authz.Read); err != nil {
		return nil, err
	}
	return rq.artifactList(o.Name)
}

func (rq *request) artifactList(name string) (*response, error) {
	rows, err := rq.Store.ArtifactNames(rq.Context(), rq.org.ID, name)
	if err != nil {
		return nil, err
	}
	list := map[string]*artifactEntry{}
	for _, row := range rows {
		url := rq.url(artifacts.container, row.Name)
		entry := list[row.Name]
		if entry == nil {
			entry = &artifactEntry{URL: url}
			list[row.Name] = entry
		}
		entry.Versions = append(entry.Versions, artifactVersions{url + "/" + row.Identifier, row.Identifier})
	}
	return ok(list)
}

// artifact returns the artifact that the path names after checking a
// permission on it.
func (rq *request) artifact(perm authz.Perm) (*store.Artifact, error) {
	a, err := rq.Store.Artifact(rq.Context(), rq.org.ID, rq.PathValue("name"), rq.PathValue("identifier"))
	if err != nil {
		return nil, orMissing(err, missingArtifact())
	}
	return a, rq.requireUnlessSuper(a.Object.ACL, perm)
}

func (rq *request) showArtifact(a *store.Artifact) (*response, error) {
	plain, err := a.Document.Unpack()
	if err != nil {
		return nil, err
	}
	m, err := chef.NewManifest(plain, chef.ManifestForm{AllFiles: rq.allFiles(), Artifact: true})
	if err != nil {
		return nil, err
	}
	return raw(200, "", rq.appendManifest(make([]byte, 0, rq.manifestSize(m)), m))
}

func getArtifact(rq *request) (*response, error) {
	a, err := rq.artifact(authz.Read)
	if err != nil {
		return nil, err
	}
	return rq.showArtifact(a)
}

// putArtifact creates: what an identifier means never changes. One that is
// there is refused to whoever could have changed it.
func putArtifact(rq *request, a *chef.CookbookArtifact) (*response, error) {
	_, err := rq.artifact(authz.Update)
	if err == nil {
		return nil, artifacts.exists
	}
	if chef.CodeOf(err) != chef.NotFound {
		return nil, err
	}
	acl, err := rq.inheritUnlessSuper(artifacts.container)
	if err != nil {
		return nil, err
	}
	err = rq.Store.CreateArtifact(rq.Context(), rq.org.ID, a, acl)
	if errors.Is(err, store.ErrExists) {
		return nil, artifacts.exists
	}
	if err != nil {
		return nil, orUnknownFile(err)
	}
	return createdURI(rq.url(artifacts.container, a.Name, a.Identifier))
}

func deleteArtifact(rq *request) (*response, error) {
	a, err := rq.artifact(authz.Delete)
	if err != nil {
		return nil, err
	}
	res, err := rq.showArtifact(a)
	if err != nil {
		return nil, err
	}
	if err := rq.Store.DeleteArtifact(rq.Context(), a); err != nil {
		return nil, orMissing(err, missingArtifact())
	}
	rq.Files.Sweep()
	return res, nil
}
