package ctl

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) userList() *cobra.Command {
	var f format
	var all, uri bool
	c := &cobra.Command{
		Use:     "user-list [flags]",
		Short:   "List the users",
		Example: "  " + name + " user-list -w",
		Args:    none,
		RunE: a.with(func(ctx context.Context, s *session, _ []string) error {
			if all {
				var users json.RawMessage
				if err := s.call(ctx, http.MethodGet, at("users")+"?verbose=true", nil, &users); err != nil {
					return err
				}
				return a.show(f, users)
			}
			var users map[string]string
			if err := s.call(ctx, http.MethodGet, at("users"), nil, &users); err != nil {
				return err
			}
			return a.showNames(f, users, uri)
		}),
	}
	f.flag(c)
	c.Flags().BoolVarP(&uri, "with-uri", "w", false, "show the URIs too")
	c.Flags().BoolVarP(&all, "all-users", "a", false, "show names and e-mail addresses")
	c.Flags().BoolVar(&all, "all-info", false, "the same as --all-users")
	return c
}
