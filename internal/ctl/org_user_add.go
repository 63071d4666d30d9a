package ctl

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"tournant/internal/apiclient"
)

func (a *app) orgUserAdd() *cobra.Command {
	var admin bool
	c := &cobra.Command{
		Use:     "org-user-add ORG_NAME USER_NAME [flags]",
		Short:   "Make a user belong to an organization",
		Example: "  " + name + " org-user-add example alice --admin",
		Args:    exactly(2, "You must specify an ORG_NAME and USER_NAME"),
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			return a.addOrgUser(ctx, s, args[0], args[1], admin)
		}),
	}
	c.Flags().BoolVarP(&admin, "admin", "a", false, "make the user an administrator of the organization")
	return c
}

func (a *app) addOrgUser(ctx context.Context, s *session, orgName, user string, admin bool) error {
	err := s.associate(ctx, orgName, user)
	switch {
	case apiclient.Status(err) == http.StatusConflict:
		a.print("User %s already associated with organization %s", user, orgName)
	case err != nil:
		return err
	}
	if !admin {
		return nil
	}
	if err := s.join(ctx, orgName, user, admins, billingAdmins); err != nil {
		return err
	}
	a.print("User %s is added to admins and billing-admins group", user)
	return nil
}
