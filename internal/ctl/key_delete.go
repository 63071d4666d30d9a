package ctl

import (
	"context"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"tournant/internal/apiclient"
)

func (a *app) deleteKey(owner keyOwner) *cobra.Command {
	command := "delete-" + owner.kind + "-key"
	args := append(append([]string{}, owner.args...), "KEYNAME")
	return &cobra.Command{
		Use:     command + " " + strings.Join(args, " "),
		Short:   "Delete a key of a " + owner.kind,
		Example: "  " + name + " " + command + " " + owner.example() + " laptop",
		Args:    func(_ *cobra.Command, given []string) error { return required(command, args, given) },
		RunE: a.with(func(ctx context.Context, s *session, given []string) error {
			key := given[len(given)-1]
			err := s.call(ctx, http.MethodDelete, owner.path(given)+at(key), nil, nil)
			if apiclient.Status(err) == http.StatusNotFound {
				return fail("Error: Could not find key %s for %s.", key, owner.who(given))
			}
			return err
		}),
	}
}
