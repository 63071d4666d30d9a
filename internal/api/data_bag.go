package api

import (
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

var dataBags = noun{
	typ: chef.TypeDataBag, container: "data",
	missing: func(name string) error { return chef.Errorf(chef.NotFound, "Cannot load data bag %s", name) },
	exists:  chef.Errorf(chef.Conflict, "Data bag already exists"),
}

func (s *Server) dataBagRoutes() {
	s.orgRoute("/data", resource{
		"GET": do(dataBags.list),
		"POST": take(func(rq *request) (string, error) { return chef.ParseDataBag(rq.body) },
			func(rq *request, name string) (*response, error) { return dataBags.create(rq, name, "", nil) }),
	})
	s.orgRoute("/data/{name}", resource{
		"GET": do(listItems),
		"POST": take(func(rq *request) (*chef.DataBagItem, error) { return chef.ParseDataBagItem(rq.body, "") },
			createItem),
		"DELETE": do(deleteDataBag),
	})
	s.orgRoute("/data/{name}/{item}", resource{
		"GET": do(getItem),
		"PUT": take(func(rq *request) (*chef.DataBagItem, error) {
			return chef.ParseDataBagItem(rq.body, rq.PathValue("item"))
		}, updateItem),
		"DELETE": do(deleteItem),
	})
}

func listItems(rq *request) (*response, error) {
	bag, err := dataBags.permitted(rq, rq.PathValue("name"), authz.Read)
	if err != nil {
		return nil, err
	}
	names, err := rq.Store.Names(rq.Context(), rq.org.ID, chef.TypeDataBagItem, bag.Name)
	if err != nil {
		return nil, err
	}
	return rq.urlMap(names, "data", bag.Name)
}

func deleteDataBag(rq *request) (*response, error) {
	bag, err := dataBags.permitted(rq, rq.PathValue("name"), authz.Delete)
	if err != nil {
		return nil, err
	}
	if err := rq.Store.Delete(rq.Context(), bag); err != nil {
		return nil, orMissing(err, dataBags.missing(bag.Name))
	}
	return ok(struct {
		Name      string `json:"name"`
		JSONClass string `json:"json_class"`
		ChefType  string `json:"chef_type"`
	}{bag.Name, "Chef::DataBag", "data_bag"})
}

func createItem(rq *request, item *chef.DataBagItem) (*response, error) {
	name := rq.PathValue("name")
	missingBag := chef.Errorf(chef.NotFound,
		"No data bag '%s' could be found. Please create this data bag before adding items to it.", name)
	bag, err := dataBags.permitted(rq, name, authz.Create)
	if err != nil {
		return nil, orMissingCode(err, missingBag)
	}
	err = rq.Store.CreateItem(rq.Context(), bag, item.ID, item.Document)
	if err != nil {
		exists := chef.Errorf(chef.Conflict, "Data Bag Item '%s' already exists in Data Bag '%s'.", item.ID, bag.Name)
		return nil, orExists(orMissing(err, missingBag), exists)
	}
	return raw(http.StatusCreated, rq.url("data", bag.Name), item.Echo(bag.Name))
}

func missingItem(rq *request) error {
	return chef.Errorf(chef.NotFound, "Cannot load data bag item %s for data bag %s", rq.PathValue("item"), rq.PathValue("name"))
}

// item returns an item after checking a permission on its bag.
func (rq *request) item(perm authz.Perm, missing error) (*store.Object, error) {
	bag, err := dataBags.permitted(rq, rq.PathValue("name"), perm)
	if err != nil {
		return nil, orMissingCode(err, missing)
	}
	o, err := rq.Store.Object(rq.Context(), store.Ref{
		Org: rq.org.ID, Type: chef.TypeDataBagItem, Parent: bag.Name, Name: rq.PathValue("item"),
	})
	return o, orMissing(err, missing)
}

func getItem(rq *request) (*response, error) {
	o, err := rq.item(authz.Read, missingItem(rq))
	if err != nil {
		return nil, err
	}
	return stored(o.Document)
}

func updateItem(rq *request, item *chef.DataBagItem) (*response, error) {
	o, err := rq.item(authz.Update, missingItem(rq))
	if err != nil {
		return nil, err
	}
	if _, err := rq.Store.Update(rq.Context(), o, o.Name, "", item.Document); err != nil {
		return nil, orMissing(err, missingItem(rq))
	}
	return raw(http.StatusOK, "", item.Echo(o.Parent))
}

func deleteItem(rq *request) (*response, error) {
	bag, id := rq.PathValue("name"), rq.PathValue("item")
	gone := chef.Errorf(chef.NotFound, "Cannot load data bag %s item %s", bag, id)
	o, err := rq.item(authz.Delete, gone)
	if err != nil {
		return nil, err
	}
	if err := rq.Store.Delete(rq.Context(), o); err != nil {
		return nil, orMissing(err, gone)
	}
	plain, err := o.Document.Unpack()
	if err != nil {
		return nil, err
	}
	return raw(http.StatusOK, "", chef.WrapDataBagItem(bag, id, plain))
}
