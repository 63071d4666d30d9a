package api

import (
	"bytes"
	"math"
	"net/http"
	"strconv"

	"tournant/internal/authz"
	"tournant/internal/catalog"
	"tournant/internal/chef"
)

// allVersions is the num_versions that leaves none out.
const allVersions = math.MaxInt

// parseNumVersions reads how many versions of each cookbook to list.
func parseNumVersions(fallback int) func(*request) (int, error) {
	return func(rq *request) (int, error) {
		q := rq.URL.Query()
		if !q.Has("num_versions") {
			return fallback, nil
		}
		text := q.Get("num_versions")
		if text == "all" {
			return allVersions, nil
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return 0, chef.Errorf(chef.Invalid, "You have requested an invalid number of versions (x >= 0 || 'all')")
		}
		return n, nil
	}
}

// cookbookList writes {name: {url, versions}}. It writes the JSON itself: lists
// have an entry for each version that an organization ever uploaded.
type cookbookList struct {
	body   []byte
	prefix string
}

func newCookbookList(rq *request) *cookbookList {
	return &cookbookList{body: []byte{'{'}, prefix: rq.url(cookbooksContainer) + "/"}
}

func (l *cookbookList) add(name string, versions []catalog.Version, limit int) {
	b := l.key(name)
	b = append(b, `{"url":"`...)
	b = append(append(b, l.prefix...), name...)
	b = append(b, `","versions":[`...)
	for i, v := range versions[:min(limit, len(versions))] {
		if i > 0 {
			b = append(b, ',')
		}
		number := v.Number.String()
		b = append(b, `{"version":"`...)
		b = append(b, number...)
		b = append(b, `","url":"`...)
		b = append(l.appendURL(b, name, number), `"}`...)
	}
	l.body = append(b, `]}`...)
}

// key begins an entry. Names of cookbooks and versions need no escapes.
func (l *cookbookList) key(name string) []byte {
	b := l.body
	if len(b) > 1 {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, `":`...)
}

func (l *cookbookList) appendURL(b []byte, name, number string) []byte {
	b = append(append(b, l.prefix...), name...)
	return append(append(b, '/'), number...)
}

func (l *cookbookList) response() (*response, error) {
	return raw(http.StatusOK, "", append(l.body, '}'))
}

// readableCookbooks returns the organization's cookbooks to those who may list
// them.
func (rq *request) readableCookbooks() (*catalog.Catalog, error) {
	if _, err := rq.container(cookbooksContainer, authz.Read); err != nil {
		return nil, err
	}
	return rq.catalog()
}

func listCookbooks(rq *request, limit int) (*response, error) {
	all, err := rq.readableCookbooks()
	if err != nil {
		return nil, err
	}
	list := newCookbookList(rq)
	for _, c := range all.Cookbooks {
		list.add(c.Name, c.Versions, limit)
	}
	return list.response()
}

// showCookbook lists all versions of a cookbook, whatever number was asked for,
// or answers one of the two lists that have a cookbook's place.
func showCookbook(rq *request, _ int) (*response, error) {
	all, err := rq.readableCookbooks()
	if err != nil {
		return nil, err
	}
	name := rq.PathValue("name")
	switch name {
	case "_latest":
		return latestCookbooks(rq, all)
	case "_recipes":
		return latestRecipes(all)
	}
	c := all.Cookbook(name)
	if c == nil {
		return nil, missingCookbook(name)
	}
	list := newCookbookList(rq)
	list.add(name, c.Versions, allVersions)
	return list.response()
}

func missingCookbook(name string) error {
	return chef.Errorf(chef.NotFound, "Cannot find a cookbook named %s", name)
}

func latestCookbooks(rq *request, all *catalog.Catalog) (*response, error) {
	list := newCookbookList(rq)
	for _, c := range all.Cookbooks {
		b := append(list.key(c.Name), '"')
		list.body = append(list.appendURL(b, c.Name, c.Versions[0].Number.String()), '"')
	}
	return list.response()
}

// latestRecipes joins the recipes of the newest versions, cookbook by cookbook.
func latestRecipes(all *catalog.Catalog) (*response, error) {
	body := []byte{'['}
	for _, c := range all.Cookbooks {
		recipes := bytes.Trim(c.Versions[0].Recipes, "[]")
		if len(recipes) == 0 {
			continue
		}
		if len(body) > 1 {
			body = append(body, ',')
		}
		body = append(body, recipes...)
	}
	return raw(http.StatusOK, "", append(body, ']'))
}
