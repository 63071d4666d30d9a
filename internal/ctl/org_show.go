package ctl

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) orgShow() *cobra.Command {
	var f format
	c := &cobra.Command{
		Use:     "org-show ORG_NAME [flags]",
		Short:   "Show an organization",
		Example: "  " + name + " org-show example",
		Args:    exactly(1, "You must specify an ORG_NAME"),
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			var shown json.RawMessage
			if err := s.call(ctx, http.MethodGet, org(args[0]), nil, &shown); err != nil {
				return err
			}
			return a.show(f, shown)
		}),
	}
	f.flag(c)
	return c
}
