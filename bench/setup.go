package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"tournant/bench/fixture"
	"tournant/bench/ohai"
)

// setupWorkers is how many requests are under way while nodes are created.
const setupWorkers = 8

// setup creates what is missing of the fixture. What exists is left as it is,
// so that doing it again costs a few requests.
type setup struct {
	admin    *admin
	fixture  *fixture.Fixture
	progress *Progress
	notes    io.Writer // for what the user should know
}

func (s *setup) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.organization, s.objects, s.cookbooks, s.nodes} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("preparing: %w", err)
		}
	}
	return nil
}

// organization creates it unless it exists; that takes a superuser.
func (s *setup) organization(ctx context.Context) error {
	if s.admin.target.org == "" {
		return nil
	}
	status, err := s.admin.want(ctx, http.MethodGet, "", nil, http.StatusNotFound)
	if err != nil || status != http.StatusNotFound {
		return err
	}
	body, err := json.Marshal(struct {
		Name     string `json:"name"`
		FullName string `json:"full_name"`
	}{s.admin.target.org, "Under load"})
	if err != nil {
		return err
	}
	path := s.admin.target.base.EscapedPath() + "/organizations"
	status, answer, err := s.admin.root(ctx, http.MethodPost, path, "2", body)
	return expect("POST /organizations", status, answer, err, http.StatusConflict)
}

func (s *setup) objects(ctx context.Context) error {
	objects, err := s.fixture.Objects()
	if err != nil {
		return err
	}
	for _, o := range objects {
		status, err := s.admin.want(ctx, http.MethodGet, o.Collection+"/"+o.Name, nil, http.StatusNotFound)
		if err != nil {
			return err
		}
		if status != http.StatusNotFound {
			continue
		}
		if _, err := s.admin.want(ctx, http.MethodPost, o.Collection, o.Body, http.StatusConflict); err != nil {
			return err
		}
	}
	return nil
}

// nodes creates those that the list lacks.
func (s *setup) nodes(ctx context.Context) error {
	existing, err := list[string](ctx, s.admin, "/nodes")
	if err != nil {
		return err
	}
	var missing []*ohai.Node
	for i := range s.fixture.Nodes {
		node := s.fixture.Node(i)
		if _, ok := existing[node.Name]; !ok {
			missing = append(missing, node)
		}
	}
	if more := len(existing) + len(missing) - s.fixture.Nodes; more > 0 {
		fmt.Fprintf(s.notes, "The organization holds %d nodes more than asked for; lists and searches see them.\n", more)
	}
	return s.createNodes(ctx, missing)
}

func (s *setup) createNodes(ctx context.Context, missing []*ohai.Node) error {
	var done atomic.Int64
	defer s.progress.Show(func() string {
		return fmt.Sprintf("preparing: node %d of %d", done.Load(), len(missing))
	})()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(setupWorkers)
	for _, node := range missing {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			_, err := s.admin.want(ctx, http.MethodPost, "/nodes", s.fixture.AppendNode(nil, node), http.StatusConflict)
			done.Add(1)
			return err
		})
	}
	return group.Wait()
}
