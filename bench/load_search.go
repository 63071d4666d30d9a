package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"tournant/bench/wire"
)

// pageRows is the size of a page of the partial search.
const pageRows = 1000

// queries are searched for whole nodes: an exact term, a prefix, an infix, and
// a phrase.
func queries() []string {
	return []string{`role:lb`, `name:web*`, `fqdn:*0017*`, `location:"rack 17"`}
}

// searchNodes is how many nodes it takes for each query to find some.
const searchNodes = 100

// planSearch has a job for each query, and one that pages through all nodes
// for three values of each.
func planSearch(ctx context.Context, b *bench) (*plan, error) {
	if b.nodes < searchNodes {
		return nil, fmt.Errorf("at least %d nodes are needed", searchNodes)
	}
	p := &plan{}
	add := func(name string, calls ...*wire.Call) error {
		p.calls = append(p.calls, calls...)
		p.jobs = append(p.jobs, b.job("search", name, calls, b.random(len(calls))))
		return b.awaitHits(ctx, calls[0])
	}
	for _, q := range queries() {
		call := b.get("search", "/search/node")
		call.Query = searchQuery(q, 0, b.rows)
		if err := add(q, call); err != nil {
			return nil, err
		}
	}
	var pages []*wire.Call
	for start := 0; start < b.nodes; start += pageRows {
		page := b.post("search", "/search/node",
			`{"name":["name"],"address":["ipaddress"],"kernel":["kernel","release"]}`)
		page.Query = searchQuery("*:*", start, pageRows)
		pages = append(pages, page)
	}
	return p, add("*:* partial", pages...)
}

func searchQuery(q string, start, rows int) string {
	return "q=" + url.QueryEscape(q) + "&start=" + strconv.Itoa(start) + "&rows=" + strconv.Itoa(rows)
}

// indexPatience is for servers that index what was stored a while later.
const indexPatience = time.Minute

// awaitHits waits until the query finds something: nothing is found fast.
func (b *bench) awaitHits(ctx context.Context, call *wire.Call) error {
	for deadline := time.Now().Add(indexPatience); ; pause(ctx, time.Second) {
		var body []byte
		if call.Body != nil {
			body = call.Body(nil)
		}
		status, answer, err := b.admin.root(ctx, call.Method, call.Path+"?"+call.Query, call.API, body)
		if err := expect(call.Method+" "+call.Path, status, answer, err); err != nil {
			return err
		}
		var found struct {
			Total int               `json:"total"`
			Rows  []json.RawMessage `json:"rows"`
		}
		if err := json.Unmarshal(answer, &found); err != nil {
			return fmt.Errorf("%s: %w", call.Path, err)
		}
		if len(found.Rows) > 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s finds nothing", call.Query)
		}
	}
}
