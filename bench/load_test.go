package bench

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/bench/fixture"
)

// newPrepared returns a fake that holds the nodes and objects already.
func newPrepared(t *testing.T, nodes int, start func(*httptest.Server)) *fake {
	t.Helper()
	f := newFake(t, userKey(), start)
	fix, err := fixture.New(1, nodes)
	if err != nil {
		t.Fatal(err)
	}
	for i := range nodes {
		n := fix.Node(i)
		f.documents["/nodes/"+n.Name] = fix.AppendNode(nil, n)
	}
	objects, err := fix.Objects()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		f.documents[o.Collection+"/"+o.Name] = o.Body
	}
	return f
}

// kinds returns the different requests of those that were measured.
func kinds(all []*asked) []string {
	seen := map[string]bool{}
	for _, a := range all {
		path := a.path
		if strings.HasPrefix(path, "/nodes/") {
			path = "/nodes/N"
		}
		seen[fmt.Sprintf("%s %s?%s %s %s", a.method, path, a.query, a.api, a.sign)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

func TestLoads(t *testing.T) {
	const sign = " 2 algorithm=sha256;version=1.3;"
	tests := []struct {
		load  string
		nodes int
		want  []string
	}{
		{"get-node", 20, []string{"GET /nodes/N?" + sign}},
		{"put-node", 20, []string{"PUT /nodes/N?" + sign}},
		{"get-environment", 20, []string{"GET /environments/production?" + sign}},
		{"list-nodes", 20, []string{"GET /nodes?" + sign}},
		{"depsolve", 20, []string{"POST /environments/production/cookbook_versions?" + sign}},
		{"search", 1100, []string{
			"GET /search/node?q=fqdn%3A%2A0017%2A&start=0&rows=10" + sign,
			"GET /search/node?q=location%3A%22rack+17%22&start=0&rows=10" + sign,
			"GET /search/node?q=name%3Aweb%2A&start=0&rows=10" + sign,
			"GET /search/node?q=role%3Alb&start=0&rows=10" + sign,
			"POST /search/node?q=%2A%3A%2A&start=0&rows=1000" + sign,
			"POST /search/node?q=%2A%3A%2A&start=1000&rows=1000" + sign,
		}},
	}
	for _, test := range tests {
		t.Run(test.load, func(t *testing.T) {
			f := newPrepared(t, 20, (*httptest.Server).Start)
			c := testConfig(t, f.URL)
			c.nodes = test.nodes
			jobs := step(t, f, c, test.load, 2, 12)
			if diff := cmp.Diff(test.want, kinds(f.take())); diff != "" {
				t.Error(diff)
			}
			if want := map[string]int{"search": 5}[test.load]; len(jobs) != max(want, 1) {
				t.Errorf("%d jobs", len(jobs))
			}
		})
	}
}

// step does each job of a load with that many workers, which take that many
// steps each, and returns the jobs.
func step(t *testing.T, f *fake, c *config, name string, workers, steps int) []*job {
	t.Helper()
	b, err := newBench(c, output{})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(loads(), func(l load) bool { return l.name == name })
	plan, err := loads()[at].plan(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	f.take()
	rec := recorder{watch: &watch{}}
	rec.open.Store(true)
	for _, j := range plan.jobs {
		for id := range workers {
			next, end := j.worker(id, workers, &rec)
			for range steps {
				if !next(t.Context()) {
					t.Errorf("%s ends", j.title())
				}
			}
			end()
		}
	}
	if got := rec.requests.Load(); got != uint64(len(plan.jobs)*workers*steps) {
		t.Errorf("%d requests succeeded: %+v", got, rec.parts[0].sortedFailures())
	}
	return plan.jobs
}

func TestResultsOfLoads(t *testing.T) {
	f := newPrepared(t, 100, (*httptest.Server).Start)
	c := testConfig(t, f.URL)
	c.nodes, c.connections, c.warmup = 100, []int{1, 3}, 20*time.Millisecond
	_, r := report(t, c, "get-node", "search")
	if len(r.Results) != 2+2*5 {
		t.Fatalf("%d results", len(r.Results))
	}
	for _, result := range r.Results {
		checkResult(t, result)
	}
	if last := r.Results[11]; last.Load != "search" || last.Case != "*:* partial" || last.Connections != 3 {
		t.Errorf("the last result is %+v", last)
	}
}

func checkResult(t *testing.T, r *Result) {
	t.Helper()
	l := r.Latency
	if r.Requests == 0 || r.Errors != 0 || r.Failures != nil || r.PerSecond <= 0 || r.BytesIn == 0 || r.BytesOut == 0 ||
		l.P50 <= 0 || l.P50 > l.P90 || l.P90 > l.P99 || l.P99 > l.Max {
		t.Errorf("%+v", r)
	}
	if got := float64(r.Requests) / r.Seconds; got < r.PerSecond*0.999 || got > r.PerSecond*1.001 {
		t.Errorf("%v requests in %v s are not %v/s", r.Requests, r.Seconds, r.PerSecond)
	}
}

func TestEveryPutIsAChange(t *testing.T) {
	f := newPrepared(t, 3, (*httptest.Server).Start)
	before := maps.Clone(f.documents)
	c := testConfig(t, f.URL)
	c.nodes = 3
	step(t, f, c, "put-node", 2, 10)
	puts := f.take()
	changes := map[int]int{}
	for i, a := range puts {
		stored := before[a.path]
		if string(stored) == string(a.body) {
			t.Fatalf("%s changes nothing", a)
		}
		if i%2 == 0 { // to compare takes long
			changes[changedLeaves(t, stored, a.body)]++
		}
		before[a.path] = a.body
	}
	// 5 % of 3,689; from the prepared document a few less may change, when
	// a value happens to come back after months.
	for n := range changes {
		if n < 175 || n > 184 {
			t.Errorf("a PUT changes %d leaves", n)
		}
	}
}

func changedLeaves(t *testing.T, a, b []byte) (n int) {
	t.Helper()
	var from, to any
	if json.Unmarshal(a, &from) != nil || json.Unmarshal(b, &to) != nil {
		t.Fatal("not JSON")
	}
	var walk func(from, to any)
	walk = func(from, to any) {
		switch to := to.(type) {
		case map[string]any:
			for key := range to {
				walk(from.(map[string]any)[key], to[key])
			}
		case []any:
			for i := range to {
				walk(from.([]any)[i], to[i])
			}
		default:
			if from != to {
				n++
			}
		}
	}
	walk(from, to)
	return n
}

func TestTLSPerRequest(t *testing.T) {
	for _, fresh := range []bool{false, true} {
		f := newPrepared(t, 20, (*httptest.Server).StartTLS)
		c := testConfig(t, f.URL)
		c.tlsPerRequest = fresh
		step(t, f, c, "get-node", 2, 5)
		connections, all := map[string]bool{}, f.take()
		for _, a := range all {
			connections[a.connection] = true
		}
		want := 2
		if fresh {
			want = len(all)
		}
		if len(connections) != want {
			t.Errorf("fresh %v: %d connections for %d requests", fresh, len(connections), len(all))
		}
	}
}

func TestSeedMakesRunsRepeatable(t *testing.T) {
	paths := func(seed uint64) (list []string) {
		f := newPrepared(t, 20, (*httptest.Server).Start)
		c := testConfig(t, f.URL)
		c.seed = seed
		step(t, f, c, "get-node", 1, 20)
		for _, a := range f.take() {
			list = append(list, a.path)
		}
		return list
	}
	if diff := cmp.Diff(paths(1), paths(1)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(paths(1), paths(2)) {
		t.Error("another seed asks the same")
	}
}

func TestRevise(t *testing.T) {
	b := &bench{config: &config{seed: 1}}
	const nodes, workers = 7, 3
	next := b.revise(make([]int, nodes))
	sent := map[int][]int{}
	for id := range workers {
		choose := next(id, workers)
		for range 40 {
			i := choose()
			if node := i / revisions; node%workers != id {
				t.Fatalf("worker %d sends node %d", id, node)
			}
			sent[i/revisions] = append(sent[i/revisions], i%revisions)
		}
	}
	for node := range nodes {
		for i, revision := range sent[node] {
			if revision != i%revisions {
				t.Fatalf("revisions of node %d: %v", node, sent[node])
			}
		}
		if len(sent[node]) < 40/3 {
			t.Errorf("node %d was sent %d times", node, len(sent[node]))
		}
	}
}

func TestWrongSolutionsAreNotMeasured(t *testing.T) {
	f := newPrepared(t, 20, (*httptest.Server).Start)
	f.refuse = func(a *asked) int {
		if strings.HasSuffix(a.path, "/cookbook_versions") {
			return http.StatusAccepted
		}
		return 0
	}
	err := run(t.Context(), testConfig(t, f.URL), []string{"depsolve"}, output{})
	if err == nil || !strings.Contains(err.Error(), "1 cookbooks, not 20") {
		t.Errorf("got %v", err)
	}
}
