package api

import (
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/listing"
	"tournant/internal/store"
)

// noun is a type of object that lies in a container and is reached by name.
type noun struct {
	typ       chef.ObjectType
	container string // also the segment of its URLs
	missing   func(name string) error
	exists    error
}

func (n noun) ref(rq *request, name string) store.Ref {
	return store.Ref{Org: rq.org.ID, Type: n.typ, Name: name}
}

// find returns an object without checking a permission.
func (n noun) find(rq *request, name string) (*store.Object, error) {
	o, err := rq.Store.Object(rq.Context(), n.ref(rq, name))
	return o, orMissing(err, n.missing(name))
}

// permitted returns an object after checking a permission on it. One that is
// missing is reported before a permission that is.
func (n noun) permitted(rq *request, name string, perm authz.Perm) (*store.Object, error) {
	o, err := n.find(rq, name)
	if err != nil {
		return nil, err
	}
	return o, rq.require(o.ACL, perm)
}

// list answers with the name and URL of every object of the type.
func (n noun) list(rq *request) (*response, error) {
	if _, err := rq.container(n.container, authz.Read); err != nil {
		return nil, err
	}
	packed, err := rq.lists.Document(rq.Context(), rq.org.ID, rq.heads.Object, n.typ, rq.url(n.container)+"/")
	if err != nil {
		return nil, err
	}
	return stored(packed)
}

// create adds an object that takes its ACL from the container.
func (n noun) create(rq *request, name, environment string, document []byte) (*response, error) {
	acl, err := rq.inherit(n.container)
	if err != nil {
		return nil, err
	}
	err = rq.Store.Create(rq.Context(), store.NewObject{
		Ref: n.ref(rq, name), Environment: environment, ACL: acl, Plain: document,
	})
	if err != nil {
		return nil, orExists(err, n.exists)
	}
	return createdURI(rq.url(n.container, name))
}

// get answers with the stored document.
func (n noun) get(rq *request) (*response, error) {
	o, err := n.permitted(rq, rq.PathValue("name"), authz.Read)
	if err != nil {
		return nil, err
	}
	return stored(o.Document)
}

// update replaces the document of the object that the path names.
func (n noun) update(rq *request, name, environment string, document []byte) (*response, error) {
	o, err := n.permitted(rq, rq.PathValue("name"), authz.Update)
	if err != nil {
		return nil, err
	}
	packed, err := rq.Store.Update(rq.Context(), o, name, environment, document)
	if err != nil {
		return nil, orExists(orMissing(err, n.missing(o.Name)), n.exists)
	}
	res, err := stored(packed)
	if name != o.Name {
		res.status, res.location = http.StatusCreated, rq.url(n.container, name)
	}
	return res, err
}

// delete removes the object that the path names and answers with it.
func (n noun) delete(rq *request) (*response, error) {
	o, err := n.permitted(rq, rq.PathValue("name"), authz.Delete)
	if err != nil {
		return nil, err
	}
	if err := rq.Store.Delete(rq.Context(), o); err != nil {
		return nil, orMissing(err, n.missing(o.Name))
	}
	return stored(o.Document)
}

// urlMap answers with {name: url} for names below segments of the organization.
func (rq *request) urlMap(names []string, segments ...string) (*response, error) {
	return nameMap(names, rq.url(segments...))
}

// nameMap answers with {name: base/name}.
func nameMap(names []string, base string) (*response, error) {
	return raw(http.StatusOK, "", listing.Render(names, base+"/"))
}
