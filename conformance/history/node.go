package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
)

// node is a node whose state is the number saved in it, 0 while it does not
// exist.
type node struct{ name string }

func (n *node) String() string                       { return "node " + n.name }
func (n *node) setup(context.Context, *runner) error { return nil }
func (n *node) initial() int                         { return 0 }

func (n *node) next(random *rand.Rand) op {
	return pick(random, 1_000_000, "create", "create", "save", "get", "delete", "search", "search", "search", "list")
}

// nodeDocument is a node that has nothing but a number, and as much beside it
// as keeps an index at work for a while.
type nodeDocument struct {
	Name   string `json:"name"`
	Normal struct {
		Value   int            `json:"value"`
		Ballast map[string]int `json:"ballast"`
	} `json:"normal"`
}

// ballastLeaves is about a fifth of what a real node has.
const ballastLeaves = 1000

func (n *node) document(value int) nodeDocument {
	d := nodeDocument{Name: n.name}
	d.Normal.Value, d.Normal.Ballast = value, make(map[string]int, ballastLeaves)
	for i := range ballastLeaves {
		d.Normal.Ballast[fmt.Sprintf("leaf%d", i)] = value + i
	}
	return d
}

func (n *node) do(ctx context.Context, c caller, o op) result {
	path := "/nodes/" + n.name
	switch o.verb {
	case "create":
		return c.super(ctx, http.MethodPost, "/nodes", n.document(o.arg), nil)
	case "save":
		return c.super(ctx, http.MethodPut, path, n.document(o.arg), nil)
	case "delete":
		return c.super(ctx, http.MethodDelete, path, nil, nil)
	case "search":
		return n.search(ctx, c)
	case "list":
		return n.list(ctx, c)
	}
	var found nodeDocument
	res := c.super(ctx, http.MethodGet, path, nil, &found)
	res.seen = found.Normal.Value
	return res
}

func (n *node) search(ctx context.Context, c caller) result {
	var found struct{ Rows []nodeDocument }
	res := c.super(ctx, http.MethodGet, "/search/node?q=name:"+n.name, nil, &found)
	for _, row := range found.Rows {
		res.seen = row.Normal.Value
	}
	return res
}

// list sees 1 where the list has the node.
func (n *node) list(ctx context.Context, c caller) result {
	var names map[string]string
	res := c.super(ctx, http.MethodGet, "/nodes", nil, &names)
	if names[n.name] != "" {
		res.seen = 1
	}
	return res
}

func (n *node) allows(state int, o op, res result) bool {
	exists := state != 0
	switch o.verb {
	case "create":
		return exists == (res.status == http.StatusConflict) && (exists || res.ok())
	case "search":
		return res.ok() && res.seen == state
	case "list":
		return res.ok() && exists == (res.seen == 1)
	}
	if !exists {
		return res.status == http.StatusNotFound
	}
	return res.ok() && (o.verb != "get" || res.seen == state)
}

func (n *node) after(state int, o op) int {
	switch o.verb {
	case "create", "save":
		if o.verb == "save" && state == 0 || o.verb == "create" && state != 0 {
			return state
		}
		return o.arg
	case "delete":
		return 0
	}
	return state
}
