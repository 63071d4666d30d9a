package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// theFleet returns a planned fleet and a worker's runner, with nothing asked
// yet that counts.
func theFleet(t *testing.T, start func(*httptest.Server)) (*fake, *fleet, *runner) {
	t.Helper()
	f := newPrepared(t, 20, start)
	b, err := newBench(testConfig(t, f.URL), output{})
	if err != nil {
		t.Fatal(err)
	}
	fl := &fleet{bench: b}
	if err := fl.makeKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := fl.register(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := fl.renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.take()
	w := &watch{}
	w.open.Store(true)
	return f, fl, fl.newRunner(&recorder{watch: w})
}

// lines describes requests as the reference lists do, with the API version
// and who asks.
func lines(all []*asked) (list []string) {
	for _, a := range all {
		line := fmt.Sprintf("%s %s %d", a.method, a.path, a.status)
		if a.user != "" {
			line += fmt.Sprintf(" v%s %s", a.api, a.user)
		}
		if strings.HasPrefix(a.path, "/bookshelf/") {
			line = "file"
		}
		list = append(list, line)
	}
	return list
}

func TestFirstRun(t *testing.T) {
	f, fl, r := theFleet(t, (*httptest.Server).StartTLS)
	r.run(t.Context(), fl.nodes[1], true)
	all := f.take()
	want := []string{
		"POST /clients 201 v0 bench-validator",
		"GET /nodes/fleet00001 404 v2 fleet00001",
		"POST /nodes 201 v2 fleet00001",
		"GET /roles/web 200 v2 fleet00001",
		"POST /data-collector 404 v2 fleet00001",
		"POST /reports/nodes/fleet00001/runs 404 v2 fleet00001",
		"POST /environments/production/cookbook_versions 200 v2 fleet00001",
		"file", "file", "file", "file", "file", "file",
		"GET /data/settings/common 200 v2 fleet00001",
		"GET /search/node 200 v2 fleet00001",
		"GET /required_recipe 404 v2 fleet00001",
		"PUT /nodes/fleet00001 200 v2 fleet00001",
	}
	if diff := cmp.Diff(want, lines(all)); diff != "" {
		t.Error(diff)
	}
	if len(all) != 17 {
		t.Errorf("%d requests, want 17", len(all))
	}
	if n := len(all[2].body); n < 150 || n > 170 {
		t.Errorf("the new node has %d bytes: %s", n, all[2].body)
	}
	if q := all[14].query; q != "q=role%3Alb&start=0&rows=1000" {
		t.Errorf("search for %s", q)
	}
	checkHeaders(t, all)
	checkBodies(t, all)
	if r.rec.runs.latency.count != 1 || r.rec.errors.Load() != 0 || r.rec.requests.Load() != 17 {
		t.Errorf("%d runs, %d errors, %d requests", r.rec.runs.latency.count, r.rec.errors.Load(), r.rec.requests.Load())
	}
}

// checkHeaders checks that each request of a run is of the size and shape of
// chef-client's, over a connection of its own but for the files.
func checkHeaders(t *testing.T, all []*asked) {
	t.Helper()
	connections, files, last := map[string]bool{}, map[string]bool{}, len(all)-1
	for _, a := range all {
		if strings.HasPrefix(a.path, "/bookshelf/") {
			files[a.connection] = true
			if a.close {
				t.Errorf("%s over a connection that is not kept", a)
			}
			continue
		}
		if !a.close || connections[a.connection] {
			t.Errorf("%s not over a connection of its own", a)
		}
		connections[a.connection] = true
		if a.header < 900 || a.header > 1200 {
			t.Errorf("%s has a header of %d bytes", a, a.header)
		}
		if a.sign != "algorithm=sha1;version=1.1;" {
			t.Errorf("%s is signed %s", a, a.sign)
		}
		if a.id == "" || a.id != all[last].id {
			t.Errorf("%s has request id %q, the last %q", a, a.id, all[last].id)
		}
	}
	if len(files) > downloads {
		t.Errorf("%d connections for files", len(files))
	}
}

func checkBodies(t *testing.T, all []*asked) {
	t.Helper()
	for _, a := range all {
		hasBody := a.method == http.MethodPost || a.method == http.MethodPut
		if hasBody != json.Valid(a.body) {
			t.Errorf("%s has the body %.200s", a, a.body)
		}
	}
	if n := len(all[len(all)-1].body); n < 120_000 || n > 128_000 {
		t.Errorf("the node has %d bytes", n)
	}
}

func TestSteadyRuns(t *testing.T) {
	f, fl, r := theFleet(t, (*httptest.Server).Start)
	now := time.Now()
	fl.target.now = func() time.Time { return now }
	r.run(t.Context(), fl.nodes[1], true)
	f.take()
	want := []string{
		"GET /nodes/fleet00001 200 v2 fleet00001",
		"GET /roles/web 200 v2 fleet00001",
		"POST /data-collector 404 v2 fleet00001",
		"POST /reports/nodes/fleet00001/runs 404 v2 fleet00001",
		"POST /environments/production/cookbook_versions 200 v2 fleet00001",
		// These two are the recipe's; seven without them.
		"GET /data/settings/common 200 v2 fleet00001",
		"GET /search/node 200 v2 fleet00001",
		"GET /required_recipe 404 v2 fleet00001",
		"PUT /nodes/fleet00001 200 v2 fleet00001",
	}
	ids := map[string]bool{}
	stored := f.documents["/nodes/fleet00001"]
	for range 3 {
		r.run(t.Context(), fl.nodes[1], false)
		all := f.take()
		if diff := cmp.Diff(want, lines(all)); diff != "" {
			t.Error(diff)
		}
		checkHeaders(t, all)
		checkBodies(t, all)
		ids[all[0].id] = true
		// 5 % of 4,979, even within a second.
		if n := changedLeaves(t, stored, all[8].body); n != 249 {
			t.Errorf("a run changes %d leaves, want 249", n)
		}
		stored = all[8].body
	}
	if len(ids) != 3 {
		t.Errorf("request ids %v", ids)
	}
	if r.rec.runs.latency.count != 4 {
		t.Errorf("%d runs", r.rec.runs.latency.count)
	}
}

func TestAbandonedRuns(t *testing.T) {
	tests := []struct {
		name  string
		first bool
		path  string
		asked int // requests until then
		label string
	}{
		{"not registered", true, "/clients", 1, labelRegister},
		{"no solution", true, "/environments/production/cookbook_versions", 7, labelSolve},
		{"no item", true, "/data/settings/common", 14, labelItem},
		{"no role", false, "/roles/web", 2, labelRole},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, fl, r := theFleet(t, (*httptest.Server).Start)
			if !test.first {
				r.run(t.Context(), fl.nodes[1], true)
				f.take()
				r.rec = &recorder{watch: r.rec.watch}
			}
			f.refuse = func(a *asked) int {
				if a.path == test.path {
					return http.StatusServiceUnavailable
				}
				return 0
			}
			r.run(t.Context(), fl.nodes[1], test.first)
			if all := f.take(); len(all) != test.asked {
				t.Errorf("%d requests, want %d: %v", len(all), test.asked, lines(all))
			}
			failed := r.rec.part(test.label).failures[http.StatusServiceUnavailable]
			if failed == nil || failed.Count != 1 || !strings.Contains(failed.Example, "refused") {
				t.Errorf("failures %+v", failed)
			}
			if r.rec.runs.latency.count != 0 {
				t.Error("an abandoned run is counted")
			}
		})
	}
}

