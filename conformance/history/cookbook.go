package history

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
)

// cookbook is a cookbook with one version; its state is the number in that, 0
// while it does not exist.
type cookbook struct{ name string }

func (b *cookbook) String() string                       { return "cookbook " + b.name }
func (b *cookbook) setup(context.Context, *runner) error { return nil }
func (b *cookbook) initial() int                         { return 0 }

func (b *cookbook) next(random *rand.Rand) op {
	return pick(random, 1_000_000, "upload", "upload", "delete", "get", "solve", "solve", "universe")
}

// cookbookDocument is the least that a version must have, and a number.
type cookbookDocument struct {
	Name         string `json:"name"`
	CookbookName string `json:"cookbook_name"`
	Version      string `json:"version"`
	JSONClass    string `json:"json_class"`
	ChefType     string `json:"chef_type"`
	Metadata     struct {
		Version     string `json:"version"`
		Name        string `json:"name"`
		Description string `json:"description"`
	} `json:"metadata"`
}

func (b *cookbook) document(value int) cookbookDocument {
	d := cookbookDocument{
		Name: b.name + "-1.0.0", CookbookName: b.name, Version: "1.0.0",
		JSONClass: "Chef::CookbookVersion", ChefType: "cookbook_version",
	}
	d.Metadata.Version, d.Metadata.Name, d.Metadata.Description = d.Version, b.name, strconv.Itoa(value)
	return d
}

func (d cookbookDocument) value() int {
	n, _ := strconv.Atoi(d.Metadata.Description) // of an answer without one it is 0
	return n
}

func (b *cookbook) do(ctx context.Context, c caller, o op) result {
	path := "/cookbooks/" + b.name + "/1.0.0"
	switch o.verb {
	case "upload":
		return c.super(ctx, http.MethodPut, path, b.document(o.arg), nil)
	case "delete":
		return c.super(ctx, http.MethodDelete, path, nil, nil)
	case "get":
		var found cookbookDocument
		res := c.super(ctx, http.MethodGet, path, nil, &found)
		res.seen = found.value()
		return res
	case "universe":
		var all map[string]map[string]struct{}
		res := c.super(ctx, http.MethodGet, "/universe", nil, &all)
		res.seen = len(all[b.name])
		return res
	}
	return b.solve(ctx, c)
}

func (b *cookbook) solve(ctx context.Context, c caller) result {
	runList := struct {
		RunList []string `json:"run_list"`
	}{[]string{b.name}}
	var found map[string]cookbookDocument
	res := c.super(ctx, http.MethodPost, "/environments/_default/cookbook_versions", runList, &found)
	res.seen = found[b.name].value()
	return res
}

func (b *cookbook) allows(state int, o op, res result) bool {
	exists := state != 0
	switch o.verb {
	case "upload":
		return res.ok()
	case "universe":
		return res.ok() && exists == (res.seen == 1)
	case "delete":
		return exists == res.ok() && (exists || res.status == http.StatusNotFound)
	case "get":
		return exists == res.ok() && res.seen == state && (exists || res.status == http.StatusNotFound)
	}
	return exists == res.ok() && res.seen == state && (exists || res.status == http.StatusPreconditionFailed)
}

func (b *cookbook) after(state int, o op) int {
	switch o.verb {
	case "upload":
		return o.arg
	case "delete":
		return 0
	}
	return state
}
