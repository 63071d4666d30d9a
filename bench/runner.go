package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"tournant/bench/wire"
)

// agentHeader is what chef-client 18 sends with every request to the API;
// together with the signature it is about 1 kB.
const agentHeader = "Accept: application/json\r\n" +
	"Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\n" +
	"User-Agent: Chef Client/18.9.5 (ruby-3.1.6-p260; ohai-18.2.5; x86_64-linux; +https://www.chef.io)\r\n" +
	"X-Chef-Version: 18.9.5\r\n" +
	"Connection: close\r\n"

// runner does runs of chef-client, one after another.
type runner struct {
	fleet *fleet
	rec   *recorder
	agent *wire.Client // a new connection for every request

	// spent is how long the requests of this run have taken; what the real
	// client does in between is not simulated, and to sign is not the server's.
	spent time.Duration
}

func (f *fleet) newRunner(rec *recorder) *runner {
	return &runner{fleet: f, rec: rec, agent: f.target.client(true)}
}

// run does a whole run, or as much of one as is answered as expected.
func (r *runner) run(ctx context.Context, s *simulated, first bool) {
	r.spent = 0
	r.agent.Header = agentHeader + "X-Remote-Request-Id: " + s.uuid() + "\r\n"
	var done bool
	if first {
		done = r.first(ctx, s)
	} else {
		r.agent.Signer = s.signer
		_, done = r.calls(ctx, s.steadyRun())
	}
	if done {
		r.rec.run(r.spent)
	}
}

func (r *runner) first(ctx context.Context, s *simulated) bool {
	r.agent.Signer = r.fleet.validator
	if _, ok := r.calls(ctx, []*wire.Call{s.register()}); !ok {
		return false
	}
	r.agent.Signer = s.signer
	before, after := s.firstRun()
	solution, ok := r.calls(ctx, before)
	if !ok {
		return false
	}
	files, err := fileURLs(solution)
	if err != nil {
		solve := before[len(before)-1]
		return r.rec.call(solve, wire.Sent{}, err)
	}
	began := time.Now()
	if !r.download(ctx, files) {
		return false
	}
	r.spent += time.Since(began)
	_, ok = r.calls(ctx, after)
	return ok
}

// calls sends them in order until one is not answered as expected, and returns
// the body of the last.
func (r *runner) calls(ctx context.Context, calls []*wire.Call) (body []byte, ok bool) {
	for _, call := range calls {
		sent, err := r.agent.Send(ctx, call)
		if ctx.Err() != nil {
			return nil, false
		}
		r.spent += sent.Took
		if !r.rec.call(call, sent, err) {
			if err != nil {
				pause(ctx, refusedPause)
			}
			return nil, false
		}
		body = sent.Body
	}
	return body, true
}

type file struct {
	URL string `json:"url"`
}

// solved is a cookbook in the answer to POST cookbook_versions, in the shape
// of API version 2 or of those before it.
type solved struct {
	AllFiles    []file `json:"all_files"`
	Attributes  []file `json:"attributes"`
	Definitions []file `json:"definitions"`
	Files       []file `json:"files"`
	Libraries   []file `json:"libraries"`
	Providers   []file `json:"providers"`
	Recipes     []file `json:"recipes"`
	Resources   []file `json:"resources"`
	RootFiles   []file `json:"root_files"`
	Templates   []file `json:"templates"`
}

// fileURLs returns where the files of all cookbooks are.
func fileURLs(solution []byte) ([]*url.URL, error) {
	var cookbooks map[string]solved
	if err := json.Unmarshal(solution, &cookbooks); err != nil {
		return nil, fmt.Errorf("solution: %w", err)
	}
	var urls []*url.URL
	for name, c := range cookbooks {
		for _, segment := range [...][]file{c.AllFiles, c.Attributes, c.Definitions, c.Files, c.Libraries,
			c.Providers, c.Recipes, c.Resources, c.RootFiles, c.Templates} {
			for _, f := range segment {
				u, err := url.Parse(f.URL)
				if err != nil || u.Host == "" {
					return nil, fmt.Errorf("cookbook %s has a file at %q", name, f.URL)
				}
				urls = append(urls, u)
			}
		}
	}
	return urls, nil
}
