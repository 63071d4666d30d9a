package bench

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"tournant/bench/fixture"
	"tournant/bench/wire"
)

// load is one of those that can be asked for.
type load struct {
	name, about string
	plan        func(context.Context, *bench) (*plan, error)
}

// plan is what a load does.
type plan struct {
	calls []*wire.Call // to be signed before anything is measured
	jobs  []*job       // done in this order with each number of connections
	end   func(context.Context) error
}

func loads() []load {
	return []load{
		{"get-node", "GET of a random node, 94 kB", planGetNode},
		{"put-node", "PUT of a node, 94 kB, 5 % of its leaves changed each time", planPutNode},
		{"get-environment", "GET of an environment", planGetEnvironment},
		{"depsolve", "POST of two recipes, answered with 20 cookbooks", planDepsolve},
		{"list-nodes", "GET of the list of all nodes", planListNodes},
		{"search", "five queries over the nodes, one line each", planSearch},
		{"fleet", "first and steady runs of simulated nodes", planFleet},
	}
}

// refusedPause keeps a worker from spinning while nobody answers.
const refusedPause = 10 * time.Millisecond

// choose returns, for one worker, the index of the call to send next.
type choose func(id, of int) func() int

// job makes the job of sending calls one after another.
func (b *bench) job(load, name string, calls []*wire.Call, choose choose) *job {
	return &job{load: load, name: name, endless: true, warm: true,
		worker: func(id, of int, rec *recorder) (func(context.Context) bool, func()) {
			client, next := b.target.client(b.tlsPerRequest), choose(id, of)
			return func(ctx context.Context) bool {
				call := calls[next()]
				sent, err := client.Send(ctx, call)
				if ctx.Err() != nil {
					return false
				}
				if rec.call(call, sent, err); err != nil {
					pause(ctx, refusedPause)
				}
				return true
			}, client.Close
		}}
}

// random chooses any of n calls.
func (b *bench) random(n int) choose {
	return func(id, of int) func() int {
		rng := rand.New(rand.NewPCG(b.seed, uint64(of)<<32|uint64(id)))
		return func() int { return rng.IntN(n) }
	}
}

// get returns a call that reads a path of the organization.
func (b *bench) get(load, path string) *wire.Call {
	return &wire.Call{Label: load, Method: http.MethodGet, Path: b.target.prefix + path, API: "2"}
}

// post returns a call with a fixed body.
func (b *bench) post(load, path, body string) *wire.Call {
	c := b.get(load, path)
	c.Method = http.MethodPost
	c.Body = func(dst []byte) []byte { return append(dst, body...) }
	return c
}

// anyOf is the plan of a load that sends any of the calls.
func (b *bench) anyOf(load string, calls ...*wire.Call) *plan {
	return &plan{calls: calls, jobs: []*job{b.job(load, "", calls, b.random(len(calls)))}}
}

func planGetNode(_ context.Context, b *bench) (*plan, error) {
	calls := make([]*wire.Call, b.nodes)
	for i := range calls {
		calls[i] = b.get("get-node", "/nodes/"+b.fixture.Node(i).Name)
	}
	return b.anyOf("get-node", calls...), nil
}

func planGetEnvironment(_ context.Context, b *bench) (*plan, error) {
	return b.anyOf("get-environment", b.get("get-environment", "/environments/"+fixture.Environment)), nil
}

func planListNodes(_ context.Context, b *bench) (*plan, error) {
	return b.anyOf("list-nodes", b.get("list-nodes", "/nodes")), nil
}
