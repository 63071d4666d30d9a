package api

import (
	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

var containers = noun{
	typ: chef.TypeContainer, container: "containers",
	missing: func(name string) error { return chef.Errorf(chef.NotFound, "Cannot load container %s", name) },
	exists:  chef.Errorf(chef.Conflict, "Container already exists"),
}

func (s *Server) containerRoutes() {
	s.orgRoute("/containers", resource{
		"GET":  do(containers.list),
		"POST": take(func(rq *request) (string, error) { return chef.ParseContainer(rq.body) }, createContainer),
	})
	s.orgRoute("/containers/{name}", resource{
		"GET": do(func(rq *request) (*response, error) {
			o, err := containers.permitted(rq, rq.PathValue("name"), authz.Read)
			if err != nil {
				return nil, err
			}
			return showContainer(o)
		}),
		"DELETE": do(deleteContainer),
	})
}

// createContainer adds a container that only its creator may use: containers
// are the one kind of object that inherits nothing.
func createContainer(rq *request, name string) (*response, error) {
	if _, err := rq.container(containers.container, authz.Create); err != nil {
		return nil, err
	}
	err := rq.Store.Create(rq.Context(), store.NewObject{
		Ref: containers.ref(rq, name), ACL: authz.Everyone([]int64{rq.who.actor.ID}, nil),
	})
	if err != nil {
		return nil, orExists(err, containers.exists)
	}
	return createdURI(rq.url(containers.container, name))
}

func deleteContainer(rq *request) (*response, error) {
	o, err := containers.permitted(rq, rq.PathValue("name"), authz.Delete)
	if err != nil {
		return nil, err
	}
	if err := rq.Store.Delete(rq.Context(), o); err != nil {
		return nil, orMissing(err, containers.missing(o.Name))
	}
	return showContainer(o)
}

func showContainer(o *store.Object) (*response, error) {
	return ok(struct {
		Name string `json:"containername"`
		Path string `json:"containerpath"`
	}{o.Name, o.Name})
}
