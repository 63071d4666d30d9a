package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"

	"tournant/bench/ohai"
	"tournant/bench/wire"
)

// revisions of each node are sent in turn. Any two of them differ in 5 % of
// the leaves, so that with more than one every PUT is a change; more of them
// would be more to sign.
const revisions = 4

// Any two revisions must be within the period of the values.
const _ = uint(ohai.Period - revisions)

// planPutNode sends the nodes' revisions. The values are counted on from the
// clock, as those of a real ohai are: with the values of an earlier run a PUT
// would change nothing, and a server may notice that.
func planPutNode(_ context.Context, b *bench) (*plan, error) {
	for _, connections := range b.connections {
		if connections > b.nodes {
			return nil, fmt.Errorf("%d connections need as many nodes, there are %d", connections, b.nodes)
		}
	}
	began := b.target.now().Unix()
	calls := make([]*wire.Call, 0, b.nodes*revisions)
	for i := range b.nodes {
		node := b.fixture.Node(i)
		for revision := range int64(revisions) {
			call := b.get("put-node", "/nodes/"+node.Name)
			call.Method = http.MethodPut
			call.Body = func(dst []byte) []byte { return b.fixture.AppendChanged(dst, node, began+revision) }
			calls = append(calls, call)
		}
	}
	// The revision that each node gets next; kept from one number of
	// connections to the next.
	next := make([]int, b.nodes)
	return &plan{calls: calls, jobs: []*job{b.job("put-node", "", calls, b.revise(next))}}, nil
}

// revise gives each worker nodes of its own, one after another from a random
// one on: a node's revisions must be stored in the order in which they are
// sent.
func (b *bench) revise(next []int) choose {
	return func(id, of int) func() int {
		own := (len(next) - id + of - 1) / of
		at := rand.New(rand.NewPCG(b.seed, uint64(of)<<32|uint64(id))).IntN(own)
		return func() int {
			at = (at + 1) % own
			node := id + at*of
			revision := next[node]
			next[node] = (revision + 1) % revisions
			return node*revisions + revision
		}
	}
}
