package ctl

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tournant/internal/apiclient"
)

// indexing is one run of reindex.
type indexing struct {
	app                           *app
	all, timed, wait, unavailable bool
}

func (a *app) reindex() *cobra.Command {
	r := indexing{app: a}
	c := &cobra.Command{
		Use:   "reindex ORG_NAME... | --all-orgs [flags]",
		Short: "Build the search index of organizations anew",
		Long: `Build the search index of organizations anew. Nothing depends on it but time:
the index follows the database by itself. Searches wait meanwhile.`,
		Example: "  " + name + " reindex --all-orgs --with-timing",
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			return r.run(ctx, s, args)
		}),
	}
	c.Flags().BoolVarP(&r.all, "all-orgs", "a", false, "all organizations, whatever the arguments")
	c.Flags().BoolVarP(&r.timed, "with-timing", "t", false, "print how long it took")
	c.Flags().BoolVarP(&r.wait, "wait", "w", false, "accepted for scripts: the command always waits")
	c.Flags().BoolVarP(&r.unavailable, "disable-api", "d", false, "accepted for scripts: writes may go on meanwhile")
	return c
}

func (r *indexing) run(ctx context.Context, s *session, orgs []string) error {
	began := r.app.Now()
	if r.all {
		var list map[string]string
		if err := s.call(ctx, http.MethodGet, at("organizations"), nil, &list); err != nil {
			return err
		}
		orgs = slices.Sorted(maps.Keys(list))
		r.app.print("Reindexing all organizations")
		if len(orgs) == 0 {
			r.app.print("No organizations to reindex")
			return nil
		}
	}
	if len(orgs) == 0 {
		return fail("Please specify an organization to reindex or use the --all-orgs flag")
	}
	if !r.all {
		r.app.print("Reindexing orgs: %s", strings.Join(orgs, ", "))
	}
	for i, orgName := range orgs {
		if err := r.one(ctx, s, orgName, fmt.Sprintf("%s (%d of %d)", orgName, i+1, len(orgs))); err != nil {
			return fmt.Errorf("reindex %s: %w", orgName, err)
		}
	}
	if r.timed {
		r.app.print("%.3f seconds to reindex.", r.app.Now().Sub(began).Seconds())
	}
	return nil
}

// one returns when a search finds the index complete.
func (r *indexing) one(ctx context.Context, s *session, orgName, shown string) error {
	if err := s.call(ctx, http.MethodPost, at("_tournant", "reindex", orgName), nil, nil); err != nil {
		return err
	}
	p := r.app.progress()
	defer p.done()
	began := r.app.Now()
	for {
		p.tell(fmt.Sprintf("indexing %s, %s", shown, r.app.Now().Sub(began).Round(time.Second)), 0, 0)
		err := s.call(ctx, http.MethodGet, org(orgName, "search", "node")+"?q=*:*&rows=0", nil, nil)
		if apiclient.Status(err) != http.StatusServiceUnavailable {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(redraw):
		}
	}
}
