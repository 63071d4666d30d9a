package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"unicode/utf8"

	"tournant/internal/chef"
	"tournant/internal/search"
)

// partialQuery is a search for some values of each object. Without paths it is
// a search for whole objects.
type partialQuery struct {
	search.Query
	paths []search.Path
}

func parsePartialSearch(rq *request) (partialQuery, error) {
	q, err := parseSearch(rq)
	if err != nil {
		return partialQuery{}, err
	}
	paths, err := parsePaths(rq.body)
	return partialQuery{q, paths}, err
}

// parsePaths reads {"name": ["key", …], …}.
func parsePaths(body []byte) ([]search.Path, error) {
	invalid := chef.Errorf(chef.Invalid, "invalid partial search request body")
	f, err := chef.ParseFields(body)
	if err != nil {
		if utf8.Valid(body) && json.Valid(body) {
			return nil, invalid
		}
		return nil, err
	}
	paths := make([]search.Path, 0, len(f.Keys()))
	for name, keys := range f.StringLists() {
		if keys == nil {
			return nil, invalid
		}
		paths = append(paths, search.Path{Name: name, Keys: keys})
	}
	return paths, nil
}

func partialSearch(rq *request, q partialQuery) (*response, error) {
	if len(q.paths) == 0 {
		return fullSearch(rq, q.Query)
	}
	if err := rq.caughtUp(&q.Query); err != nil {
		return nil, err
	}
	found, err := rq.Index.Partial(rq.Context(), q.Query, q.paths)
	if err != nil {
		return nil, err
	}
	if err := rq.checkBag(q.Query, found.Total); err != nil {
		return nil, err
	}
	return raw(http.StatusOK, "", rq.partialPage(q, found))
}

// partialPage writes the answer by hand: values are JSON already, and a page
// has a thousand rows.
func (rq *request) partialPage(q partialQuery, found search.PartialResult) []byte {
	names := make([][]byte, len(q.paths))
	for i, p := range q.paths {
		names[i] = append(chef.Quote(p.Name), ':')
	}
	body := append(make([]byte, 0, 256*(1+len(found.Rows))), `{"total":`...)
	body = strconv.AppendInt(body, int64(found.Total), 10)
	body = append(body, `,"start":`...)
	body = strconv.AppendInt(body, int64(q.Start), 10)
	body = append(body, `,"rows":[`...)
	for i, row := range found.Rows {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, `{"url":`...)
		body = chef.AppendQuoted(body, rq.objectURL(row.Ref))
		body = append(body, `,"data":{`...)
		for j, value := range row.Values {
			if j > 0 {
				body = append(body, ',')
			}
			body = append(body, names[j]...)
			body = append(body, value...)
		}
		body = append(body, `}}`...)
	}
	return append(body, `]}`...)
}

// objectURL is where a search result can be read.
func (rq *request) objectURL(ref search.Ref) string {
	switch chef.ObjectType(ref.Type) {
	case chef.TypeDataBagItem:
		return rq.url("data", ref.Bag, ref.Name)
	case chef.TypeClient:
		return rq.url("clients", ref.Name)
	case chef.TypeRole:
		return rq.url("roles", ref.Name)
	case chef.TypeEnvironment:
		return rq.url("environments", ref.Name)
	default:
		return rq.url("nodes", ref.Name)
	}
}
