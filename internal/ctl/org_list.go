package ctl

import (
	"context"
	"maps"
	"net/http"
	"regexp"

	"github.com/spf13/cobra"
)

func (a *app) orgList() *cobra.Command {
	var f format
	var all, uri bool
	c := &cobra.Command{
		Use:     "org-list [flags]",
		Short:   "List the organizations",
		Example: "  " + name + " org-list -w",
		Args:    none,
		RunE: a.with(func(ctx context.Context, s *session, _ []string) error {
			var orgs map[string]string
			if err := s.call(ctx, http.MethodGet, at("organizations"), nil, &orgs); err != nil {
				return err
			}
			if !all {
				maps.DeleteFunc(orgs, func(name, _ string) bool { return generatedName.MatchString(name) })
			}
			return a.showNames(f, orgs, uri)
		}),
	}
	f.flag(c)
	c.Flags().BoolVarP(&uri, "with-uri", "w", false, "show the URIs too")
	c.Flags().BoolVarP(&all, "all-orgs", "a", false, "show those too whose names look generated: 20 lower-case letters")
	return c
}

// generatedName is what Chef's server called the organizations that it kept in
// reserve.
var generatedName = regexp.MustCompile(`^[a-z]{20}$`)
