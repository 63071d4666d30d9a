package ctl

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) userShow() *cobra.Command {
	var f format
	var orgs bool
	c := &cobra.Command{
		Use:     "user-show USERNAME [flags]",
		Short:   "Show a user",
		Example: "  " + name + " user-show alice --with-orgs",
		Args:    exactly(1, "You must specify a user name"),
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			user := map[string]json.RawMessage{}
			if err := s.call(ctx, http.MethodGet, at("users", args[0]), nil, &user); err != nil {
				return err
			}
			if orgs {
				names, err := s.orgsOf(ctx, args[0])
				if err != nil {
					return err
				}
				if user["organizations"], err = json.Marshal(names); err != nil {
					return err
				}
			}
			return a.showJSON(f, user)
		}),
	}
	f.flag(c)
	c.Flags().BoolVarP(&orgs, "with-orgs", "l", false, "show the organizations too that the user belongs to")
	return c
}
