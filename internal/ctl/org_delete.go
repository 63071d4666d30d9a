package ctl

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) orgDelete() *cobra.Command {
	var f format
	var yes bool
	c := &cobra.Command{
		Use:     "org-delete ORG_NAME [flags]",
		Short:   "Delete an organization with all that is in it",
		Example: "  " + name + " org-delete example --yes",
		Args:    exactly(1, "You must specify an ORG_NAME"),
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			if err := a.confirm(yes, "Do you want to delete the organization "+args[0]); err != nil {
				return err
			}
			var gone json.RawMessage
			if err := s.call(ctx, http.MethodDelete, org(args[0]), nil, &gone); err != nil {
				return err
			}
			return a.show(f, gone)
		}),
	}
	f.flag(c)
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}
