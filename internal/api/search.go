package api

import (
	"net/url"
	"strconv"

	"tournant/internal/chef"
	"tournant/internal/feed"
	"tournant/internal/search"
)

func (s *Server) searchRoutes() {
	s.orgRoute("/search", resource{"GET": do(listIndexes)})
	s.orgRoute("/search/{index}", resource{
		"GET":  take(parseSearch, fullSearch),
		"POST": take(parsePartialSearch, partialSearch),
	})
}

// listIndexes answers with the URL of every index: the four types and every
// data bag.
func listIndexes(rq *request) (*response, error) {
	names, err := rq.Store.Names(rq.Context(), rq.org.ID, chef.TypeDataBag, "")
	if err != nil {
		return nil, err
	}
	indexes := map[string]string{}
	for _, name := range append(names, "client", "environment", "node", "role") {
		indexes[name] = rq.url("search", name)
	}
	return ok(indexes)
}

// defaultRows is how many rows an answer has when the request does not say.
const defaultRows = 1000

func parseSearch(rq *request) (search.Query, error) {
	values, err := url.ParseQuery(rq.URL.RawQuery)
	if err != nil { // without what cannot be read, it might ask for everything
		return search.Query{}, chef.Errorf(chef.Invalid, "invalid search query: '%s'", rq.URL.RawQuery)
	}
	q := search.Query{Text: "*:*", Rows: defaultRows, Type: rq.PathValue("index")}
	switch chef.ObjectType(q.Type) {
	case chef.TypeNode, chef.TypeRole, chef.TypeClient, chef.TypeEnvironment:
	default:
		q.Type, q.Bag = string(chef.TypeDataBagItem), q.Type
	}
	if values.Has("q") {
		q.Text = decodeTwice(values.Get("q"))
	}
	if q.Start, err = count(values, "start", 0); err != nil {
		return q, err
	}
	if q.Rows, err = count(values, "rows", defaultRows); err != nil {
		return q, err
	}
	return q, nil
}

// decodeTwice undoes the second layer of percent-encoding that Chef's clients
// put on a query, where there is one.
func decodeTwice(q string) string {
	if again, err := url.PathUnescape(q); err == nil {
		return again
	}
	return q
}

func count(values url.Values, name string, absent int) (int, error) {
	if !values.Has(name) {
		return absent, nil
	}
	text := values.Get(name)
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, chef.Errorf(chef.Invalid, "invalid '%s' value: '%s'", name, text)
	}
	return n, nil
}

// caughtUp waits until the index has what was acknowledged before this request
// began.
func (rq *request) caughtUp(q *search.Query) error {
	q.Org = rq.org.ID
	return rq.Index.CatchUp(rq.Context(), rq.org.ID, rq.heads.Object)
}

// checkBag words the answer for a data bag that is not there: an index that
// nobody made, as far as the client can tell.
func (rq *request) checkBag(q search.Query, total int) error {
	if q.Bag == "" || total > 0 {
		return nil
	}
	if _, err := dataBags.find(rq, q.Bag); err != nil {
		return orMissingCode(err, chef.Errorf(chef.NotFound, "I don't know how to search for %s data objects.", q.Bag))
	}
	return nil
}

func fullSearch(rq *request, q search.Query) (*response, error) {
	if err := rq.caughtUp(&q); err != nil {
		return nil, err
	}
	found, err := rq.Index.Search(rq.Context(), q)
	if err != nil {
		return nil, err
	}
	if err := rq.checkBag(q, found.Total); err != nil {
		return nil, err
	}
	rows, err := rq.rows(q, found.IDs)
	if err != nil {
		return nil, err
	}
	return page(q, found.Total, rows)
}

// rows returns the documents with these ids in their order. Those deleted since
// the index was asked are left out.
func (rq *request) rows(q search.Query, ids []int64) ([][]part, error) {
	rowIDs := make([]int64, len(ids))
	for i, id := range ids {
		rowIDs[i] = feed.RowID(id)
	}
	if q.Type == string(chef.TypeClient) {
		return rq.clientRows(rowIDs)
	}
	objects, err := rq.Store.Documents(rq.Context(), rowIDs)
	if err != nil {
		return nil, err
	}
	rows := make([][]part, 0, len(ids))
	for _, id := range rowIDs {
		o := objects[id]
		switch {
		case o == nil:
		case q.Bag == "":
			rows = append(rows, []part{{packed: o.Document}})
		default:
			before, after := chef.AroundDataBagItem(q.Bag, o.Name)
			rows = append(rows, []part{{text: before}, {packed: o.Document}, {text: after}})
		}
	}
	return rows, nil
}

func (rq *request) clientRows(ids []int64) ([][]part, error) {
	clients, err := rq.Store.ClientsByID(rq.Context(), ids)
	if err != nil {
		return nil, err
	}
	rows := make([][]part, 0, len(ids))
	for _, id := range ids {
		if c := clients[id]; c != nil {
			rows = append(rows, []part{{text: c.Document(rq.inAPIVersion0())}})
		}
	}
	return rows, nil
}

// page puts rows into the answer of a search.
func page(q search.Query, total int, rows [][]part) (*response, error) {
	head := []byte(`{"total":` + strconv.Itoa(total) + `,"start":` + strconv.Itoa(q.Start) + `,"rows":[`)
	parts := append(make([]part, 0, 2*len(rows)+2), part{text: head})
	for i, row := range rows {
		if i > 0 {
			parts = append(parts, part{text: []byte{','}})
		}
		parts = append(parts, row...)
	}
	return &response{status: 200, parts: append(parts, part{text: []byte(`]}`)})}, nil
}
