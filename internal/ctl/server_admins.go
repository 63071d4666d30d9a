package ctl

import (
	"context"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"tournant/internal/apiclient"
	"tournant/internal/store"
)

const superuser = store.Superuser

// oneUser takes a user name, in the words of the original.
func oneUser(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fail("Username is the only argument to %s.\nPlease pass a single argument.", c.Name())
	}
	return nil
}

func (a *app) grantServerAdmin() *cobra.Command {
	return &cobra.Command{
		Use:     "grant-server-admin-permissions USERNAME",
		Short:   "Let a user read, create, change and delete users",
		Example: "  " + name + " grant-server-admin-permissions alice",
		Args:    oneUser,
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			err := s.call(ctx, http.MethodPut, at("_tournant", "server-admins", args[0]), nil, nil)
			if apiclient.Status(err) == http.StatusNotFound {
				return fail("User %s was not found.", args[0])
			}
			if err != nil {
				return err
			}
			a.print("User %s was added to server-admins. This user can now list, read, create, and delete users "+
				"(even for orgs they are not members of) for this Chef Infra Server.", args[0])
			return nil
		}),
	}
}

func (a *app) removeServerAdmin() *cobra.Command {
	return &cobra.Command{
		Use:     "remove-server-admin-permissions USERNAME",
		Short:   "Undo grant-server-admin-permissions",
		Example: "  " + name + " remove-server-admin-permissions alice",
		Args:    oneUser,
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			return a.removeAdmin(ctx, s, args[0])
		}),
	}
}

func (a *app) removeAdmin(ctx context.Context, s *session, user string) error {
	if user == superuser {
		return fail("You cannot remove the base superuser pivotal from server-admins.")
	}
	names, err := s.serverAdmins(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(names, user) {
		err := s.call(ctx, http.MethodGet, at("users", user), nil, nil)
		if apiclient.Status(err) == http.StatusNotFound {
			return fail("User %s was not found.", user)
		}
		if err != nil {
			return err
		}
		return fail("User %s is not a member of server-admins so it cannot be removed.", user)
	}
	if err := s.call(ctx, http.MethodDelete, at("_tournant", "server-admins", user), nil, nil); err != nil {
		return err
	}
	a.print("User %s was removed from the server-admins group. This user can no longer list, read, create, and delete "+
		"users for this Chef Infra Server except for where they have default permissions (such as within an org).", user)
	return nil
}

func (a *app) listServerAdmins() *cobra.Command {
	return &cobra.Command{
		Use:     "list-server-admins",
		Short:   "List the users who have server-admin permissions",
		Example: "  " + name + " list-server-admins",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 0 {
				return fail("This command does not accept arguments.")
			}
			return nil
		},
		RunE: a.with(func(ctx context.Context, s *session, _ []string) error {
			names, err := s.serverAdmins(ctx)
			for _, user := range names {
				a.print("%s", user)
			}
			return err
		}),
	}
}

func (s *session) serverAdmins(ctx context.Context) ([]string, error) {
	var list struct {
		Users []string `json:"users"`
	}
	err := s.call(ctx, http.MethodGet, at("_tournant", "server-admins"), nil, &list)
	return list.Users, err
}
