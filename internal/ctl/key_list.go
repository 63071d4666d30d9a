package ctl

import (
	"context"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"tournant/internal/apiclient"
)

func (a *app) listKeys(owner keyOwner) *cobra.Command {
	var verbose bool
	command := "list-" + owner.kind + "-keys"
	c := &cobra.Command{
		Use:     command + " " + strings.Join(owner.args, " ") + " [flags]",
		Short:   "List the keys of a " + owner.kind,
		Example: "  " + name + " " + command + " " + owner.example() + " --verbose",
		Args:    func(_ *cobra.Command, args []string) error { return required(command, owner.args, args) },
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			err := a.printKeys(ctx, s, owner, args, verbose)
			if apiclient.Status(err) == http.StatusNotFound {
				return fail("Error: Could not find %s.", owner.who(args))
			}
			return err
		}),
	}
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "show dates of expiry and the public keys")
	return c
}

func (a *app) printKeys(ctx context.Context, s *session, owner keyOwner, args []string, verbose bool) error {
	var keys []struct {
		Name    string `json:"name"`
		Expired bool   `json:"expired"`
	}
	if err := s.call(ctx, http.MethodGet, owner.path(args), nil, &keys); err != nil {
		return err
	}
	for _, key := range keys {
		if !verbose {
			a.print("\nname: %s\nexpired: %t", key.Name, key.Expired)
			continue
		}
		var full struct {
			PublicKey string `json:"public_key"`
			Expires   string `json:"expiration_date"`
		}
		if err := s.call(ctx, http.MethodGet, owner.path(args)+at(key.Name), nil, &full); err != nil {
			return err
		}
		a.print("\nname: %s\nexpiration_date: %s\npublic_key:\n%s", key.Name, full.Expires, strings.TrimSuffix(full.PublicKey, "\n"))
	}
	return nil
}