func TestFleetReport(t *testing.T) {
	f := newPrepared(t, 20, (*httptest.Server).Start)
	before := len(f.documents)
	c := testConfig(t, f.URL)
	c.clients = 5
	table, r := report(t, c, "fleet")
	if len(r.Results) != 2 {
		t.Fatalf("%d results", len(r.Results))
	}
	first, steady := r.Results[0], r.Results[1]
	if first.Case != "first runs" || first.Requests != 5*17 || first.Runs.Count != 5 || len(first.Parts) != 12 {
		t.Errorf("first runs: %+v", first)
	}
	if steady.Case != "steady runs" || steady.Runs == nil || steady.Runs.PerMinute <= 0 || len(steady.Parts) != 9 {
		t.Errorf("steady runs: %+v", steady)
	}
	var labels []string
	for _, p := range first.Parts {
		labels = append(labels, p.Label)
	}
	if diff := cmp.Diff(fleetLabels(), labels); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"fleet first runs", "  GET cookbook file", "  whole run", "runs/min"} {
		if !strings.Contains(table, text) {
			t.Errorf("%q is not in the table:\n%s", text, table)
		}
	}
	// Everything that was made is gone again.
	if len(f.documents) != before {
		t.Errorf("%d documents before, %d after", before, len(f.documents))
	}
}

func TestValidatorThatExists(t *testing.T) {
	f, fl, _ := theFleet(t, (*httptest.Server).Start)
	if err := fl.register(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := lines(f.take())
	want := []string{"POST /clients 409 v0 pivotal", "PUT /clients/bench-validator 200 v0 pivotal"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFileURLs(t *testing.T) {
	tests := []struct {
		name, solution string
		want           int // -1: an error
	}{
		{"version 2", `{"a":{"all_files":[{"url":"http://h/1"},{"url":"http://h/2"}]},"b":{"all_files":[]}}`, 2},
		{"version 0", `{"a":{"recipes":[{"url":"http://h/1"}],"root_files":[{"url":"http://h/2"}],"files":[{"url":"http://h/3"}]}}`, 3},
		{"nothing", `{}`, 0},
		{"no URL", `{"a":{"recipes":[{"name":"x"}]}}`, -1},
		{"not JSON", `<html>`, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			urls, err := fileURLs([]byte(test.solution))
			if (err != nil) != (test.want < 0) || err == nil && len(urls) != test.want {
				t.Errorf("got %v, %v", urls, err)
			}
		})
	}
}

func FuzzFileURLs(f *testing.F) {
	f.Add([]byte(`{"a":{"all_files":[{"url":"http://h/1"}]}}`))
	f.Add([]byte(`{"a":{"recipes":[{"url":"%zz"}]}}`))
	f.Fuzz(func(t *testing.T, solution []byte) {
		urls, err := fileURLs(solution)
		for _, u := range urls {
			if u.Host == "" || err != nil {
				t.Errorf("%v, %v", u, err)
			}
		}
	})
}
